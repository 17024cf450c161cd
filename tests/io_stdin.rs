//! Standard input is shared with whoever inherits it: a read takes what it asks for,
//! and one that was given up takes nothing.
//!
//! Each test is a process of its own, which puts an input in the place of its own.

#[path = "support/child.rs"]
mod child;
#[path = "support/terminal.rs"]
mod terminal;
#[path = "support/threads.rs"]
mod threads;

use std::fs::File;
use std::io::{PipeWriter, Read, Seek, Write, pipe, stdin as std_stdin};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use buzzer::block_on;
use buzzer::io::{AsyncBufReadExt, AsyncReadExt, BufReader, stdin};
use child::in_a_child;
use futures::FutureExt;
use rustix::io::ioctl_fionbio;
use rustix::stdio::dup2_stdin;
use terminal::terminal;
use threads::wait_until_asleep;

/// What a child reads of an input that it inherits, up to its end.
fn read_by_a_child() -> String {
    String::from_utf8(inheriting("cat", &[])).unwrap()
}

/// What a program prints that inherits the input.
fn inheriting(program: &str, args: &[&str]) -> Vec<u8> {
    let mut command = Command::new(program);
    let output = command.args(args).stdin(Stdio::inherit()).output();
    output.unwrap().stdout
}

fn piped_stdin() -> PipeWriter {
    let (reader, writer) = pipe().unwrap();
    dup2_stdin(reader).unwrap();
    writer
}

/// Spins until the thread that reads the input sleeps. A write wakes it before the
/// write returns.
fn wait_until_the_thread_sleeps() {
    wait_until_asleep("buzzer-stdin");
}

/// Begins to read, has the thread wait for input, and gives up.
fn give_up_a_read() {
    block_on(async {
        let mut stdin = stdin();
        let mut buffer = [0; 100];
        let mut read = Box::pin(stdin.read(&mut buffer));
        assert!(read.as_mut().now_or_never().is_none());
        wait_until_the_thread_sleeps();
        assert!(read.now_or_never().is_none());
    });
}

/// Reads into a buffer of this length.
fn read_some(length: usize) -> String {
    let mut buffer = vec![0; length];
    let read = block_on(stdin().read(&mut buffer)).unwrap();
    String::from_utf8(buffer[..read].to_owned()).unwrap()
}

#[test]
fn a_read_that_was_given_up_takes_nothing_from_the_next_child() {
    in_a_child(|| {
        let mut writer = piped_stdin();
        give_up_a_read();
        writer.write_all(b"one\n").unwrap();
        wait_until_the_thread_sleeps();
        writer.write_all(b"two\n").unwrap();
        drop(writer);
        assert_eq!(read_by_a_child(), "one\ntwo\n");
    });
}

#[test]
fn a_read_that_was_given_up_takes_nothing_though_its_handle_and_its_buffer_are_kept() {
    in_a_child(|| {
        let mut writer = piped_stdin();
        block_on(async {
            let mut bare = stdin();
            let mut lines = BufReader::new(stdin()).lines();
            let mut buffer = [0; 8];
            for _ in 0..3 {
                assert!(bare.read(&mut buffer).now_or_never().is_none());
                wait_until_the_thread_sleeps();
                assert!(lines.next_line().now_or_never().is_none());
                wait_until_the_thread_sleeps();
            }
            writer.write_all(b"one\ntwo\n").unwrap();
            wait_until_the_thread_sleeps();
            assert_eq!(inheriting("sh", &["-c", "read l; echo $l"]), b"one\n");
            assert_eq!(lines.next_line().await.unwrap().unwrap(), "two");
            assert!(bare.read(&mut buffer).now_or_never().is_none());
            wait_until_the_thread_sleeps();
            writer.write_all(b"three\n").unwrap();
            drop(writer);
            wait_until_the_thread_sleeps();
            assert_eq!(read_by_a_child(), "three\n");
            assert_eq!(bare.read(&mut buffer).await.unwrap(), 0);
            assert!(lines.next_line().await.unwrap().is_none());
        });
    });
}

#[test]
fn each_of_many_readers_that_wait_or_gave_up_gets_what_comes_next() {
    in_a_child(|| {
        let mut writer = piped_stdin();
        block_on(async {
            for round in 0..200_u8 {
                let mut given_up = [(); 3].map(|()| stdin());
                let mut byte = [0];
                for stdin in &mut given_up {
                    assert!(stdin.read(&mut byte).now_or_never().is_none());
                }
                if round % 2 == 0 {
                    wait_until_the_thread_sleeps();
                }
                let waits = buzzer::spawn(async {
                    let mut byte = [0];
                    stdin().read_exact(&mut byte).await.unwrap();
                    byte[0]
                });
                buzzer::task::yield_now().await;
                writer.write_all(&[round]).unwrap();
                assert_eq!(waits.await.unwrap(), round);
            }
        });
        drop(writer);
        assert_eq!(read_by_a_child(), "");
    });
}

