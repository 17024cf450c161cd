//! What is asked before anybody has told: readiness, the end of a child, input.

use std::io::{self, Write};
use std::os::unix::net::UnixStream as StdUnixStream;

use buzzer::io::{AsyncReadExt, Interest};
use buzzer::net::UnixStream;
use buzzer::process::Command;

use crate::answers::{EVERY, Reply, Script, with_scripts};
use crate::child::in_a_child;
use crate::{CALLS, OF_PIPES, ORDER, POLL, WAITS, replies, run};

/// Readiness that is asked of the kernel, as nobody has told of it yet.
#[test]
fn readiness_that_is_denied_or_can_not_be_told_is_told_by_the_loop() {
    with_scripts(CALLS, || {
        let errors = [
            libc::EFAULT,
            libc::EINTR,
            libc::EINVAL,
            libc::ENOMEM,
            libc::EPERM,
        ];
        let replies = errors.map(Reply::Fails).into_iter();
        for reply in replies.chain([Reply::Says(0)]) {
            run(async {
                let (here, mut there) = StdUnixStream::pair().unwrap();
                there.write_all(ORDER).unwrap();
                let here = UnixStream::from_std(here).unwrap();
                let begun = Script::once(POLL, 1, reply).begin();
                let ready = here.ready(Interest::READABLE).await.unwrap();
                assert!(begun.calls() > 0, "asked");
                assert!(ready.is_readable(), "{reply:?}");
                assert_eq!(here.try_read(&mut [0; 64]).unwrap(), ORDER.len());
            });
        }
    });
}

/// It is asked for before there is a source that tells of it, and by the first try of
/// that. No signal comes in between a call that does not wait: wait(2).
#[test]
fn the_end_of_a_child_that_is_denied_at_first_is_told_all_the_same() {
    with_scripts(WAITS, || {
        for nth in [1, 2] {
            run(async {
                let mut child = Command::new("true").spawn().unwrap();
                let begun = Script::once(EVERY, nth, Reply::Says(0)).begin();
                assert!(child.wait().await.unwrap().success());
                drop(begun);
                assert!(child.wait().await.unwrap().success());
            });
        }
    });
}

/// Standard input is asked whether it is readable, then read at once, then read.
#[test]
fn input_that_is_denied_or_refused_at_first_is_read_all_the_same() {
    in_a_child(|| {
        let (reader, mut writer) = io::pipe().unwrap();
        rustix::stdio::dup2_stdin(reader).unwrap();
        let script = |call, nth: u64, reply| Script::once(call, nth, reply);
        with_scripts(CALLS, move || {
            let mut read_with = |script: Script, expected: Result<(), i32>| {
                writer.write_all(ORDER).unwrap();
                let begun = script.begin();
                let (first, came) = run(async {
                    let mut stdin = buzzer::io::stdin();
                    let mut bytes = [0; 64];
                    let first = stdin.read(&mut bytes).await;
                    drop(begun);
                    let mut came = *first.as_ref().unwrap_or(&0);
                    while came < ORDER.len() {
                        let more = stdin.read(&mut bytes[came..]).await.unwrap();
                        assert!(more > 0, "{script:?}: the end after {came} bytes");
                        came += more;
                    }
                    (first.map(drop), bytes[..came].to_owned())
                });
                assert_eq!(came, ORDER, "{script:?}");
                let first = first.map_err(|error| buzzer::io::raw_os_error(&error).unwrap());
                assert_eq!(first, expected, "{script:?}");
            };
            // The look, at each of its times: by the poll, by the thread, and again.
            for nth in 1..=4 {
                for reply in [Reply::Says(0), Reply::Fails(libc::EINTR)] {
                    read_with(script(POLL, nth, reply), Ok(()));
                }
            }
            // The first try.
            for reply in replies(OF_PIPES) {
                read_with(script(libc::SYS_preadv2, 1, reply).of(0), Ok(()));
            }
            // And the read itself, where nothing is tried any more.
            let always = Script::always(libc::SYS_preadv2, Reply::Fails(libc::ENOSYS));
            read_with(always, Ok(()));
            for errno in OF_PIPES {
                let expected = match *errno {
                    libc::EAGAIN | libc::EINTR => Ok(()),
                    // To std it is an input with nothing in it.
                    libc::EBADF => Ok(()),
                    errno => Err(errno),
                };
                read_with(
                    script(libc::SYS_read, 1, Reply::Fails(*errno)).of(0),
                    expected,
                );
            }
        });
    });
}
