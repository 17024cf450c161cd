//! Copying between streams: everything arrives, is flushed, and its end is passed
//! on.

#[path = "support/log.rs"]
mod log;

use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use buzzer::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, copy, copy_bidirectional, copy_buf,
};
use buzzer::net::{TcpListener, TcpStream};
use buzzer::task::yield_now;
use log::Log;

/// Does what it is told, poll by poll; then it is at its end.
#[derive(Default)]
struct Scripted {
    reads: VecDeque<Read>,
    /// The most bytes that one write takes.
    takes: usize,
    log: Log,
}

enum Read {
    Bytes(&'static str),
    /// Not yet, but at once.
    Pending,
    Fails,
}

impl AsyncRead for Scripted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.reads.pop_front() {
            Some(Read::Bytes(bytes)) => buffer.put_slice(bytes.as_bytes()),
            Some(Read::Pending) => {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Some(Read::Fails) => return Poll::Ready(Err(ErrorKind::ConnectionReset.into())),
            None => {}
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Scripted {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let taken = &bytes[..bytes.len().min(self.takes)];
        self.log
            .note(format!("write {}", str::from_utf8(taken).unwrap()));
        Poll::Ready(Ok(taken.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.log.note("flush");
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.log.note("shutdown");
        Poll::Ready(Ok(()))
    }
}

fn reader(reads: impl Into<VecDeque<Read>>) -> Scripted {
    Scripted {
        reads: reads.into(),
        ..Scripted::default()
    }
}

fn writer(takes: usize) -> (Scripted, Log) {
    let log = Log::default();
    let writer = Scripted {
        takes,
        log: log.clone(),
        ..Scripted::default()
    };
    (writer, log)
}

#[test]
fn everything_is_copied_and_counted() {
    buzzer::block_on(async {
        let sent: Vec<u8> = (0..100_000_u32).map(|i| (i / 5) as u8).collect();
        for length in [0, 1, 8 * 1024, 8 * 1024 + 1, sent.len()] {
            let (mut from, mut to) = (&sent[..length], Vec::new());
            assert_eq!(copy(&mut from, &mut to).await.unwrap(), length as u64);
            assert!(to == sent[..length]);
        }
    });
}

#[test]
fn a_writer_that_takes_little_gets_all_and_is_flushed_at_each_pause_and_at_the_end() {
    buzzer::block_on(async {
        let mut from = reader([
            Read::Bytes("moc"),
            Read::Bytes("ha"),
            Read::Pending,
            Read::Pending,
            Read::Bytes("!"),
        ]);
        let (mut to, log) = writer(2);
        assert_eq!(copy(&mut from, &mut to).await.unwrap(), 6);
        assert_eq!(
            log.take(),
            [
                "write mo", "write c", "write ha", "flush", "write !", "flush"
            ]
        );
    });
}

#[test]
fn a_copy_of_nothing_flushes_what_was_written_before_it() {
    buzzer::block_on(async {
        let (mut to, log) = writer(99);
        assert_eq!(copy(&mut &b""[..], &mut to).await.unwrap(), 0);
        assert_eq!(copy_buf(&mut &b""[..], &mut to).await.unwrap(), 0);
        assert_eq!(log.take(), ["flush", "flush"]);
    });
}

#[test]
fn an_error_of_the_reader_comes_after_what_was_read_before_it() {
    buzzer::block_on(async {
        let mut from = reader([Read::Bytes("some"), Read::Fails]);
        let (mut to, log) = writer(99);
        let error = copy(&mut from, &mut to).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert_eq!(log.take(), ["write some"]);
    });
}

#[test]
fn a_writer_that_takes_nothing_is_an_error_and_no_endless_loop() {
    buzzer::block_on(async {
        let (mut to, _) = writer(0);
        let error = copy(&mut &b"some"[..], &mut to).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WriteZero);
    });
}

#[test]
fn a_copy_that_never_waits_lets_other_tasks_run() {
    buzzer::block_on(async {
        let ticks = Rc::new(Cell::new(0));
        let counter = ticks.clone();
        let ticking = buzzer::spawn(async move {
            loop {
                counter.set(counter.get() + 1);
                yield_now().await;
            }
        });
        // 1,000 rounds and one for the end, 128 in each poll.
        let from = vec![0; 1000 * 8 * 1024];
        let copied = copy(&mut &from[..], &mut Vec::new()).await.unwrap();
        assert_eq!((copied, ticks.get()), (from.len() as u64, 7));
        ticking.abort();
    });
}

async fn connected() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (here, there) = buzzer::gather!(TcpStream::connect(address), listener.accept()).await;
    (here.unwrap(), there.unwrap().0)
}

/// A client and a server, and the proxy between them.
async fn through_a_proxy() -> (
    TcpStream,
    TcpStream,
    buzzer::task::JoinHandle<io::Result<(u64, u64)>>,
) {
    let ((client, mut a), (mut b, server)) = buzzer::gather!(connected(), connected()).await;
    let proxy = buzzer::spawn(async move { copy_bidirectional(&mut a, &mut b).await });
    (client, server, proxy)
}

#[test]
fn the_end_of_one_way_is_passed_on_and_the_other_way_goes_on() {
    buzzer::block_on(async {
        let (mut client, mut server, proxy) = through_a_proxy().await;
        client.write_all(b"one mocha").await.unwrap();
        client.shutdown().await.unwrap();
        let mut order = String::new();
        server.read_to_string(&mut order).await.unwrap();
        assert_eq!(order, "one mocha");
        // More than the sockets and the proxy hold together, after the other end.
        let served = vec![7; 10_000_000];
        let serving = buzzer::spawn({
            let served = served.clone();
            async move { server.write_all(&served).await.unwrap() }
        });
        let mut got = Vec::new();
        client.read_to_end(&mut got).await.unwrap();
        assert!(got == served);
        serving.await.unwrap();
        assert_eq!(proxy.await.unwrap().unwrap(), (9, 10_000_000));
    });
}

#[test]
fn both_ways_carry_at_once() {
    buzzer::block_on(async {
        let (client, server, proxy) = through_a_proxy().await;
        // Each end of a round has to come through before the next one begins.
        let talk = |mut stream: TcpStream, byte: u8| async move {
            for _ in 0..1000 {
                stream.write_all(&[byte; 100]).await.unwrap();
                let mut other = [0; 100];
                stream.read_exact(&mut other).await.unwrap();
                assert_eq!(other, [3 - byte; 100]);
            }
            stream.shutdown().await.unwrap();
            assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
        };
        buzzer::gather!(talk(client, 1), talk(server, 2)).await;
        assert_eq!(proxy.await.unwrap().unwrap(), (100_000, 100_000));
    });
}

#[test]
fn each_writing_side_is_shut_down_once() {
    buzzer::block_on(async {
        let log = Log::default();
        let side = |reads: Vec<Read>| Scripted {
            reads: reads.into(),
            takes: 99,
            log: log.clone(),
        };
        let mut a = side(vec![Read::Bytes("to b")]);
        let mut b = side(vec![Read::Pending, Read::Pending, Read::Bytes("to a")]);
        assert_eq!(copy_bidirectional(&mut a, &mut b).await.unwrap(), (4, 4));
        assert_eq!(
            log.take(),
            [
                "write to b",
                "flush",
                "shutdown",
                "write to a",
                "flush",
                "shutdown"
            ]
        );
    });
}

#[test]
fn an_error_of_one_way_ends_both() {
    buzzer::block_on(async {
        let (mut client, mut a) = connected().await;
        let mut b = reader([Read::Pending, Read::Fails]);
        let error = copy_bidirectional(&mut a, &mut b).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        // The streams are the caller's still.
        a.write_all(b"sorry").await.unwrap();
        drop(a);
        let mut text = String::new();
        client.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "sorry");
    });
}

/// Always has something to be read, takes all that is written, and counts that.
struct Endless(Rc<Cell<usize>>);

impl AsyncRead for Endless {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buffer.remaining();
        buffer.initialize_unfilled();
        buffer.advance(room);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Endless {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.update(|taken| taken + bytes.len());
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn a_way_that_never_waits_leaves_the_other_its_share() {
    buzzer::block_on(async {
        let taken = [(); 2].map(|()| Rc::new(Cell::new(0)));
        let [mut a, mut b] = taken.each_ref().map(|taken| Endless(taken.clone()));
        let copying = buzzer::spawn(async move { copy_bidirectional(&mut a, &mut b).await });
        for _ in 0..4 {
            yield_now().await;
        }
        // 128 rounds in each poll.
        let rounds = taken.each_ref().map(|taken| taken.get() / (8 * 1024));
        assert_eq!(rounds, [256, 256]);
        copying.abort();
    });
}
