//! Readers and writers made of others.

use super::*;
use std::io::Cursor;
use std::pin::Pin;
use std::task::Context;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncWrite};
use tokio::io::{BufStream, BufWriter, ReadBuf, SeekFrom};

/// A writer that notes each call, and takes at most `most` bytes of each.
struct Noted {
    most: usize,
}

impl AsyncWrite for Noted {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let count = bytes.len().min(self.most);
        note!("{:?} written", text(&bytes[..count]));
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        note!("flushed");
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        note!("shut down");
        Poll::Ready(Ok(()))
    }
}

/// A buffer as a program makes it: it shows one piece, and doesn't grow. It has to wait
/// once before each.
struct Pieces {
    pieces: Vec<&'static [u8]>,
    has_waited: bool,
}

impl Pieces {
    fn new(pieces: &[&'static str]) -> Self {
        Self {
            pieces: pieces.iter().rev().map(|piece| piece.as_bytes()).collect(),
            has_waited: false,
        }
    }
}

impl AsyncRead for Pieces {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        unreachable!("only the buffer is asked")
    }
}

impl AsyncBufRead for Pieces {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        if !this.has_waited {
            this.has_waited = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Ok(this.pieces.last().copied().unwrap_or_default()))
    }

    fn consume(mut self: Pin<&mut Self>, count: usize) {
        let Some(piece) = self.pieces.last_mut() else {
            return;
        };
        *piece = &piece[count..];
        if piece.is_empty() {
            self.pieces.pop();
            self.has_waited = false;
        }
    }
}

pub fn numbers_in_both_orders() -> Transcript {
    run(async || {
        let mut bytes = Vec::new();
        bytes.write_u8(1).await.unwrap();
        bytes.write_i8(-1).await.unwrap();
        bytes.write_u16(0x0102).await.unwrap();
        bytes.write_u16_le(0x0102).await.unwrap();
        bytes.write_i32(-2).await.unwrap();
        bytes.write_u64_le(3).await.unwrap();
        bytes.write_i128(-4).await.unwrap();
        bytes.write_f32(1.5).await.unwrap();
        bytes.write_f64_le(-2.5).await.unwrap();
        note!("{bytes:?}");
        let mut from = &bytes[..];
        note!("{:?}", from.read_u8().await);
        note!("{:?}", from.read_i8().await);
        note!("{:?}", from.read_u16().await);
        note!("{:?}", from.read_u16_le().await);
        note!("{:?}", from.read_i32().await);
        note!("{:?}", from.read_u64_le().await);
        note!("{:?}", from.read_i128().await);
        note!("{:?}", from.read_f32().await);
        note!("{:?}", from.read_f64_le().await);
        say("behind the end", from.read_u8().await);
        let mut short: &[u8] = &[1, 2, 3];
        say("a u32 of three bytes", short.read_u32().await);
    })
}

pub fn a_take_ends_early_and_counts() -> Transcript {
    run(async || {
        let mut some = BufReader::new(&b"one mocha\ntwo lattes\n"[..]).take(6);
        note!("{:?}", receive(&mut some).await);
        note!("limit {}, {:?}", some.limit(), receive(&mut some).await);
        some.set_limit(8);
        let mut line = String::new();
        note!("{:?}", some.read_line(&mut line).await.unwrap());
        note!("{:?}", some.read_line(&mut line).await.unwrap());
        note!("{line:?}, limit {}", some.limit());
        note!("{:?}", some.fill_buf().await.unwrap());
        let mut rest = some.into_inner();
        note!("{:?}", receive(&mut rest).await);
    })
}

pub fn a_chain_goes_on_with_the_second() -> Transcript {
    run(async || {
        let mut both = (&b"one "[..]).chain(&b"mocha"[..]);
        note!("{:?}", receive(&mut both).await);
        note!("{:?}", receive(&mut both).await);
        note!("{:?}", receive(&mut both).await);
        let both = (&b"first\nsec"[..]).chain(&b"ond\nthird"[..]);
        let mut lines = both.lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            note!("{line}");
        }
        let ((), (one, two)) = ((), lines.into_inner().into_inner());
        note!("{} and {} left", one.len(), two.len());
    })
}

pub fn a_buffer_behind_a_writer_gathers() -> Transcript {
    run(async || {
        let mut writer = BufWriter::with_capacity(6, Noted { most: 4 });
        for piece in ["ab", "cd", "ef", "g", "a long one", "h"] {
            writer.write_all(piece.as_bytes()).await.unwrap();
            note!("{piece} taken, {:?} held", text(writer.buffer()));
        }
        writer.flush().await.unwrap();
        writer.write_all(b"end").await.unwrap();
        writer.shutdown().await.unwrap();
        writer.write_all(b"lost").await.unwrap();
        writer.into_inner();
    })
}

