//! Pipes in memory, for two tasks, or for tests in the place of a socket.
//!
//! Owns [`SimplexStream`], which is one pipe, and [`DuplexStream`], which is an end of two:
//! named and shaped like tokio's. Both may be used on any thread, and need no runtime. A
//! waker is cloned, woken and dropped when no lock is held: it may be another library's.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::io::adaptors::{ReadHalf, WriteHalf, split};
use crate::io::{AsyncRead, AsyncWrite, ReadBuf};
use crate::machine::budget;
use crate::machine::panics::wake_contained;
use crate::sys::locks::{Mutex, MutexGuard};

/// The two ends of a pipe each way, which hold up to `max_buf_size` bytes each way: whoever
/// writes more waits for the other end to read.
///
/// When an end is dropped, the other reads what is left and then the end, and a write to
/// it fails.
///
/// # Panics
///
/// If `max_buf_size` is zero.
///
/// # Examples
///
/// ```
/// use buzzer::io::{AsyncReadExt, AsyncWriteExt, duplex};
///
/// # buzzer::block_on(async {
/// let (mut customer, mut barista) = duplex(64);
/// customer.write_all(b"one mocha").await?;
/// let mut order = [0; 9];
/// barista.read_exact(&mut order).await?;
/// assert_eq!(&order, b"one mocha");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[track_caller]
pub fn duplex(max_buf_size: usize) -> (DuplexStream, DuplexStream) {
    // No closure: it would have a panic's place here.
    let there = Arc::new(Mutex::new(SimplexStream::new_unsplit(max_buf_size)));
    let back = Arc::new(Mutex::new(SimplexStream::new_unsplit(max_buf_size)));
    let here = DuplexStream {
        read: back.clone(),
        write: there.clone(),
    };
    let there = DuplexStream {
        read: there,
        write: back,
    };
    (here, there)
}

/// An end of two pipes, one each way; made by [`duplex`].
#[derive(Debug)]
pub struct DuplexStream {
    read: Arc<Mutex<SimplexStream>>,
    write: Arc<Mutex<SimplexStream>>,
}

/// No code that could panic runs while one is locked.
fn lock(pipe: &Mutex<SimplexStream>) -> MutexGuard<'_, SimplexStream> {
    pipe.lock().unwrap_or_else(PoisonError::into_inner)
}

impl AsyncRead for DuplexStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        budget::charge(cx, |cx| {
            let waker = cx.waker().clone();
            let (polled, left) = lock(&self.read).read(waker, buffer);
            left.settle();
            polled
        })
    }
}

