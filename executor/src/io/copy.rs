//! From a reader to a writer, up to the end.
//!
//! Owns [`copy`], [`copy_buf`] and [`copy_bidirectional`], named like tokio's.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::async_read::poll_append;
use super::interrupted::{poll_again, poll_interrupted};
use super::{AsyncBufRead, AsyncRead, AsyncWrite};
use crate::machine::budget;

/// The memory of one direction, taken at its first read. As tokio's: a proxy has
/// two for each connection.
const CAPACITY: usize = 8 * 1024;

/// Copies everything from `reader` to `writer`, up to the end of the one, flushes
/// the other, and returns how many bytes that were. Whenever `reader` has nothing
/// for now, `writer` is flushed too.
///
/// Between files, [`fs::copy`](crate::fs::copy) is quicker, as the kernel does it, and
/// refuses to copy a file onto itself.
///
/// # Errors
///
/// The first of `reader` or `writer`, and `WriteZero` if `writer` takes nothing more.
/// All that was read before an error of `reader` has been written; what was read and
/// not written before an error of `writer` is lost.
///
/// # Cancel safety
///
/// None: what a dropped call has read and not yet written is lost, 8 KiB at most.
///
/// # Examples
///
/// ```
/// buzzer::block_on(async {
///     let mut order: &[u8] = b"one mocha";
///     let mut served = Vec::new();
///     assert_eq!(buzzer::io::copy(&mut order, &mut served).await?, 9);
///     assert_eq!(served, b"one mocha");
///     Ok::<(), std::io::Error>(())
/// })
/// # .unwrap();
/// ```
pub async fn copy<R, W>(reader: &mut R, writer: &mut W) -> io::Result<u64>
where
    R: AsyncRead + Unpin + ?Sized,
    W: AsyncWrite + Unpin + ?Sized,
{
    let mut flow = Flow::with_capacity(CAPACITY);
    poll_fn(|cx| flow.poll(cx, &mut *reader, &mut *writer)).await
}

/// As [`copy`], from the buffer of `reader`, without another in between.
///
/// # Errors
///
/// The first of `reader` or `writer`, and `WriteZero` if `writer` takes nothing more.
/// What was not written is in the buffer still.
///
/// # Cancel safety
///
/// Nothing is lost: what was not written is in the buffer still. How much was written is
/// not known.
///
/// # Examples
///
/// ```
/// use buzzer::io::{BufReader, copy_buf};
///
/// buzzer::block_on(async {
///     let mut order = BufReader::new(&b"one mocha"[..]);
///     let mut served = Vec::new();
///     assert_eq!(copy_buf(&mut order, &mut served).await?, 9);
///     Ok::<(), std::io::Error>(())
/// })
/// # .unwrap();
/// ```
pub async fn copy_buf<R, W>(reader: &mut R, writer: &mut W) -> io::Result<u64>
where
    R: AsyncBufRead + Unpin + ?Sized,
    W: AsyncWrite + Unpin + ?Sized,
{
    let (mut reader, mut writer) = (Pin::new(reader), Pin::new(writer));
    // The end is kept: asked again, a terminal would wait for the next line.
    let (mut total, mut unflushed, mut has_ended) = (0, false, false);
    poll_fn(|cx| {
        loop {
            // For those that are always ready, as memory is.
            ready!(budget::poll_proceed(cx));
            let filled = match has_ended {
                true => Poll::Ready(&[][..]),
                false => match reader.as_mut().poll_fill_buf(cx) {
                    Poll::Ready(Err(error)) => {
                        ready!(poll_interrupted(cx, error))?;
                        continue;
                    }
                    filled => filled?,
                },
            };
            let Poll::Ready(bytes @ [_, ..]) = filled else {
                has_ended = filled.is_ready();
                if unflushed || has_ended {
                    ready!(poll_again(cx, |cx| writer.as_mut().poll_flush(cx)))?;
                    unflushed = false;
                }
                return match has_ended {
                    true => Poll::Ready(Ok(total)),
                    false => Poll::Pending,
                };
            };
            let count = ready!(poll_again(cx, |cx| writer.as_mut().poll_write(cx, bytes)))?;
            if count == 0 {
                let error = io::ErrorKind::WriteZero.into();
                return Poll::Ready(Err(writer.name_write_error(error)));
            }
            reader.as_mut().consume(count);
            total += count as u64;
            unflushed = true;
        }
    })
    .await
}

/// Copies between `a` and `b` both ways at once, and returns how many bytes went
/// from `a` to `b`, and from `b` to `a`. When one of them ends, the other's writing
/// side is shut down, and the other way goes on to its own end.
///
/// # Errors
///
/// The first of either; both ways stop then. What was read and not written is lost.
///
/// # Cancel safety
///
/// None: what a dropped call has read and not yet written is lost, 8 KiB each way at
/// most.
///
/// # Examples
///
/// A proxy for one connection:
///
/// ```no_run
/// use buzzer::io::copy_bidirectional;
/// use buzzer::net::{TcpListener, TcpStream};
///
/// # buzzer::block_on(async {
/// let listener = TcpListener::bind("127.0.0.1:8080").await?;
/// let (mut client, _) = listener.accept().await?;
/// let mut server = TcpStream::connect("127.0.0.1:80").await?;
/// let (sent, received) = copy_bidirectional(&mut client, &mut server).await?;
/// println!("{sent} bytes to the server, {received} back");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub async fn copy_bidirectional<A, B>(a: &mut A, b: &mut B) -> io::Result<(u64, u64)>
where
    A: AsyncRead + AsyncWrite + Unpin + ?Sized,
    B: AsyncRead + AsyncWrite + Unpin + ?Sized,
{
    copy_bidirectional_with_sizes(a, b, CAPACITY, CAPACITY).await
}

