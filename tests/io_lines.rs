//! Lines and pieces from anything that is read: none is lost, none is torn.
//! tests/files/lines.rs has the same for files.

#[path = "support/paused.rs"]
mod paused;
#[path = "support/settle.rs"]
mod settle;

use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use buzzer::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader, ReadBuf,
};
use buzzer::net::{TcpListener, TcpStream};
use buzzer::task::yield_now;
use paused::paused;
use settle::settle;

async fn connected() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (here, there) = buzzer::gather!(TcpStream::connect(address), listener.accept()).await;
    (here.unwrap(), there.unwrap().0)
}

/// Gives one byte at a time, and an error before the byte `!`, once.
struct Dripping<'a> {
    bytes: &'a [u8],
    has_failed: bool,
}

impl AsyncRead for Dripping<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.bytes.first() == Some(&b'!') && !self.has_failed {
            self.has_failed = true;
            return Poll::Ready(Err(ErrorKind::ConnectionReset.into()));
        }
        if let Some((first, rest)) = self.bytes.split_first() {
            buffer.put_slice(&[*first]);
            self.bytes = rest;
        }
        Poll::Ready(Ok(()))
    }
}

fn dripping(bytes: &[u8]) -> Dripping<'_> {
    Dripping {
        bytes,
        has_failed: false,
    }
}

/// Polls once, and drops what was not ready.
fn poll_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

#[test]
fn lines_are_those_that_std_finds_however_they_come() {
    buzzer::block_on(async {
        for contents in [
            "",
            "\n",
            "\n\n",
            "one",
            "one\ntwo\r\n",
            "one\rstill one\n\r\n",
            "long one that no small buffer holds\nshort\n",
            "übergrößen\nπ",
        ] {
            let expected: Vec<_> = contents.lines().collect();
            for capacity in [0, 1, 3, 64] {
                let reader = BufReader::with_capacity(capacity, dripping(contents.as_bytes()));
                let (mut lines, mut got) = (reader.lines(), Vec::new());
                while let Some(line) = lines.next_line().await.unwrap() {
                    got.push(line);
                }
                assert_eq!(got, expected, "{contents:?} with {capacity}");
                assert_eq!(lines.next_line().await.unwrap(), None);
            }
        }
    });
}

#[test]
fn a_line_from_a_socket_dropped_half_way_is_not_lost() {
    paused().block_on(async {
        let (mut here, there) = connected().await;
        let mut lines = BufReader::with_capacity(4, there).lines();
        for (sent, line) in [
            ("first\nsec", Some("first")),
            ("ond and", None),
            (" more\nthird", Some("second and more")),
        ] {
            here.write_all(sent.as_bytes()).await.unwrap();
            let mut got = None;
            // Given up at each point that it waits at.
            for _ in 0..sent.len() {
                settle().await;
                got = poll_once(lines.next_line());
                if got.is_some() {
                    break;
                }
            }
            let got = got.map(Result::unwrap);
            assert_eq!(got.flatten().as_deref(), line);
        }
        drop(here);
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("third"));
        assert_eq!(lines.next_line().await.unwrap(), None);
    });
}

#[test]
fn an_error_half_way_through_a_line_loses_nothing() {
    buzzer::block_on(async {
        let mut reader = BufReader::with_capacity(1, dripping(b"before!after\nnext"));
        let mut line = String::from("kept ");
        let error = reader.read_line(&mut line).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert_eq!(line, "kept ");
        assert_eq!(reader.read_line(&mut line).await.unwrap(), 13);
        assert_eq!(line, "kept before!after\n");
        assert_eq!(reader.read_line(&mut line).await.unwrap(), 4);
        assert_eq!(reader.read_line(&mut line).await.unwrap(), 0);
    });
}

