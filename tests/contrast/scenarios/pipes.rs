//! Pipes: unnamed and by path, in both directions of their ends.

use super::*;
use std::ffi::CString;
use std::io::{IoSlice, IoSliceMut};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::{TempDir, tempdir};
use tokio::io::AsyncWrite;
use tokio::net::unix::pipe::{OpenOptions, Receiver, Sender, pipe};

/// A pipe with a name, which goes with its folder.
fn named() -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("pipe");
    make_pipe(&path);
    (folder, path)
}

fn make_pipe(path: &Path) {
    let path = CString::new(path.as_os_str().as_bytes()).unwrap();
    // SAFETY: mkfifo reads the path up to its zero.
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
}

/// Writes until there is no room.
async fn fill(sender: &Sender) -> usize {
    sender.writable().await.unwrap();
    let mut filled = 0;
    while let Ok(written) = sender.try_write(&[0; 4_096]) {
        filled += written;
    }
    filled
}

/// Blocks this thread until no reader is left: the child of another test has the end as
/// well, from its fork to its exec.
fn has_no_reader(sender: &Sender) {
    let mut polled = [PollFd::new(sender, PollFlags::empty())];
    rustix::event::poll(&mut polled, None).unwrap();
}

pub fn bytes_go_through_and_end_with_the_writer() -> Transcript {
    run(async || {
        let (mut sender, mut receiver) = pipe().unwrap();
        sender.write_all(b"one ").await.unwrap();
        sender.write_all(b"mocha").await.unwrap();
        note!("{:?}", receive(&mut receiver).await);
        drop(sender);
        note!("{:?}", receive(&mut receiver).await);
        note!("{:?}", receive(&mut receiver).await);
    })
}

pub fn a_reader_waits_and_is_woken() -> Transcript {
    run(async || {
        let (mut sender, mut receiver) = pipe().unwrap();
        let reader = spawn(async move {
            loop {
                let received = receive(&mut receiver).await.unwrap();
                note!("{received:?}");
                if received.is_empty() {
                    break;
                }
            }
        });
        for word in ["one", "mocha"] {
            yield_now().await;
            note!("{word} is sent");
            sender.write_all(word.as_bytes()).await.unwrap();
            sleep(ms(10)).await;
        }
        drop(sender);
        reader.await.unwrap();
    })
}

pub fn a_pipe_whose_reader_is_gone() -> Transcript {
    run(async || {
        let (mut sender, receiver) = pipe().unwrap();
        sender.write_all(b"never read").await.unwrap();
        drop(receiver);
        has_no_reader(&sender);
        say("write", sender.write(b"x").await);
        say("again", sender.write(b"x").await);
        say("a try", sender.try_write(b"x"));
    })
}

pub fn a_full_pipe_holds_its_writer_back() -> Transcript {
    run(async || {
        let (mut sender, mut receiver) = pipe().unwrap();
        let filled = fill(&sender).await;
        let writer = spawn(async move {
            sender.write_all(b"the last").await.unwrap();
            note!("it is written");
        });
        yield_now().await;
        note!("finished: {}", writer.is_finished());
        let mut all = vec![0; filled];
        receiver.read_exact(&mut all).await.unwrap();
        writer.await.unwrap();
        note!("{:?}", receive(&mut receiver).await);
    })
}

pub fn a_reader_goes_while_a_writer_waits() -> Transcript {
    run(async || {
        let (mut sender, receiver) = pipe().unwrap();
        fill(&sender).await;
        let writer = spawn(async move { say("write", sender.write_all(b"x").await) });
        yield_now().await;
        drop(receiver);
        writer.await.unwrap();
    })
}

pub fn what_a_try_of_a_pipe_says() -> Transcript {
    run(async || {
        let (sender, receiver) = pipe().unwrap();
        let mut buffer = [0; 64];
        say("nothing there", receiver.try_read(&mut buffer));
        sender.writable().await.unwrap();
        note!("{:?}", sender.try_write(b"one mocha"));
        receiver.readable().await.unwrap();
        note!("{:?}", receiver.try_read(&mut buffer[..3]));
        note!("{:?}", receiver.try_read(&mut buffer));
        say("nothing left", receiver.try_read(&mut buffer));
        drop(sender);
        receiver.readable().await.unwrap();
        note!("{:?}", receiver.try_read(&mut buffer));
    })
}

