//! What the library's docs say under "Cancel safety" of I/O, with each operation dropped
//! at each of its suspensions.

use std::cell::Cell;
use std::fs::File as StdFile;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use async_lock::Mutex;
use buzzer::fs::File;
use buzzer::io::{
    AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, copy,
};
use buzzer::net::{UnixDatagram, UnixListener, UnixStream};
use buzzer::task::spawn_blocking;
use buzzer::testing::cancel_everywhere;
use buzzer::time::{Duration, sleep};

use crate::fifo::make_fifo;

/// What the future and its check share; the check has it when the future is dropped.
type Shared<T> = Rc<Mutex<T>>;

fn shared<T>(value: T) -> Shared<T> {
    Rc::new(Mutex::new(value))
}

/// A stream into which the pieces come one after the other, each when all is asleep.
fn fed(pieces: &'static [&'static str]) -> UnixStream {
    let (near, mut far) = UnixStream::pair().unwrap();
    buzzer::spawn(async move {
        for piece in pieces {
            sleep(Duration::from_secs(1)).await;
            // Nobody reads any more if all was read that was wanted.
            let _ = far.write_all(piece.as_bytes()).await;
        }
    });
    near
}

async fn rest(reader: &mut (impl AsyncRead + Unpin)) -> String {
    let mut rest = String::new();
    reader.read_to_string(&mut rest).await.unwrap();
    rest
}

#[test]
fn read_loses_nothing() {
    let suspensions = cancel_everywhere(|| {
        let both = shared((fed(&["one ", "mo", "cha"]), String::new()));
        let theirs = both.clone();
        let future = async move {
            let (stream, got) = &mut *theirs.lock().await;
            let mut buffer = [0; 3];
            for _ in 0..4 {
                let count = stream.read(&mut buffer).await.unwrap();
                got.push_str(str::from_utf8(&buffer[..count]).unwrap());
            }
        };
        let check = async move {
            let (stream, got) = &mut *both.lock().await;
            got.push_str(&rest(stream).await);
            assert_eq!(got, "one mocha");
        };
        (future, check)
    });
    assert_eq!(suspensions, 3);
}

#[test]
fn what_read_exact_and_read_to_end_have_read_is_in_the_buffer_and_nowhere_else() {
    for exact in [true, false] {
        let suspensions = cancel_everywhere(|| {
            let buffer = vec![0; if exact { 9 } else { 0 }];
            let both = shared((fed(&["one ", "mo", "cha"]), buffer));
            let theirs = both.clone();
            let future = async move {
                let (stream, buffer) = &mut *theirs.lock().await;
                match exact {
                    true => stream.read_exact(buffer).await,
                    false => stream.read_to_end(buffer).await,
                }
            };
            let check = async move {
                let (stream, buffer) = &mut *both.lock().await;
                buffer.retain(|&byte| byte != 0);
                buffer.extend(rest(stream).await.bytes());
                assert_eq!(str::from_utf8(buffer).unwrap(), "one mocha");
            };
            (future, check)
        });
        // The end of the stream comes in the turn of the last piece.
        assert_eq!(suspensions, 3);
    }
}

#[test]
fn what_read_to_string_has_read_is_gone_if_it_is_dropped() {
    let lost = Rc::default();
    let suspensions = cancel_everywhere(|| {
        let both = shared((fed(&["one ", "mo", "cha"]), String::new()));
        let theirs = both.clone();
        let future = async move {
            let (stream, text) = &mut *theirs.lock().await;
            stream.read_to_string(text).await
        };
        let lost: Rc<Mutex<Vec<usize>>> = Rc::clone(&lost);
        let check = async move {
            let (stream, text) = &mut *both.lock().await;
            let rest = rest(stream).await;
            assert!("one mocha".ends_with(&rest));
            lost.lock()
                .await
                .push("one mocha".len() - rest.len() - text.len());
        };
        (future, check)
    });
    assert_eq!(suspensions, 3);
    assert_eq!(*lost.try_lock().unwrap(), [0, 4, 6, 0]);
}

