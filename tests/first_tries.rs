//! The first operation on a new source is tried before anybody has told that it may be
//! done. Whatever the kernel says to it, the program is told what std would tell it, and
//! what comes after is neither lost nor waited for in vain. So with standard input, and
//! with the end of a child.
//!
//! Once epoll has told, "would block" is the kernel's word that there is nothing, and
//! that it will tell again.
//!
//! A script answers one call in the kernel's place; files have such tests in `files/`.

#![cfg(target_os = "linux")]

#[path = "support/answers.rs"]
mod answers;
#[path = "support/child.rs"]
mod child;

use std::ffi::c_long;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Ipv4Addr, TcpListener as StdListener, TcpStream as StdStream, UdpSocket as StdUdp};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::{
    UnixDatagram as StdDatagram, UnixListener as StdUnixListener, UnixStream as StdUnixStream,
};
use std::process::Stdio;
use std::time::Duration;

use answers::{EVERY, Reply, Script, with_scripts};
use buzzer::io::{AsyncReadExt, AsyncWriteExt, Interest};
use buzzer::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream};
use buzzer::process::{ChildStdin, ChildStdout, Command};
use buzzer::time::timeout;
use child::in_a_child;
use rustix::event::{PollFd, PollFlags, poll};

const ANY_PORT: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

const CALLS: &[c_long] = &[
    libc::SYS_recvfrom,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_writev,
    POLL,
    libc::SYS_preadv2,
];

/// Either, as there is one or the other.
const ACCEPTS: &[c_long] = &[libc::SYS_accept4, libc::SYS_accept];
const WAITS: &[c_long] = &[libc::SYS_waitid, libc::SYS_wait4];

#[cfg(target_arch = "x86_64")]
const POLL: c_long = libc::SYS_poll;
#[cfg(not(target_arch = "x86_64"))]
const POLL: c_long = libc::SYS_ppoll;

/// recv(2), and what sandboxes say.
const OF_RECEIVES: &[i32] = &[
    libc::EAGAIN,
    libc::EBADF,
    libc::ECONNREFUSED,
    libc::ECONNRESET,
    libc::EFAULT,
    libc::EHOSTUNREACH,
    libc::EINTR,
    libc::EINVAL,
    libc::ENOMEM,
    libc::ENOSYS,
    libc::ENOTCONN,
    libc::ENOTSOCK,
    libc::EPERM,
    libc::ETIMEDOUT,
];

/// send(2), and what sandboxes say.
const OF_SENDS: &[i32] = &[
    libc::EACCES,
    libc::EAGAIN,
    libc::EALREADY,
    libc::EBADF,
    libc::ECONNRESET,
    libc::EDESTADDRREQ,
    libc::EFAULT,
    libc::EINTR,
    libc::EINVAL,
    libc::EISCONN,
    libc::EMSGSIZE,
    libc::ENOBUFS,
    libc::ENOMEM,
    libc::ENOSYS,
    libc::ENOTCONN,
    libc::ENOTSOCK,
    libc::EOPNOTSUPP,
    libc::EPERM,
    libc::EPIPE,
];

/// read(2) and write(2) of a pipe, and what sandboxes say.
const OF_PIPES: &[i32] = &[
    libc::EAGAIN,
    libc::EBADF,
    libc::EFAULT,
    libc::EINTR,
    libc::EINVAL,
    libc::EIO,
    libc::ENOSYS,
    libc::EPERM,
];

/// Nothing, one byte, and each error.
fn replies(errors: &[i32]) -> impl Iterator<Item = Reply> {
    let less = [Reply::Says(0), Reply::Moves(1)].into_iter();
    less.chain(errors.iter().map(|errno| Reply::Fails(*errno)))
}

/// Runs `body` on a runtime of its own. Who waits in vain is told so.
fn run<T>(body: impl Future<Output = T>) -> T {
    const IN_VAIN: Duration = Duration::from_secs(60);
    buzzer::block_on(async { timeout(IN_VAIN, body).await.expect("it waits in vain") })
}

/// What a call that would have moved `whole` says after such a reply: as std, but for
/// what is waited out.
#[track_caller]
fn check(said: io::Result<usize>, reply: Reply, whole: usize) {
    let said = said.map_err(|error| buzzer::io::raw_os_error(&error));
    let expected = match reply {
        Reply::Fails(libc::EAGAIN | libc::EINTR) => Ok(whole),
        Reply::Fails(errno) => Err(Some(errno)),
        Reply::Says(number) => Ok(number as usize),
        Reply::Moves(most) => Ok(whole.min(most as usize)),
    };
    assert_eq!(said, expected, "{reply:?}");
}