pub fn several_buffers_through_a_pipe() -> Transcript {
    run(async || {
        let (mut sender, receiver) = pipe().unwrap();
        let parts = [&b"one"[..], b"", b" mocha"].map(IoSlice::new);
        note!("{}", sender.is_write_vectored());
        note!("{:?}", sender.write_vectored(&parts).await);
        sender.writable().await.unwrap();
        note!("{:?}", sender.try_write_vectored(&parts[2..]));
        receiver.readable().await.unwrap();
        let (mut first, mut second) = ([0; 4], [0; 64]);
        let mut parts = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
        let length = receiver.try_read_vectored(&mut parts).unwrap();
        note!("{:?} {:?}", text(&first), text(&second[..length - 4]));
    })
}

pub fn a_read_of_a_pipe_given_up_loses_nothing() -> Transcript {
    run(async || {
        let (mut sender, mut receiver) = pipe().unwrap();
        for _ in 0..2 {
            note!("{}", timeout(ms(10), receive(&mut receiver)).await.is_err());
        }
        sender.write_all(b"mocha").await.unwrap();
        note!("{:?}", receive(&mut receiver).await);
    })
}

pub fn readiness_of_both_ends() -> Transcript {
    run(async || {
        let (mut sender, receiver) = pipe().unwrap();
        let ready = sender.ready(Interest::WRITABLE).await.unwrap();
        note!("{} {}", ready.is_writable(), ready.is_write_closed());
        sender.write_all(b"x").await.unwrap();
        let ready = receiver.ready(Interest::READABLE).await.unwrap();
        note!("{} {}", ready.is_readable(), ready.is_read_closed());
        drop(receiver);
        let ready = sender.ready(Interest::WRITABLE).await.unwrap();
        note!("{}", ready.is_writable());
        say("a call of its own", sender.try_io(|| Ok(())));
        let (sender, receiver) = pipe().unwrap();
        drop(sender);
        let ready = receiver.ready(Interest::READABLE).await.unwrap();
        note!("{} {}", ready.is_readable(), ready.is_read_closed());
    })
}

pub fn lines_through_a_pipe_among_timers() -> Transcript {
    run(async || {
        let (mut sender, receiver) = pipe().unwrap();
        let writer = spawn(async move {
            for part in ["one\ntw", "o\nthr", "ee\n"] {
                sender.write_all(part.as_bytes()).await.unwrap();
                sleep(ms(10)).await;
            }
        });
        let mut lines = BufReader::new(receiver).lines();
        let mut count = 0;
        while count < 3 {
            select! {
                biased;
                line = lines.next_line() => {
                    count += 1;
                    note!("{line:?}");
                }
                () = sleep(ms(7)) => note!("nothing yet"),
            }
        }
        writer.await.unwrap();
    })
}

pub fn a_shutdown_of_a_pipe() -> Transcript {
    run(async || {
        let (mut sender, mut receiver) = pipe().unwrap();
        sender.write_all(b"mocha").await.unwrap();
        say("flush", sender.flush().await);
        say("shutdown", sender.shutdown().await);
        note!("{:?}", receive(&mut receiver).await);
        note!("{:?}", timeout(ms(10), receive(&mut receiver)).await.ok());
        say("write", sender.write(b"x").await);
    })
}

pub fn a_pipe_by_its_path() -> Transcript {
    run(async || {
        let (_folder, path) = named();
        let early = OpenOptions::new().open_sender(&path);
        note!("without a reader: {}", early.is_err());
        let mut receiver = OpenOptions::new().open_receiver(&path).unwrap();
        let mut sender = OpenOptions::new().open_sender(&path).unwrap();
        sender.write_all(b"one").await.unwrap();
        note!("{:?}", receive(&mut receiver).await);
        drop(sender);
        note!("{:?}", receive(&mut receiver).await);
        // It is not the end for who opens it anew.
        let mut sender = OpenOptions::new().open_sender(&path).unwrap();
        sender.write_all(b"two").await.unwrap();
        note!("{:?}", receive(&mut receiver).await);
    })
}