pub fn a_buffer_behind_a_writer_that_takes_nothing() -> Transcript {
    run(async || {
        let mut writer = BufWriter::new(Noted { most: 0 });
        writer.write_all(b"x").await.unwrap();
        say("flush", writer.flush().await);
        note!("{:?} held", text(writer.buffer()));
    })
}

pub fn a_buffer_is_written_before_a_seek() -> Transcript {
    run(async || {
        let mut writer = BufWriter::new(Cursor::new(Vec::new()));
        writer.write_all(b"one latte").await.unwrap();
        note!("{:?}", writer.seek(SeekFrom::Start(4)).await);
        writer.write_all(b"mocha").await.unwrap();
        writer.flush().await.unwrap();
        note!("{:?}", writer.seek(SeekFrom::Current(-2)).await);
        say("before the start", writer.seek(SeekFrom::End(-99)).await);
        note!("{:?}", writer.stream_position().await);
        note!("{:?}", text(writer.get_ref().get_ref()));
    })
}

pub fn a_buffer_is_given_up_by_a_seek() -> Transcript {
    run(async || {
        let mut reader = BufReader::new(Cursor::new(&b"0123456789"[..]));
        note!("{:?}", reader.read_u8().await.unwrap() as char);
        note!("{:?}", reader.seek(SeekFrom::Current(2)).await);
        note!("{:?}", reader.read_u8().await.unwrap() as char);
        note!("{:?}", reader.seek(SeekFrom::Current(-4)).await);
        note!("{:?}", reader.read_u8().await.unwrap() as char);
        say("before the start", reader.seek(SeekFrom::Current(-2)).await);
        say(
            "far before it",
            reader.seek(SeekFrom::Current(i64::MIN)).await,
        );
        note!("{:?}", reader.stream_position().await);
        note!("{:?}", reader.seek(SeekFrom::End(-1)).await);
        note!("{:?}", receive(&mut reader).await);
    })
}

pub fn buffers_both_ways() -> Transcript {
    run(async || {
        let (here, there) = io::duplex(64);
        let (mut here, mut there) = (BufStream::new(here), BufStream::with_capacity(2, 9, there));
        here.write_all(b"one\ntwo\n").await.unwrap();
        note!("{:?}", timeout(ms(5), receive(&mut there)).await.is_err());
        here.flush().await.unwrap();
        let mut line = String::new();
        there.read_line(&mut line).await.unwrap();
        note!("{line:?}");
        there.write_all(b"three\n").await.unwrap();
        there.shutdown().await.unwrap();
        line.clear();
        note!("{:?} {line:?}", here.read_line(&mut line).await);
        let mut inner = BufWriter::new(BufReader::new(here.into_inner()));
        inner.write_all(b"kept").await.unwrap();
        let mut again = BufStream::from(inner);
        again.flush().await.unwrap();
        line.clear();
        there.read_line(&mut line).await.unwrap();
        note!("{line:?}");
        note!("{:?}", receive(&mut there).await);
    })
}

pub fn nothing_and_the_same_for_ever() -> Transcript {
    run(async || {
        note!("{:?}", receive(&mut io::empty()).await);
        note!("{:?}", io::empty().write(b"gone").await);
        note!("{:?}", io::empty().seek(SeekFrom::End(7)).await);
        let mut dots = [0; 3];
        note!("{:?}", io::repeat(b'.').read(&mut dots).await);
        note!("{:?}", text(&dots));
        note!("{:?}", io::sink().write(b"gone").await);
        let mut line = Vec::new();
        let mut some = BufReader::new(io::repeat(b'.').take(3));
        note!("{:?} {line:?}", some.read_until(b'!', &mut line).await);
    })
}

pub fn a_loop_over_what_is_always_ready_lets_others_run() -> Transcript {
    run(async || {
        let other = spawn(async { note!("the other task runs") });
        let copied = spawn(async {
            let mut some = io::repeat(0).take(8 << 20);
            note!("{:?}", io::copy(&mut some, &mut io::sink()).await);
        });
        let mut one_by_one = io::repeat(0);
        for _ in 0..1_000 {
            one_by_one.read_u8().await.unwrap();
        }
        note!("a thousand read");
        finish([other, copied]).await;
    })
}