fn wait_for(source: &impl AsFd, flags: PollFlags) {
    let mut polled = [PollFd::new(source, flags)];
    while !polled[0].revents().intersects(flags) {
        poll(&mut polled, None).unwrap();
    }
}

const ORDER: &[u8] = b"one mocha";

/// Has a new source read what is there, the first time after `reply`, and then the rest.
async fn read_all<S: buzzer::io::AsyncRead + AsFd + Unpin>(
    mut source: S,
    call: c_long,
    reply: Reply,
) {
    wait_for(&source, PollFlags::IN);
    let mut bytes = [0; 64];
    let script = Script::once(call, 1, reply).of(source.as_fd().as_raw_fd());
    let begun = script.begin();
    let first = source.read(&mut bytes).await;
    assert!(begun.calls() > 0, "tried");
    drop(begun);
    let mut came = *first.as_ref().unwrap_or(&0);
    check(first, reply, ORDER.len());
    while came < ORDER.len() {
        let more = source.read(&mut bytes[came..]).await.unwrap();
        assert!(more > 0, "{reply:?}: the end after {came} bytes");
        came += more;
    }
    assert_eq!(&bytes[..came], ORDER);
}

#[test]
fn what_a_new_stream_reads_first() {
    with_scripts(CALLS, || {
        for reply in replies(OF_RECEIVES) {
            run(async {
                let listener = StdListener::bind(ANY_PORT).unwrap();
                let mut there = StdStream::connect(listener.local_addr().unwrap()).unwrap();
                let here = TcpStream::from_std(listener.accept().unwrap().0).unwrap();
                there.write_all(ORDER).unwrap();
                read_all(here, libc::SYS_recvfrom, reply).await;

                let (here, mut there) = StdUnixStream::pair().unwrap();
                there.write_all(ORDER).unwrap();
                let here = UnixStream::from_std(here).unwrap();
                read_all(here, libc::SYS_recvfrom, reply).await;
            });
        }
    });
}

/// The children are none of the thread that has a filter: they would have it as well.
#[test]
fn what_a_new_pipe_reads_and_writes_first() {
    let replies: Vec<_> = replies(OF_PIPES).collect();
    let mut cats: Vec<_> = replies
        .iter()
        .map(|_| {
            let mut cat = std::process::Command::new("cat");
            cat.stdin(Stdio::piped()).stdout(Stdio::piped());
            cat.spawn().unwrap()
        })
        .collect();
    let pipes: Vec<_> = cats
        .iter_mut()
        .map(|cat| (cat.stdin.take().unwrap(), cat.stdout.take().unwrap()))
        .collect();
    with_scripts(CALLS, || {
        for (reply, (input, output)) in replies.into_iter().zip(pipes) {
            run(async {
                let input = ChildStdin::from_std(input).unwrap();
                write_all(input, libc::SYS_write, reply, |source| {
                    Box::pin(source.write(ORDER))
                })
                .await;
                let output = ChildStdout::from_std(output).unwrap();
                read_all(output, libc::SYS_read, reply).await;
            });
        }
    });
    for mut cat in cats {
        assert!(cat.wait().unwrap().success());
    }
}

type Writing<'a> = futures::future::LocalBoxFuture<'a, io::Result<usize>>;

/// Has a new source write, the first time after `reply`, and then the rest.
async fn write_all<S: buzzer::io::AsyncWrite + AsFd + Unpin>(
    mut source: S,
    call: c_long,
    reply: Reply,
    first: impl for<'a> FnOnce(&'a mut S) -> Writing<'a>,
) {
    let script = Script::once(call, 1, reply).of(source.as_fd().as_raw_fd());
    let begun = script.begin();
    let written = first(&mut source).await;
    assert!(begun.calls() > 0, "tried");
    drop(begun);
    let went = *written.as_ref().unwrap_or(&0);
    check(written, reply, ORDER.len());
    source.write_all(&ORDER[went..]).await.unwrap();
    source.shutdown().await.unwrap();
}

#[test]
fn what_a_new_stream_writes_first() {
    with_scripts(CALLS, || {
        for reply in replies(OF_SENDS) {
            run(async {
                let listener = StdListener::bind(ANY_PORT).unwrap();
                let here = StdStream::connect(listener.local_addr().unwrap()).unwrap();
                let here = TcpStream::from_std(here).unwrap();
                let mut there = listener.accept().unwrap().0;
                write_all(here, libc::SYS_sendto, reply, |source| {
                    Box::pin(source.write(ORDER))
                })
                .await;
                let mut came = Vec::new();
                there.read_to_end(&mut came).unwrap();
                assert_eq!(came, ORDER, "{reply:?}");
            });
        }
    });
}