#[test]
fn a_read_that_was_given_up_leaves_a_socket_and_a_terminal_alone() {
    in_a_child(|| {
        let (mut other, ours) = UnixStream::pair().unwrap();
        dup2_stdin(ours).unwrap();
        give_up_a_read();
        other.write_all(b"socket").unwrap();
        wait_until_the_thread_sleeps();
        drop(other);
        assert_eq!(read_by_a_child(), "socket");

        let (mut typed, read) = terminal();
        dup2_stdin(read).unwrap();
        give_up_a_read();
        // With the terminal's end of input.
        typed.write_all(b"typed\n\x04").unwrap();
        wait_until_the_thread_sleeps();
        assert_eq!(read_by_a_child(), "typed\n");
    });
}

#[test]
fn a_read_that_was_given_up_can_be_begun_again_and_then_reads() {
    in_a_child(|| {
        let mut writer = piped_stdin();
        for _ in 0..3 {
            give_up_a_read();
        }
        block_on(async {
            let mut stdin = stdin();
            let mut buffer = [0; 5];
            let mut read = Box::pin(stdin.read_exact(&mut buffer));
            for _ in 0..3 {
                assert!(read.as_mut().now_or_never().is_none());
                wait_until_the_thread_sleeps();
            }
            writer.write_all(b"mocha and tea").unwrap();
            read.await.unwrap();
            assert_eq!(&buffer, b"mocha");
        });
        drop(writer);
        assert_eq!(read_by_a_child(), " and tea");
    });
}

#[test]
fn a_read_takes_what_it_asks_for_of_whatever_kind_the_input_is() {
    in_a_child(|| {
        let (mut typed, terminal) = terminal();
        typed.write_all(b"one two\n\x04").unwrap();
        let (mut socket, other) = UnixStream::pair().unwrap();
        socket.write_all(b"one two\n").unwrap();
        drop(socket);
        let (pipe, mut writer) = pipe().unwrap();
        writer.write_all(b"one two\n").unwrap();
        drop(writer);
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"one two\n").unwrap();
        file.rewind().unwrap();
        for input in [pipe.into(), other.into(), file.into(), terminal.into()] {
            dup2_stdin::<OwnedFd>(input).unwrap();
            assert_eq!(read_some(3), "one");
            assert_eq!(read_some(1), " ");
            assert_eq!(read_by_a_child(), "two\n");
        }
    });
}

#[test]
fn a_dropped_read_of_a_file_takes_no_more_than_it_asked_for() {
    in_a_child(|| {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        file.rewind().unwrap();
        dup2_stdin(file).unwrap();
        block_on(async { assert!(stdin().read(&mut [0; 4]).now_or_never().is_none()) });
        wait_until_the_thread_sleeps();
        // A file is ready at once: either nothing was taken, or four, which are kept.
        let ours = read_some(4);
        assert_eq!(ours, "0123");
        assert_eq!(read_by_a_child(), "456789");
    });
}

#[test]
fn of_several_readers_the_one_with_most_room_says_how_much_is_read() {
    in_a_child(|| {
        let mut writer = piped_stdin();
        block_on(async {
            let [mut small, mut large] = [[0; 2], [0; 2]];
            let [mut one, mut other] = [stdin(), stdin()];
            let mut more = [0; 2];
            let small = one.read_exact(&mut small);
            let large = async {
                other.read_exact(&mut large).await?;
                other.read_exact(&mut more).await
            };
            let write = async {
                writer.write_all(b"0123456789").unwrap();
                Ok(0)
            };
            buzzer::try_gather!(small, large, write).await.unwrap();
        });
        drop(writer);
        assert_eq!(read_by_a_child(), "6789");
    });
}

#[test]
fn one_line_read_byte_by_byte_leaves_the_next_to_a_child_and_a_buffer_reads_ahead() {
    in_a_child(|| {
        let mut writer = piped_stdin();
        writer.write_all(b"one\ntwo\nthree\nfour\n").unwrap();
        block_on(async {
            let (mut line, mut byte) = (Vec::new(), [0]);
            while !line.ends_with(b"\n") {
                stdin().read_exact(&mut byte).await.unwrap();
                line.extend(byte);
            }
            assert_eq!(line, b"one\n");
            assert_eq!(inheriting("sh", &["-c", "read l; echo $l"]), b"two\n");
            let mut line = String::new();
            BufReader::new(stdin()).read_line(&mut line).await.unwrap();
            assert_eq!(line, "three\n");
        });
        drop(writer);
        assert_eq!(read_by_a_child(), "");
    });
}