pub fn two_writers_at_one_path() -> Transcript {
    run(async || {
        let (_folder, path) = named();
        let mut receiver = OpenOptions::new().open_receiver(&path).unwrap();
        let open = || OpenOptions::new().open_sender(&path).unwrap();
        let (mut one, mut two) = (open(), open());
        one.write_all(b"one ").await.unwrap();
        two.write_all(b"two ").await.unwrap();
        drop(one);
        note!("{:?}", receive(&mut receiver).await);
        note!("{}", timeout(ms(10), receive(&mut receiver)).await.is_err());
        two.write_all(b"more").await.unwrap();
        drop(two);
        note!("{:?}", receive(&mut receiver).await);
        note!("{:?}", receive(&mut receiver).await);
    })
}

// On Linux a pipe can be open both ways: then it never ends.
pub fn a_reader_that_keeps_its_pipe_open() -> Transcript {
    run(async || {
        let (_folder, path) = named();
        let options = &mut OpenOptions::new();
        #[cfg(target_os = "linux")]
        options.read_write(true);
        let mut receiver = options.open_receiver(&path).unwrap();
        let mut sender = options.open_sender(&path).unwrap();
        sender.write_all(b"one").await.unwrap();
        drop(sender);
        note!("{:?}", receive(&mut receiver).await);
        let ends = timeout(ms(10), receive(&mut receiver)).await.is_ok();
        note!("{}", ends == cfg!(not(target_os = "linux")));
    })
}

pub fn what_is_no_pipe() -> Transcript {
    run(async || {
        let folder = tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "tea").unwrap();
        say("a file", OpenOptions::new().open_receiver(&path));
        say("a file", OpenOptions::new().open_sender(&path));
        let missing = folder.path().join("missing");
        say("nothing", OpenOptions::new().open_receiver(missing));
        let file = std::fs::File::open(&path).unwrap();
        say("a file's descriptor", Receiver::from_file(file));
        let (reads, writes) = std::io::pipe().unwrap();
        say("the wrong end", Sender::from_owned_fd(reads.into()));
        say("the wrong end", Receiver::from_owned_fd(writes.into()));
    })
}

pub fn the_ends_of_a_std_pipe_come_in_and_go_out() -> Transcript {
    run(async || {
        use std::io::Read;

        let (reads, writes) = std::io::pipe().unwrap();
        let mut receiver = Receiver::from_owned_fd(reads.into()).unwrap();
        let mut sender = Sender::from_owned_fd(writes.into()).unwrap();
        sender.write_all(b"one").await.unwrap();
        note!("{:?}", receive(&mut receiver).await);
        sender.write_all(b"two").await.unwrap();
        drop(sender);
        let reads = receiver.into_blocking_fd().unwrap();
        let mut all = String::new();
        std::io::PipeReader::from(reads)
            .read_to_string(&mut all)
            .unwrap();
        note!("{all:?}");
    })
}

pub fn a_pipe_to_a_child() -> Transcript {
    run(async || {
        let (mut sender, receiver) = pipe().unwrap();
        let child = Command::new("cat")
            .stdin(receiver.into_blocking_fd().unwrap())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        sender.write_all(b"one mocha").await.unwrap();
        drop(sender);
        let output = child.wait_with_output().await.unwrap();
        note!("{:?} {}", text(&output.stdout), output.status.success());
    })
}

pub fn a_pipe_outlives_the_runtime_of_its_other_end() -> Transcript {
    with_runtime(|runtime| {
        let (sender, receiver) = {
            let _inside = runtime.enter();
            pipe().unwrap()
        };
        runtime.block_on(async {
            spawn(async move {
                let mut sender = sender;
                sender.write_all(b"mocha").await.unwrap();
                wait_for_ever("the writer").await;
            });
            receiver.readable().await.unwrap();
        });
        let receiver = receiver.into_nonblocking_fd().unwrap();
        drop(runtime);
        let next = build(&mut Builder::new_current_thread());
        let received = next.block_on(async {
            let mut receiver = Receiver::from_owned_fd(receiver).unwrap();
            (receive(&mut receiver).await, receive(&mut receiver).await)
        });
        note!("{received:?}");
    })
}