/// Buffers that are too long to be copied into one.
#[test]
fn what_a_new_stream_writes_first_of_several_buffers() {
    with_scripts(CALLS, || {
        for reply in replies(OF_SENDS) {
            run(async {
                let (one, other) = ([1; 2_000], [2; 2_000]);
                let whole = [one, other].concat();
                let (here, mut there) = StdUnixStream::pair().unwrap();
                let mut here = UnixStream::from_std(here).unwrap();
                let script = Script::once(libc::SYS_sendmsg, 1, reply).of(here.as_raw_fd());
                let begun = script.begin();
                let buffers = [IoSlice::new(&one), IoSlice::new(&other)];
                let written = here.write_vectored(&buffers).await;
                assert!(begun.calls() > 0, "tried");
                drop(begun);
                let went = *written.as_ref().unwrap_or(&0);
                check(written, reply, whole.len());
                here.write_all(&whole[went..]).await.unwrap();
                here.shutdown().await.unwrap();
                let mut came = Vec::new();
                there.read_to_end(&mut came).unwrap();
                assert_eq!(came, whole, "{reply:?}");
            });
        }
    });
}

/// A datagram of which a part is received is gone, so there is no less than all.
#[test]
fn what_a_new_datagram_socket_receives_and_sends_first() {
    with_scripts(CALLS, || {
        let errors = |all: &[i32]| {
            all.iter()
                .map(|errno| Reply::Fails(*errno))
                .collect::<Vec<_>>()
        };
        for reply in errors(OF_RECEIVES) {
            for is_udp in [true, false] {
                run(async {
                    let (udp, there) = (
                        StdUdp::bind(ANY_PORT).unwrap(),
                        StdDatagram::pair().unwrap(),
                    );
                    udp.connect(udp.local_addr().unwrap()).unwrap();
                    udp.send(ORDER).unwrap();
                    wait_for(&udp, PollFlags::IN);
                    let (unix, there) = there;
                    there.send(ORDER).unwrap();
                    let udp = UdpSocket::from_std(udp).unwrap();
                    let unix = UnixDatagram::from_std(unix).unwrap();
                    let fd = if is_udp {
                        udp.as_raw_fd()
                    } else {
                        unix.as_raw_fd()
                    };
                    let mut bytes = [0; 64];
                    let mut receive = async || match is_udp {
                        true => udp.recv(&mut bytes).await,
                        false => unix.recv(&mut bytes).await,
                    };
                    let begun = Script::once(libc::SYS_recvfrom, 1, reply).of(fd).begin();
                    let first = receive().await;
                    assert!(begun.calls() > 0, "tried");
                    drop(begun);
                    let came = first.is_ok();
                    check(first, reply, ORDER.len());
                    if !came {
                        assert_eq!(receive().await.unwrap(), ORDER.len(), "{reply:?}");
                    }
                });
            }
        }
        for reply in errors(OF_SENDS) {
            run(async {
                let (here, there) = StdDatagram::pair().unwrap();
                let here = UnixDatagram::from_std(here).unwrap();
                let script = Script::once(libc::SYS_sendto, 1, reply).of(here.as_raw_fd());
                let begun = script.begin();
                let first = here.send(ORDER).await;
                assert!(begun.calls() > 0, "tried");
                drop(begun);
                let went = first.is_ok();
                check(first, reply, ORDER.len());
                if !went {
                    assert_eq!(here.send(ORDER).await.unwrap(), ORDER.len(), "{reply:?}");
                }
                let mut came = [0; 64];
                assert_eq!(there.recv(&mut came).unwrap(), ORDER.len());
            });
        }
    });
}

