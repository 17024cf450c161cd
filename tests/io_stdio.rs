//! Standard input and output: they hold nothing up, and lose nothing.
//!
//! Each test is a process of its own, which puts a pipe in the place of a stream.

#[path = "support/child.rs"]
mod child;
#[path = "support/foreign.rs"]
mod foreign;
#[path = "support/paused.rs"]
mod paused;
#[path = "support/threads.rs"]
mod threads;

use std::future::poll_fn;
use std::io::{ErrorKind, IoSlice, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::AsFd;
use std::pin::pin;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use buzzer::block_on;
use buzzer::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt, Stdin, Stdout, stderr, stdin, stdout};
use buzzer::time::{Duration, Instant, timeout};
use child::in_a_child;
use foreign::Foreign;
use paused::paused;
use rustix::io::ioctl_fionbio;
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};
use threads::wait_until_asleep;

fn piped_stdin() -> PipeWriter {
    let (reader, writer) = pipe().unwrap();
    dup2_stdin(reader).unwrap();
    writer
}

/// While it lives, standard output is somewhere else. The test's result is printed
/// to where it was before.
struct Redirected {
    before: std::os::fd::OwnedFd,
}

fn redirect_stdout(to: impl AsFd) -> Redirected {
    let before = std::io::stdout().as_fd().try_clone_to_owned().unwrap();
    dup2_stdout(to).unwrap();
    Redirected { before }
}

impl Drop for Redirected {
    fn drop(&mut self) {
        dup2_stdout(&self.before).unwrap();
    }
}

fn piped_stdout() -> (PipeReader, Redirected) {
    let (reader, writer) = pipe().unwrap();
    (reader, redirect_stdout(writer))
}

/// What is in the pipe now.
fn held_by(mut pipe: &PipeReader) -> String {
    ioctl_fionbio(pipe, true).unwrap();
    let mut bytes = vec![0; 1 << 16];
    let read = match pipe.read(&mut bytes) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
        read => read.unwrap(),
    };
    ioctl_fionbio(pipe, false).unwrap();
    String::from_utf8(bytes[..read].to_owned()).unwrap()
}

/// Polls `future` once and drops it.
async fn poll_once_and_drop<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

#[test]
fn input_that_never_comes_holds_up_neither_the_runtime_nor_the_exit() {
    in_a_child(|| {
        let never_closed = piped_stdin();
        block_on(async {
            drop(buzzer::spawn(async { stdin().read(&mut [0]).await }));
            assert!(
                poll_once_and_drop(stdin().read(&mut [0])).await.is_none(),
                "nothing was written"
            );
        });
        std::mem::forget(never_closed);
    });
}

#[test]
fn what_is_read_for_a_dropped_read_is_the_next_ones_on_any_runtime() {
    in_a_child(|| {
        let mut writer = piped_stdin();
        block_on(async {
            let read = poll_once_and_drop(stdin().read(&mut [0; 100])).await;
            assert!(read.is_none());
        });
        writer.write_all(b"kept").unwrap();
        let elsewhere = std::thread::spawn(move || {
            block_on(async {
                let mut bytes = [0; 100];
                assert_eq!(stdin().read(&mut []).await.unwrap(), 0);
                assert_eq!(stdin().read(&mut bytes[..3]).await.unwrap(), 3);
                assert_eq!(&bytes[..3], b"kep");
                assert_eq!(stdin().read(&mut bytes).await.unwrap(), 1);
                assert_eq!(bytes[0], b't');
                drop(writer);
                for _ in 0..2 {
                    assert_eq!(stdin().read(&mut bytes).await.unwrap(), 0);
                }
            });
        });
        elsewhere.join().unwrap();
    });
}

#[test]
fn input_longer_than_one_read_comes_whole_and_in_order() {
    in_a_child(|| {
        let mut writer = piped_stdin();
        let sent: Vec<u8> = (0..300_000_u32).map(|n| (n / 3) as u8).collect();
        let contents = sent.clone();
        let writing = std::thread::spawn(move || writer.write_all(&contents).unwrap());
        let mut read = Vec::new();
        block_on(stdin().read_to_end(&mut read)).unwrap();
        assert!(read == sent);
        writing.join().unwrap();
    });
}

#[test]
fn an_input_that_does_not_wait_is_waited_for() {
    in_a_child(|| {
        let mut writer = piped_stdin();
        ioctl_fionbio(std::io::stdin(), true).unwrap();
        let mut read = [0; 3];
        block_on(async {
            let reading = buzzer::spawn(async move {
                stdin().read_exact(&mut read).await.unwrap();
                read
            });
            buzzer::task::yield_now().await;
            wait_until_asleep("buzzer-stdin");
            writer.write_all(b"tea").unwrap();
            assert_eq!(&reading.await.unwrap(), b"tea");
        });
    });
}