/// The lines that come in pieces which are no lines.
const PIECES: &[&str] = &["one", " mocha\ntwo la", "ttes\nthree", " teas"];
const LINES: [&str; 3] = ["one mocha\n", "two lattes\n", "three teas"];

async fn read_lines(
    all: Shared<(BufReader<UnixStream>, Vec<String>)>,
    next: impl AsyncFn(&mut BufReader<UnixStream>, &mut String),
) {
    let (reader, lines) = &mut *all.lock().await;
    while lines.len() < LINES.len() {
        let mut line = String::new();
        next(reader, &mut line).await;
        lines.push(line);
    }
}

/// Reads line by line with `next`, which says what it appends; dropped at each
/// suspension, all lines are there in the end.
fn loses_no_line(next: impl AsyncFn(&mut BufReader<UnixStream>, &mut String) + Copy) {
    let suspensions = cancel_everywhere(|| {
        let all = shared((BufReader::new(fed(PIECES)), Vec::new()));
        let theirs = all.clone();
        let check = async move {
            read_lines(all.clone(), next).await;
            assert_eq!(all.lock().await.1, LINES);
        };
        (read_lines(theirs, next), check)
    });
    assert_eq!(suspensions, PIECES.len());
}

#[test]
fn read_line_and_read_until_and_fill_buf_lose_nothing() {
    loses_no_line(async |reader, line| {
        reader.read_line(line).await.unwrap();
    });
    loses_no_line(async |reader, line| {
        let mut bytes = Vec::new();
        reader.read_until(b'\n', &mut bytes).await.unwrap();
        line.push_str(str::from_utf8(&bytes).unwrap());
    });
}

#[test]
fn a_dropped_read_line_appends_nothing() {
    let suspensions = cancel_everywhere(|| {
        let both = shared((BufReader::new(fed(PIECES)), "so far: ".to_owned()));
        let theirs = both.clone();
        let future = async move {
            let (reader, line) = &mut *theirs.lock().await;
            reader.read_line(line).await
        };
        let check = async move {
            let (reader, line) = &mut *both.lock().await;
            if line != "so far: one mocha\n" {
                assert_eq!(line, "so far: ");
                reader.read_line(line).await.unwrap();
                assert_eq!(line, "so far: one mocha\n");
            }
        };
        (future, check)
    });
    assert_eq!(suspensions, 2);
}

#[test]
fn next_line_loses_nothing() {
    let suspensions = cancel_everywhere(|| {
        let all = shared((BufReader::new(fed(PIECES)).lines(), Vec::new()));
        let theirs = all.clone();
        let future = async move {
            let (reader, lines) = &mut *theirs.lock().await;
            while let Some(line) = reader.next_line().await.unwrap() {
                lines.push(line);
            }
        };
        let check = async move {
            let (reader, lines) = &mut *all.lock().await;
            while let Some(line) = reader.next_line().await.unwrap() {
                lines.push(line);
            }
            assert_eq!(*lines, LINES.map(str::trim_end));
        };
        (future, check)
    });
    assert_eq!(suspensions, PIECES.len());
}

/// A stream that takes nothing more until `read_all` reads, and how much it has taken.
fn full() -> (UnixStream, UnixStream, usize) {
    let (near, far) = UnixStream::pair().unwrap();
    let mut taken = 0;
    while let Ok(count) = near.try_write(&[b'-'; 4096]) {
        taken += count;
    }
    (near, far, taken)
}

#[test]
fn a_dropped_write_to_a_socket_has_written_nothing() {
    let suspensions = cancel_everywhere(|| {
        let (near, mut far, taken) = full();
        let near = shared((near, false));
        let theirs = near.clone();
        let future = async move {
            let (stream, written) = &mut *theirs.lock().await;
            assert_eq!(stream.write(b"mocha").await.unwrap(), 5);
            *written = true;
        };
        let reader = buzzer::spawn(async move {
            sleep(Duration::from_secs(1)).await;
            rest(&mut far).await
        });
        let check = async move {
            near.lock().await.0.shutdown().await.unwrap();
            let read = reader.await.unwrap();
            let expected = if near.lock().await.1 { "mocha" } else { "" };
            assert_eq!(&read[taken..], expected);
        };
        (future, check)
    });
    assert_eq!(suspensions, 1);
}