pub fn memory_with_a_position() -> Transcript {
    run(async || {
        let mut cursor = Cursor::new(b"one latte".to_vec());
        note!("{:?}", cursor.seek(SeekFrom::Start(4)).await);
        cursor.write_all(b"mocha!").await.unwrap();
        note!("{:?} {}", receive(&mut cursor).await, cursor.position());
        note!("{:?}", cursor.seek(SeekFrom::Start(99)).await);
        note!("{:?}", receive(&mut cursor).await);
        note!("{:?}", cursor.fill_buf().await.unwrap());
        cursor.rewind().await.unwrap();
        let mut line = Vec::new();
        note!("{:?}", cursor.read_until(b' ', &mut line).await);
        note!("{:?}", text(&line));

        let mut bounded = [0; 3];
        let mut cursor = Cursor::new(&mut bounded[..]);
        note!("{:?}", cursor.write(b"mocha").await);
        say("behind the end", cursor.write_all(b"x").await);
        note!("{:?}", text(&bounded));
        let mut boxed = Cursor::new(vec![0; 2].into_boxed_slice());
        note!("{:?}", boxed.write(b"mocha").await);
        let mut grown = Vec::new();
        Cursor::new(&mut grown).write_all(b"tea").await.unwrap();
        note!("{:?}", text(&grown));
    })
}

pub fn a_copy_from_a_buffer() -> Transcript {
    run(async || {
        let mut orders = Pieces::new(&["one mocha", "two"]);
        let mut to = Noted { most: 4 };
        note!("{:?}", io::copy_buf(&mut orders, &mut to).await);
        let mut orders = &b"left"[..];
        let stuffed = io::copy_buf(&mut orders, &mut Noted { most: 0 }).await;
        say("to a writer that takes nothing", stuffed);
        note!("{:?}", text(orders));
    })
}

pub fn a_proxy_with_small_buffers() -> Transcript {
    run(async || {
        let (mut client, mut left) = io::duplex(64);
        let (mut right, mut server) = io::duplex(64);
        let proxy =
            spawn(
                async move { io::copy_bidirectional_with_sizes(&mut left, &mut right, 2, 3).await },
            );
        client.write_all(b"one mocha").await.unwrap();
        client.shutdown().await.unwrap();
        let mut order = String::new();
        server.read_to_string(&mut order).await.unwrap();
        server.write_all(b"served").await.unwrap();
        drop(server);
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        note!("{order} {answer} {:?}", proxy.await.unwrap());
    })
}

pub fn segments_between_delimiters() -> Transcript {
    run(async || {
        for orders in ["", ",", "a,b", "a,,b,"] {
            let mut segments = AsyncBufReadExt::split(orders.as_bytes(), b',');
            while let Some(segment) = segments.next_segment().await.unwrap() {
                note!("{orders:?}: {:?}", text(&segment));
            }
        }
        let mut lines = BufReader::new(&b"one\r\ntwo"[..]).lines();
        loop {
            let line = poll_fn(|cx| Pin::new(&mut lines).poll_next_line(cx)).await;
            note!("{line:?}");
            if line.unwrap().is_none() {
                break;
            }
        }
    })
}

pub fn a_reader_and_a_writer_as_one() -> Transcript {
    run(async || {
        let mut both = io::join(&b"one\ntwo"[..], Vec::new());
        let mut line = String::new();
        both.read_line(&mut line).await.unwrap();
        both.write_all(line.as_bytes()).await.unwrap();
        note!("{:?} {:?}", text(both.reader()), text(both.writer()));
        both.writer_mut().push(b'!');
        note!("vectored {}", both.is_write_vectored());
        let (rest, written) = both.into_inner();
        note!("{:?} {:?}", text(rest), text(&written));
    })
}

pub fn lines_of_a_buffer_that_a_program_made() -> Transcript {
    run(async || {
        let mut lines = Pieces::new(&["fir", "st\nsec", "ond\r\nthird"]).lines();
        loop {
            // Given up each time that it has to wait.
            let line = match lines.next_line().now_or_never() {
                None => {
                    note!("given up");
                    continue;
                }
                Some(line) => line.unwrap(),
            };
            note!("{line:?}");
            if line.is_none() {
                break;
            }
        }
        let mut from = Pieces::new(&["fir", "st\nsec"]);
        let mut line = Vec::new();
        note!("{:?}", from.read_until(b'\n', &mut line).now_or_never());
        note!("{:?}", from.read_until(b'\n', &mut line).now_or_never());
        note!("{:?}", from.read_until(b'\n', &mut line).await);
        note!("{:?}", text(&line));
        note!("{:?}", text(from.fill_buf().await.unwrap()));
    })
}

pub fn a_buffer_that_is_filled_by_hand() -> Transcript {
    run(async || {
        let mut room = [0; 8];
        let mut buffer = ReadBuf::new(&mut room);
        buffer.put_slice(b"one ");
        let mut part = buffer.take(3);
        part.put_slice(b"tea");
        note!("{:?} of {}", text(part.filled()), part.capacity());
        note!("{:?}, {} left", text(buffer.filled()), buffer.remaining());
        buffer.advance(3);
        buffer.initialized_mut()[0] = b'O';
        note!(
            "{:?}, {}",
            text(buffer.filled()),
            buffer.take(9).remaining()
        );
    })
}