/// accept(2), and what sandboxes say. A connection that has ended is passed over; one
/// that can't be taken now is taken later.
#[test]
fn what_a_new_listener_accepts_first() {
    const PASSED_OVER: &[i32] = &[
        libc::EAGAIN,
        libc::EINTR,
        libc::ECONNABORTED,
        libc::ENETDOWN,
        libc::EPROTO,
        libc::ENOPROTOOPT,
        libc::EHOSTDOWN,
        libc::ENONET,
        libc::EHOSTUNREACH,
        libc::ENETUNREACH,
    ];
    const TOLD: &[i32] = &[
        libc::EBADF,
        libc::EFAULT,
        libc::EMFILE,
        libc::ENFILE,
        libc::ENOBUFS,
        libc::ENOMEM,
        libc::ENOTSOCK,
        libc::EOPNOTSUPP,
    ];
    // What means that it is refused may have it done in another way.
    const REFUSED: &[i32] = &[libc::EINVAL, libc::ENOSYS, libc::EPERM];
    with_scripts(ACCEPTS, || {
        for errno in [PASSED_OVER, TOLD, REFUSED].concat() {
            for is_tcp in [true, false] {
                run(async {
                    let dir = tempfile::tempdir().unwrap();
                    let tcp = TcpListener::bind(ANY_PORT).await.unwrap();
                    let unix = UnixListener::bind(dir.path().join("bar")).unwrap();
                    let _client = StdStream::connect(tcp.local_addr().unwrap()).unwrap();
                    let _other = StdUnixStream::connect(dir.path().join("bar")).unwrap();
                    let fd = if is_tcp {
                        tcp.as_raw_fd()
                    } else {
                        unix.as_raw_fd()
                    };
                    let accept = async || match is_tcp {
                        true => tcp.accept().await.map(drop),
                        false => unix.accept().await.map(drop),
                    };
                    let script = Script::once(EVERY, 1, Reply::Fails(errno)).of(fd);
                    let begun = script.begin();
                    let first = accept().await;
                    assert!(begun.calls() > 0, "tried");
                    drop(begun);
                    match first {
                        Ok(()) => assert!(!TOLD.contains(&errno), "{errno}"),
                        Err(error) => {
                            assert!(!PASSED_OVER.contains(&errno), "{error}");
                            assert_eq!(buzzer::io::raw_os_error(&error), Some(errno));
                            accept().await.unwrap();
                        }
                    }
                });
            }
        }
    });
}

/// connect(2), and what sandboxes say. It does not wait, so no signal comes in between;
/// and what says "in progress" is asked again by the readiness to write.
#[test]
fn what_a_new_socket_is_told_that_connects() {
    const TOLD: &[i32] = &[
        libc::EACCES,
        libc::EADDRINUSE,
        libc::EADDRNOTAVAIL,
        libc::EAFNOSUPPORT,
        libc::EALREADY,
        libc::EBADF,
        libc::ECONNREFUSED,
        libc::EFAULT,
        libc::EINVAL,
        libc::EISCONN,
        libc::ENETUNREACH,
        libc::ENOENT,
        libc::ENOSYS,
        libc::ENOTSOCK,
        libc::EPERM,
        libc::EPROTOTYPE,
        libc::ETIMEDOUT,
    ];
    with_scripts(&[libc::SYS_connect], || {
        let (dir, listener) = (
            tempfile::tempdir().unwrap(),
            StdListener::bind(ANY_PORT).unwrap(),
        );
        let (tcp, unix) = (listener.local_addr().unwrap(), dir.path().join("bar"));
        let _listener = StdUnixListener::bind(&unix).unwrap();
        let once = |errno| Script::once(libc::SYS_connect, 1, Reply::Fails(errno)).begin();
        for errno in TOLD {
            run(async {
                let begun = once(*errno);
                let error = TcpStream::connect(tcp).await.unwrap_err();
                assert_eq!(buzzer::io::raw_os_error(&error), Some(*errno));
                drop(begun);
                TcpStream::connect(tcp).await.unwrap();
                listener.accept().unwrap();

                let begun = once(*errno);
                let error = UnixStream::connect(&unix).await.unwrap_err();
                assert_eq!(buzzer::io::raw_os_error(&error), Some(*errno));
                drop(begun);
            });
        }
        run(async {
            // There is no port left, ...
            let begun = once(libc::EAGAIN);
            let error = TcpStream::connect(tcp).await.unwrap_err();
            assert_eq!(buzzer::io::raw_os_error(&error), Some(libc::EAGAIN));
            drop(begun);
            // ... and here too many wait to be accepted.
            let begun = once(libc::EAGAIN);
            UnixStream::connect(&unix).await.unwrap();
            assert_eq!(begun.calls(), 2);
        });
    });
}

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

#[test]
fn a_kind_of_error_is_kept() {
    // What `check` compares is the number; the kind goes with it.
    with_scripts(CALLS, || {
        run(async {
            let (here, _there) = StdUnixStream::pair().unwrap();
            let mut here = UnixStream::from_std(here).unwrap();
            let reply = Reply::Fails(libc::ECONNRESET);
            let _begun = Script::once(libc::SYS_recvfrom, 1, reply).begin();
            let error = here.read(&mut [0; 8]).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        });
    });
}