#[test]
fn a_dropped_write_all_has_written_a_first_part() {
    const BYTES: usize = 1 << 20;
    let lengths: Shared<Vec<usize>> = Shared::default();
    let suspensions = cancel_everywhere(|| {
        let (near, mut far) = UnixStream::pair().unwrap();
        let near = shared(near);
        let theirs = near.clone();
        let future = async move {
            let bytes: Vec<u8> = (0..BYTES).map(|at| (at % 251) as u8).collect();
            theirs.lock().await.write_all(&bytes).await
        };
        let reader = buzzer::spawn(async move {
            sleep(Duration::from_secs(1)).await;
            let mut read = Vec::new();
            far.read_to_end(&mut read).await.unwrap();
            read
        });
        let lengths = lengths.clone();
        let check = async move {
            near.lock().await.shutdown().await.unwrap();
            let read = reader.await.unwrap();
            assert!(
                read.iter()
                    .enumerate()
                    .all(|(at, &byte)| byte == (at % 251) as u8)
            );
            lengths.lock().await.push(read.len());
        };
        (future, check)
    });
    let lengths = lengths.try_lock().unwrap();
    assert_eq!(lengths.len(), suspensions + 1);
    assert!(lengths[0] < BYTES);
    assert_eq!(lengths.last(), Some(&BYTES));
}

/// Takes a byte at a time, each after a wait.
#[derive(Default)]
struct Slow {
    taken: String,
    waited: bool,
}