#[test]
fn each_of_several_readers_is_woken() {
    in_a_child(|| {
        let mut writer = piped_stdin();
        block_on(async {
            let read_one = async || {
                let mut byte = [0];
                stdin().read_exact(&mut byte).await.unwrap();
                byte[0]
            };
            let (one, two, three, ()) =
                buzzer::gather!(read_one(), read_one(), read_one(), async {
                    writer.write_all(b"123").unwrap();
                })
                .await;
            assert_eq!(one + two + three, b'1' + b'2' + b'3');
        });
    });
}

#[test]
fn a_reader_keeps_one_waker_and_none_when_it_is_gone() {
    in_a_child(|| {
        let _never_written = piped_stdin();
        let dropped = Arc::new(AtomicUsize::new(0));
        let poll = |stdin: &mut Stdin| {
            let count = dropped.clone();
            let in_drop = move || _ = count.fetch_add(1, Ordering::SeqCst);
            let waker = Foreign::waker(|| {}, in_drop);
            let read = pin!(stdin.read(&mut [0])).poll(&mut Context::from_waker(&waker));
            assert!(read.is_pending());
        };
        let (mut one, mut other) = (stdin(), stdin());
        poll(&mut one);
        poll(&mut other);
        assert_eq!(dropped.load(Ordering::SeqCst), 0);
        poll(&mut one);
        assert_eq!(dropped.load(Ordering::SeqCst), 1);
        drop(one);
        assert_eq!(dropped.load(Ordering::SeqCst), 2);
        drop(other);
        assert_eq!(dropped.load(Ordering::SeqCst), 3);
    });
}

#[test]
fn a_paused_clock_does_not_wait_for_input() {
    in_a_child(|| {
        let _never_written = piped_stdin();
        paused().block_on(async {
            let before = Instant::now();
            let read = timeout(Duration::from_secs(5), stdin().read(&mut [0; 1])).await;
            assert!(read.is_err());
            assert_eq!(before.elapsed(), Duration::from_secs(5));
        });
    });
}

#[test]
fn an_input_that_can_not_be_read_is_an_error_that_names_it() {
    in_a_child(|| {
        dup2_stdin(std::fs::File::open(".").unwrap()).unwrap();
        let error = block_on(stdin().read(&mut [0])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::IsADirectory);
        let message = error.to_string();
        assert!(message.starts_with("read standard input: "), "{message}");
    });
}

#[test]
fn what_was_written_is_in_the_pipe_when_the_write_returns() {
    in_a_child(|| {
        let (reader, _redirected) = piped_stdout();
        block_on(async {
            let mut out = stdout();
            assert_eq!(out.write(b"").await.unwrap(), 0);
            assert_eq!(out.write(b"no line end").await.unwrap(), 11);
            assert_eq!(held_by(&reader), "no line end");
            out.write_all(b"one\ntwo").await.unwrap();
            out.shutdown().await.unwrap();
            out.write_all(b" three").await.unwrap();
            assert_eq!(held_by(&reader), "one\ntwo three");
        });
    });
}

#[test]
fn several_buffers_are_written_in_one_call() {
    in_a_child(|| {
        let (pipe, _stdout) = piped_stdout();
        block_on(async {
            let parts = [&b""[..], b"one", b"", b" mocha"].map(IoSlice::new);
            assert!(stdout().is_write_vectored() && stderr().is_write_vectored());
            assert_eq!(stdout().write_vectored(&parts).await.unwrap(), 9);
            assert_eq!(held_by(&pipe), "one mocha");
            assert_eq!(stdout().write_vectored(&parts[..1]).await.unwrap(), 0);
        });
    });
}

#[test]
fn writes_keep_their_order_with_what_std_prints() {
    in_a_child(|| {
        let (reader, _redirected) = piped_stdout();
        block_on(async {
            print!("one ");
            stdout().write_all(b"two ").await.unwrap();
            print!("three ");
            stdout().write_all(b"four").await.unwrap();
            assert_eq!(held_by(&reader), "one two three four");
        });
    });
}

#[test]
fn writes_of_several_tasks_do_not_mix() {
    in_a_child(|| {
        let (mut reader, redirected) = piped_stdout();
        let reading = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).unwrap();
            bytes
        });
        block_on(async {
            let writes = (b'a'..=b'j').map(|letter| async move {
                // More than the pipe has room for most of the time.
                stdout().write_all(&[letter; 50_000]).await.unwrap();
            });
            buzzer::gather(writes).await;
        });
        drop(redirected);
        let bytes = reading.join().unwrap();
        let expected: Vec<u8> = (b'a'..=b'j').flat_map(|letter| [letter; 50_000]).collect();
        assert!(bytes == expected);
    });
}