impl AsyncWrite for DuplexStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let left = lock(&self.write).close();
        left.settle();
        Poll::Ready(Ok(()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        budget::charge(cx, |cx| {
            let waker = cx.waker().clone();
            let (polled, left) = lock(&self.write).write(waker, buffers);
            left.settle();
            polled
        })
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}

impl Drop for DuplexStream {
    fn drop(&mut self) {
        for pipe in [&self.write, &self.read] {
            let left = lock(pipe).close();
            left.settle();
        }
    }
}

/// The reading and the writing end of a pipe that holds up to `max_buf_size` bytes: whoever
/// writes more waits for the reader.
///
/// The end comes by a shutdown of the writing end, not by its drop: both ends hold the
/// pipe, as those of [`split`] do.
///
/// # Panics
///
/// If `max_buf_size` is zero.
///
/// # Examples
///
/// ```
/// use buzzer::io::{AsyncReadExt, AsyncWriteExt, simplex};
///
/// # buzzer::block_on(async {
/// let (mut barista, mut customer) = simplex(64);
/// customer.write_all(b"one mocha").await?;
/// customer.shutdown().await?;
/// let mut order = String::new();
/// barista.read_to_string(&mut order).await?;
/// assert_eq!(order, "one mocha");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[track_caller]
pub fn simplex(max_buf_size: usize) -> (ReadHalf<SimplexStream>, WriteHalf<SimplexStream>) {
    split(SimplexStream::new_unsplit(max_buf_size))
}

/// A pipe in memory, both ends in one; see [`simplex`].
#[derive(Debug)]
pub struct SimplexStream {
    bytes: VecDeque<u8>,
    capacity: usize,
    is_closed: bool,
    /// Who waits for something to read.
    reader: Option<Waker>,
    /// Who waits for room.
    writer: Option<Waker>,
}

/// Wakers that left the pipe: to be woken, and only dropped.
#[must_use = "to be settled when the pipe is not locked any more"]
struct Left {
    woken: [Option<Waker>; 2],
    dropped: Option<Waker>,
}

impl Left {
    /// So far only who asks, since it may not have to wait.
    fn with(asks: Waker) -> Self {
        Self {
            woken: [None, None],
            dropped: Some(asks),
        }
    }

    fn settle(self) {
        self.woken.into_iter().flatten().for_each(wake_contained);
        drop(self.dropped);
    }
}

impl SimplexStream {
    /// A pipe that holds up to `max_buf_size` bytes, its ends not apart.
    ///
    /// # Panics
    ///
    /// If `max_buf_size` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::{AsyncReadExt, AsyncWriteExt, SimplexStream};
    ///
    /// # buzzer::block_on(async {
    /// let mut pipe = SimplexStream::new_unsplit(64);
    /// pipe.write_all(b"mocha").await?;
    /// let mut order = [0; 5];
    /// pipe.read_exact(&mut order).await?;
    /// assert_eq!(&order, b"mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn new_unsplit(max_buf_size: usize) -> Self {
        assert!(
            max_buf_size > 0,
            "a pipe that holds nothing can't be made: what is written waits there until it is \
             read; give it a `max_buf_size` of at least 1"
        );
        Self {
            bytes: VecDeque::new(),
            capacity: max_buf_size,
            is_closed: false,
            reader: None,
            writer: None,
        }
    }

    fn close(&mut self) -> Left {
        self.is_closed = true;
        Left {
            woken: [self.reader.take(), self.writer.take()],
            dropped: None,
        }
    }

    fn read(&mut self, waker: Waker, buffer: &mut ReadBuf<'_>) -> (Poll<io::Result<()>>, Left) {
        let mut left = Left::with(waker);
        let room = buffer.remaining();
        if room > 0 && self.bytes.is_empty() && !self.is_closed {
            std::mem::swap(&mut self.reader, &mut left.dropped);
            return (Poll::Pending, left);
        }
        let count = self.bytes.len().min(room);
        let (first, second) = self.bytes.as_slices();
        let first = &first[..first.len().min(count)];
        buffer.put_slice(first);
        buffer.put_slice(&second[..count - first.len()]);
        self.bytes.drain(..count);
        if count > 0 {
            left.woken[0] = self.writer.take();
        }
        (Poll::Ready(Ok(())), left)
    }

    fn write(&mut self, waker: Waker, buffers: &[IoSlice<'_>]) -> (Poll<io::Result<usize>>, Left) {
        let mut left = Left::with(waker);
        if self.is_closed {
            return (Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())), left);
        }
        if buffers.iter().all(|buffer| buffer.is_empty()) {
            return (Poll::Ready(Ok(0)), left);
        }
        let room = self.capacity - self.bytes.len();
        if room == 0 {
            std::mem::swap(&mut self.writer, &mut left.dropped);
            return (Poll::Pending, left);
        }
        let mut rest = room;
        for buffer in buffers {
            let count = buffer.len().min(rest);
            self.bytes.extend(&buffer[..count]);
            rest -= count;
        }
        left.woken[0] = self.reader.take();
        (Poll::Ready(Ok(room - rest)), left)
    }
}

/// As of a socket's two ends, each of the traits is for one of them.
impl AsyncRead for SimplexStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        budget::charge(cx, |cx| {
            let (polled, left) = self.read(cx.waker().clone(), buffer);
            left.settle();
            polled
        })
    }
}

impl AsyncWrite for SimplexStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.close().settle();
        Poll::Ready(Ok(()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        budget::charge(cx, |cx| {
            let (polled, left) = self.write(cx.waker().clone(), buffers);
            left.settle();
            polled
        })
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}