#[test]
fn what_std_has_read_ahead_comes_first_and_is_not_waited_for() {
    in_a_child(|| {
        let mut writer = piped_stdin();
        writer.write_all(b"one\ntwo\n").unwrap();
        let mut line = String::new();
        std_stdin().read_line(&mut line).unwrap();
        assert_eq!(line, "one\n");
        // The pipe is empty, and open.
        assert_eq!(read_some(2), "tw");
        assert_eq!(read_some(100), "o\n");
        give_up_a_read();
        let mut kept = stdin();
        block_on(async { assert!(kept.read(&mut [0]).now_or_never().is_none()) });
        // One that was given up is in nobody's way.
        writer.write_all(b"three\nfour\n").unwrap();
        line.clear();
        std_stdin().read_line(&mut line).unwrap();
        assert_eq!(line, "three\n");
        assert_eq!(read_some(100), "four\n");
    });
}

#[test]
fn an_input_that_was_put_in_the_place_of_another_is_read() {
    in_a_child(|| {
        let _never_written = piped_stdin();
        give_up_a_read();
        let mut writer = piped_stdin();
        writer.write_all(b"the new one").unwrap();
        assert_eq!(read_some(100), "the new one");
        let mut kept = stdin();
        block_on(async {
            assert!(kept.read(&mut [0]).now_or_never().is_none());
            wait_until_the_thread_sleeps();
            let mut writer = piped_stdin();
            writer.write_all(b"newer").unwrap();
            let mut read = [0; 5];
            kept.read_exact(&mut read).await.unwrap();
            assert_eq!(&read, b"newer");
        });
    });
}

#[test]
fn an_input_that_does_not_wait_is_left_alone_and_read_to_the_size() {
    in_a_child(|| {
        let mut writer = piped_stdin();
        ioctl_fionbio(std_stdin(), true).unwrap();
        give_up_a_read();
        writer.write_all(b"one two").unwrap();
        wait_until_the_thread_sleeps();
        assert_eq!(read_some(4), "one ");
        ioctl_fionbio(std_stdin(), false).unwrap();
        drop(writer);
        assert_eq!(read_by_a_child(), "two");
    });
}

#[test]
fn an_input_with_nothing_in_it_is_at_its_end() {
    in_a_child(|| {
        dup2_stdin(File::open("/dev/null").unwrap()).unwrap();
        assert_eq!(read_some(10), "");
        let only_written = File::options().write(true).open("/dev/null").unwrap();
        dup2_stdin(only_written).unwrap();
        assert_eq!(read_some(10), "");
        let (_, writer) = pipe().unwrap();
        dup2_stdin(writer).unwrap();
        assert_eq!(read_some(10), "");
        let hung_up = {
            let (_, read) = terminal();
            read
        };
        dup2_stdin(hung_up).unwrap();
        let mut byte = [0];
        let as_std = std_stdin().lock().read(&mut byte).map_err(|e| e.kind());
        let ours = block_on(stdin().read(&mut byte)).map_err(|e| e.kind());
        assert_eq!(ours, as_std);
    });
}

#[test]
fn an_input_that_is_closed_while_the_runtime_lives_is_at_its_end() {
    in_a_child(|| {
        let _never_written = piped_stdin();
        block_on(async {
            let mut buffer = [0; 10];
            assert!(stdin().read(&mut buffer).now_or_never().is_none());
            // SAFETY: nothing that is opened by this test relies on its number.
            assert_eq!(unsafe { libc::close(0) }, 0);
            assert_eq!(stdin().read(&mut buffer).await.unwrap(), 0);
        });
    });
}

#[test]
fn more_than_a_pipe_holds_comes_in_as_many_reads_as_it_takes() {
    in_a_child(|| {
        let mut writer = piped_stdin();
        let sent: Vec<u8> = (0..200_000_u32).map(|n| (n / 3) as u8).collect();
        let contents = sent.clone();
        let writing = std::thread::spawn(move || writer.write_all(&contents).unwrap());
        block_on(async {
            let mut read = vec![0; sent.len()];
            stdin().read_exact(&mut read).await.unwrap();
            assert!(read == sent);
            assert_eq!(stdin().read(&mut read).await.unwrap(), 0);
        });
        writing.join().unwrap();
    });
}