// A chain's buffer does not grow: what was taken from it is nowhere else.
#[test]
fn an_error_half_way_through_a_line_leaves_what_was_taken_with_who_asked() {
    buzzer::block_on(async {
        let first: &[u8] = b"of ";
        let mut reader = first.chain(BufReader::new(dripping(b"one!other\nnext")));
        let mut line = String::from("kept ");
        let error = reader.read_line(&mut line).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert_eq!(line, "kept of one");
        assert_eq!(reader.read_line(&mut line).await.unwrap(), 7);
        assert_eq!(line, "kept of one!other\n");
    });
}

#[test]
fn a_line_that_is_no_text_is_an_error_and_the_next_is_read() {
    buzzer::block_on(async {
        let mut lines = BufReader::new(&b"good\nb\xffd\ngood again\n"[..]).lines();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("good"));
        let error = lines.next_line().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        let next = lines.next_line().await.unwrap();
        assert_eq!(next.as_deref(), Some("good again"));
    });
}

#[test]
fn pieces_bytes_and_reads_can_be_mixed() {
    buzzer::block_on(async {
        let mut reader = BufReader::with_capacity(4, &b"a;bcdefg;0123456789"[..]);
        let mut piece = b"kept ".to_vec();
        assert_eq!(reader.read_until(b';', &mut piece).await.unwrap(), 2);
        assert_eq!(reader.read_until(b';', &mut piece).await.unwrap(), 7);
        assert_eq!(piece, b"kept a;bcdefg;");
        let ahead = reader.fill_buf().await.unwrap().to_owned();
        assert!(b"0123456789".starts_with(&ahead) && !ahead.is_empty());
        AsyncBufReadExt::consume(&mut reader, 1);
        assert_eq!(reader.buffer(), &ahead[1..]);
        let mut two = [0; 2];
        reader.read_exact(&mut two).await.unwrap();
        assert_eq!(&two, b"12");
        assert_eq!(reader.read(&mut []).await.unwrap(), 0);
        // What no buffer has to hold, goes past it.
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"3456789");
        assert_eq!(reader.fill_buf().await.unwrap(), b"");
    });
}

#[test]
fn what_is_written_to_a_buffered_reader_goes_past_the_buffer() {
    buzzer::block_on(async {
        let (here, there) = connected().await;
        let (mut here, mut there) = (BufReader::new(here), BufReader::new(there));
        here.write_all(b"latte\nmocha\n").await.unwrap();
        let mut order = String::new();
        there.read_line(&mut order).await.unwrap();
        there.write_all(order.as_bytes()).await.unwrap();
        there.shutdown().await.unwrap();
        let mut served = String::new();
        here.read_to_string(&mut served).await.unwrap();
        assert_eq!(served, "latte\n");
        assert_eq!(there.buffer(), b"mocha\n");
    });
}

#[test]
fn memory_is_its_own_buffer_behind_any_pointer() {
    buzzer::block_on(async {
        let text: Box<dyn AsyncBufRead + Unpin> = Box::new(&b"one\ntwo"[..]);
        let mut lines = Box::pin(text).lines();
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("one"));
        assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("two"));
        assert_eq!(lines.next_line().await.unwrap(), None);
        let mut bytes = &b"0123"[..];
        AsyncBufReadExt::consume(&mut bytes, 3);
        assert_eq!(bytes, b"3");
        AsyncBufReadExt::consume(&mut bytes, 99);
        assert_eq!(bytes, b"");
    });
}

#[test]
fn lines_that_never_wait_let_other_tasks_run() {
    buzzer::block_on(async {
        let ticks = std::rc::Rc::new(std::cell::Cell::new(0));
        let counter = ticks.clone();
        let ticking = buzzer::spawn(async move {
            loop {
                counter.set(counter.get() + 1);
                yield_now().await;
            }
        });
        let text = "\n".repeat(1000);
        let mut lines = BufReader::new(text.as_bytes()).lines();
        let mut count = 0;
        while lines.next_line().await.unwrap().is_some() {
            count += 1;
        }
        // 1,001 calls, 128 in each poll.
        assert_eq!((count, ticks.get()), (1000, 7));
        ticking.abort();
    });
}