#[test]
fn a_dropped_write_is_written_before_the_next_and_once() {
    in_a_child(|| {
        let (reader, _redirected) = piped_stdout();
        block_on(async {
            let mut out = stdout();
            // The thread may be quicker than the drop: then it was no dropped write.
            poll_once_and_drop(out.write(b"first ")).await;
            out.write_all(b"second ").await.unwrap();
            if poll_once_and_drop(out.write(b"third ")).await.is_none() {
                // Between the two polls of one write.
                out.flush().await.unwrap();
                assert_eq!(out.write(b"third ").await.unwrap(), 6);
            }
            poll_once_and_drop(out.write(b"fourth ")).await;
            drop(out);
            stdout().write_all(b"fifth").await.unwrap();
            assert_eq!(held_by(&reader), "first second third fourth fifth");
        });
    });
}

#[test]
fn a_reader_that_has_gone_is_an_error_and_no_signal() {
    in_a_child(|| {
        let (reader, _redirected) = piped_stdout();
        drop(reader);
        let error = block_on(stdout().write_all(b"to nobody")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        let message = error.to_string();
        assert!(message.starts_with("write standard output: "), "{message}");
    });
}

/// Begins a write that will fail, and drops it. The thread may have been quicker
/// than the drop: then its error was returned, and it must be done again, by a poll
/// with a budget of its own, as a spent one is "pending" before anything is handed over.
async fn drop_a_write_half_way(out: &mut Stdout) {
    while poll_once_and_drop(out.write(b"lost")).await.is_some() {
        buzzer::task::yield_now().await;
    }
}

#[test]
#[cfg_attr(target_os = "macos", ignore = "it has no /dev/full")]
fn a_full_disk_is_an_error_told_once_and_nothing_is_tried_again() {
    in_a_child(|| {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let redirected = redirect_stdout(&full);
        block_on(async {
            let mut out = stdout();
            let error = out.write_all(b"lost\n").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::StorageFull);
            out.flush().await.unwrap();
            // Of a dropped write, whoever comes next is told.
            drop_a_write_half_way(&mut out).await;
            let error = out.flush().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::StorageFull);
            out.flush().await.unwrap();
            drop_a_write_half_way(&mut out).await;
            // Writes are done in their order, so the dropped one has failed.
            stdout().write(b"lost").await.unwrap_err();
            drop(redirected);
            let (reader, _redirected) = piped_stdout();
            let error = out.write(b"kept").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::StorageFull);
            let message = error.to_string();
            assert!(
                message.contains("standard output: earlier write: "),
                "{message}"
            );
            out.write_all(b"kept").await.unwrap();
            assert_eq!(held_by(&reader), "kept");
        });
    });
}

#[test]
fn an_output_that_does_not_wait_is_waited_for() {
    in_a_child(|| {
        let (mut reader, redirected) = piped_stdout();
        ioctl_fionbio(std::io::stdout(), true).unwrap();
        let sent: Vec<u8> = (0..1_000_000_u32).map(|n| (n / 3) as u8).collect();
        let writing = {
            let sent = sent.clone();
            std::thread::spawn(move || {
                block_on(stdout().write_all(&sent)).unwrap();
                drop(redirected);
            })
        };
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        writing.join().unwrap();
        assert!(read == sent);
    });
}

#[test]
fn a_full_pipe_holds_up_neither_the_runtime_nor_the_exit() {
    in_a_child(|| {
        let (never_read, writer) = pipe().unwrap();
        dup2_stderr(writer).unwrap();
        block_on(async {
            drop(buzzer::spawn(async {
                stderr().write_all(&[b'x'; 1 << 20]).await
            }));
            let mut err = stderr();
            let write = poll_once_and_drop(err.write_all(&[b'y'; 1 << 20])).await;
            assert!(write.is_none(), "the pipe holds less");
        });
        std::mem::forget(never_read);
    });
}

/// As above for standard output, which the test's result can't be printed to then:
/// the code of the exit tells.
#[test]
fn a_full_standard_output_does_not_hold_up_the_exit() {
    const NOTE: &str = "BUZZER_TEST_FULL_STDOUT";
    const NAME: &str = "a_full_standard_output_does_not_hold_up_the_exit";
    if std::env::var_os(NOTE).is_some() {
        block_on(async {
            let mut out = stdout();
            let write = timeout(Duration::from_millis(1), out.write_all(&[b'x'; 1 << 20]));
            assert!(write.await.is_err(), "the pipe holds less");
        });
        std::process::exit(7);
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([NAME, "--exact", "--nocapture", "--test-threads=1"])
        .env(NOTE, "")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(7));
}