/// As [`copy_bidirectional`], with up to so many bytes on their way from `a` to `b`, and
/// from `b` to `a` (one, if it is zero).
///
/// # Errors
///
/// As [`copy_bidirectional`].
///
/// # Cancel safety
///
/// As [`copy_bidirectional`], up to these sizes.
pub async fn copy_bidirectional_with_sizes<A, B>(
    a: &mut A,
    b: &mut B,
    a_to_b_buf_size: usize,
    b_to_a_buf_size: usize,
) -> io::Result<(u64, u64)>
where
    A: AsyncRead + AsyncWrite + Unpin + ?Sized,
    B: AsyncRead + AsyncWrite + Unpin + ?Sized,
{
    let mut there = Way::with_capacity(a_to_b_buf_size);
    let mut back = Way::with_capacity(b_to_a_buf_size);
    let mut begins_there = true;
    poll_fn(|cx| {
        let (mut sent, mut received) = (Poll::Pending, Poll::Pending);
        // Both are polled, so that both wait. They begin by turns, since one that
        // never waits leaves nothing of the budget to the other.
        for is_there in [begins_there, !begins_there] {
            match is_there {
                true => sent = there.poll(cx, &mut *a, &mut *b)?,
                false => received = back.poll(cx, &mut *b, &mut *a)?,
            }
        }
        begins_there = !begins_there;
        Poll::Ready(Ok((ready!(sent), ready!(received))))
    })
    .await
}

/// What is on its way from a reader to a writer.
struct Flow {
    capacity: usize,
    bytes: Vec<u8>,
    /// How much of `bytes` is written.
    written: usize,
    total: u64,
    read_all: bool,
    /// Whether something was written since the last flush, or all has been.
    unflushed: bool,
}

impl Flow {
    fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            bytes: Vec::new(),
            written: 0,
            total: 0,
            read_all: false,
            unflushed: false,
        }
    }

    fn poll<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
        writer: &mut W,
    ) -> Poll<io::Result<u64>>
    where
        R: AsyncRead + Unpin + ?Sized,
        W: AsyncWrite + Unpin + ?Sized,
    {
        let (mut reader, mut writer) = (Pin::new(reader), Pin::new(writer));
        loop {
            // For those that are always ready, as memory is.
            ready!(budget::poll_proceed(cx));
            if self.written == self.bytes.len() && !self.read_all {
                self.bytes.clear();
                self.written = 0;
                self.bytes.reserve_exact(self.capacity);
                let bytes = &mut self.bytes;
                match poll_again(cx, |cx| poll_append(reader.as_mut(), cx, bytes))? {
                    Poll::Ready(read) => {
                        self.read_all = read == 0;
                        // What was written before it as well.
                        self.unflushed |= self.read_all;
                    }
                    Poll::Pending => {
                        ready!(self.poll_flush(cx, writer))?;
                        return Poll::Pending;
                    }
                }
            }
            while self.written < self.bytes.len() {
                let rest = &self.bytes[self.written..];
                let write = |cx: &mut Context<'_>| writer.as_mut().poll_write(cx, rest);
                let count = ready!(poll_again(cx, write))?;
                if count == 0 {
                    let error = writer.name_write_error(io::ErrorKind::WriteZero.into());
                    return Poll::Ready(Err(error));
                }
                self.written += count;
                self.total += count as u64;
                self.unflushed = true;
            }
            if self.read_all {
                ready!(self.poll_flush(cx, writer))?;
                return Poll::Ready(Ok(self.total));
            }
        }
    }

    fn poll_flush<W: AsyncWrite + ?Sized>(
        &mut self,
        cx: &mut Context<'_>,
        mut writer: Pin<&mut W>,
    ) -> Poll<io::Result<()>> {
        if self.unflushed {
            ready!(poll_again(cx, |cx| writer.as_mut().poll_flush(cx)))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }
}

/// One way of two.
struct Way {
    flow: Flow,
    /// Set when all has been copied: then the writing side is shut down.
    copied: Option<u64>,
    is_shut_down: bool,
}

impl Way {
    fn with_capacity(capacity: usize) -> Self {
        Self {
            flow: Flow::with_capacity(capacity),
            copied: None,
            is_shut_down: false,
        }
    }

    fn poll<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
        writer: &mut W,
    ) -> Poll<io::Result<u64>>
    where
        R: AsyncRead + Unpin + ?Sized,
        W: AsyncWrite + Unpin + ?Sized,
    {
        let copied = match self.copied {
            Some(copied) => copied,
            None => *self
                .copied
                .insert(ready!(self.flow.poll(cx, reader, &mut *writer))?),
        };
        if !self.is_shut_down {
            ready!(poll_again(cx, |cx| Pin::new(&mut *writer).poll_shutdown(cx)))?;
            self.is_shut_down = true;
        }
        Poll::Ready(Ok(copied))
    }
}