impl AsyncWrite for Slow {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.waited = !self.waited;
        if self.waited {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.taken.push(char::from(bytes[0]));
        Poll::Ready(Ok(1))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn what_a_dropped_copy_has_read_and_not_written_is_lost() {
    let lost: Shared<Vec<usize>> = Shared::default();
    let suspensions = cancel_everywhere(|| {
        let both = shared((fed(&["one ", "tea"]), Slow::default()));
        let theirs = both.clone();
        let future = async move {
            let (reader, writer) = &mut *theirs.lock().await;
            copy(reader, writer).await
        };
        let lost = lost.clone();
        let check = async move {
            let (reader, writer) = &mut *both.lock().await;
            let rest = rest(reader).await;
            assert!("one tea".starts_with(&writer.taken) && "one tea".ends_with(&rest));
            lost.lock().await.push(7 - writer.taken.len() - rest.len());
        };
        (future, check)
    });
    // It waits for each piece, and then for each byte that it writes.
    assert_eq!(*lost.try_lock().unwrap(), [0, 4, 3, 2, 1, 0, 3, 2, 1, 0]);
    assert_eq!(suspensions, 9);
}

#[test]
fn a_dropped_accept_loses_no_connection() {
    let dir = tempfile::tempdir().unwrap();
    let made = Cell::new(0);
    let suspensions = cancel_everywhere(|| {
        made.set(made.get() + 1);
        let path = dir.path().join(made.get().to_string());
        let listener = UnixListener::bind(&path).unwrap();
        let both = shared((listener, Vec::new()));
        buzzer::spawn(async move {
            for client in 0..3_u8 {
                sleep(Duration::from_secs(1)).await;
                let mut stream = StdUnixStream::connect(&path).unwrap();
                stream.write_all(&[client]).unwrap();
            }
        });
        let accept_all = async |both: Shared<(UnixListener, Vec<UnixStream>)>| {
            let (listener, accepted) = &mut *both.lock().await;
            while accepted.len() < 3 {
                accepted.push(listener.accept().await.unwrap().0);
            }
        };
        let theirs = both.clone();
        let check = async move {
            accept_all(both.clone()).await;
            let mut said = Vec::new();
            for stream in &mut both.lock().await.1 {
                stream.read_to_end(&mut said).await.unwrap();
            }
            assert_eq!(said, [0, 1, 2]);
        };
        (accept_all(theirs), check)
    });
    assert_eq!(suspensions, 3);
}

#[test]
fn a_dropped_receive_has_received_nothing() {
    let suspensions = cancel_everywhere(|| {
        let (near, far) = UnixDatagram::pair().unwrap();
        buzzer::spawn(async move {
            for datagram in 0..3 {
                sleep(Duration::from_secs(1)).await;
                far.send(&[datagram]).await.unwrap();
            }
        });
        let receive_all = async |both: Shared<(UnixDatagram, Vec<u8>)>| {
            let (socket, received) = &mut *both.lock().await;
            let mut buffer = [0];
            while received.len() < 3 {
                socket.recv(&mut buffer).await.unwrap();
                received.push(buffer[0]);
            }
        };
        let both = shared((near, Vec::new()));
        let theirs = both.clone();
        let check = async move {
            receive_all(both.clone()).await;
            assert_eq!(both.lock().await.1, [0, 1, 2]);
        };
        (receive_all(theirs), check)
    });
    assert_eq!(suspensions, 3);
}

/// A FIFO as a file, and std's end of it.
fn fifo(path: &Path) -> (File, StdFile) {
    make_fifo(path);
    // Both ways, so that no open waits for the other.
    let open = || {
        StdFile::options()
            .read(true)
            .write(true)
            .open(path)
            .unwrap()
    };
    (File::from_std(open()), open())
}

#[test]
fn what_a_worker_reads_for_a_dropped_file_read_comes_with_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let made = Cell::new(0);
    let suspensions = cancel_everywhere(|| {
        made.set(made.get() + 1);
        let (file, mut end) = fifo(&dir.path().join(made.get().to_string()));
        // After the first poll of the read, whose worker so certainly waits.
        buzzer::spawn(async move { end.write_all(b"mocha").map(|()| end).unwrap() });
        let read_all = async |both: Shared<(File, Vec<u8>)>| {
            let (file, got) = &mut *both.lock().await;
            while got.len() < 5 {
                let mut buffer = [0; 8];
                let count = file.read(&mut buffer).await.unwrap();
                got.extend(&buffer[..count]);
            }
        };
        let both = shared((file, Vec::new()));
        let theirs = both.clone();
        let check = async move {
            read_all(both.clone()).await;
            assert_eq!(both.lock().await.1, b"mocha");
        };
        (read_all(theirs), check)
    });
    assert_eq!(suspensions, 1);
}

#[test]
fn what_a_dropped_file_write_was_given_is_written_and_the_next_operation_waits_for_it() {
    // More than a FIFO holds: it is written when somebody reads.
    const BYTES: usize = 1 << 18;
    let dir = tempfile::tempdir().unwrap();
    let made = Cell::new(0);
    let suspensions = cancel_everywhere(|| {
        made.set(made.get() + 1);
        let (file, mut end) = fifo(&dir.path().join(made.get().to_string()));
        // Not before the first poll of the write.
        let reader = buzzer::spawn(async move {
            spawn_blocking(move || {
                let mut read = vec![0; BYTES + 1];
                end.read_exact(&mut read).map(|()| read).unwrap()
            })
            .await
            .unwrap()
        });
        let file = shared(file);
        let theirs = file.clone();
        let future = async move {
            theirs.lock().await.write_all(&[b'x'; BYTES]).await.unwrap();
        };
        let check = async move {
            let file = &mut *file.lock().await;
            file.write_all(b"y").await.unwrap();
            file.flush().await.unwrap();
            let read = reader.await.unwrap();
            assert!(read[..BYTES].iter().all(|&byte| byte == b'x'));
            assert_eq!(read[BYTES], b'y');
        };
        (future, check)
    });
    assert_eq!(suspensions, 1);
}
