//! A buffer in front of any reader.
//!
//! Owns [`BufReader`]. `fs/buf_reader.rs` is one over a file, which can take back
//! what was read ahead.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};

/// As tokio's: a few lines, and little for each of many connections.
const CAPACITY: usize = 8 * 1024;

/// A reader with a buffer in front, for reading by lines or in small pieces. What
/// is written to it goes past the buffer.
///
/// It reads ahead, as much as the buffer holds. Whoever else reads from the same place
/// (a child that inherits [`stdin`](super::stdin), another handle to a socket) does not
/// get what is in the buffer.
///
/// # Examples
///
/// ```
/// use buzzer::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
/// use buzzer::net::{TcpListener, TcpStream};
///
/// # buzzer::block_on(async {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let mut client = TcpStream::connect(listener.local_addr()?).await?;
/// client.write_all(b"latte\n").await?;
///
/// let (server, _) = listener.accept().await?;
/// let mut server = BufReader::new(server);
/// let mut order = String::new();
/// server.read_line(&mut order).await?;
/// server.write_all(format!("one {order}").as_bytes()).await?;
/// assert_eq!(order, "latte\n");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct BufReader<R> {
    reader: R,
    /// Filled from `start` to `end`; its length is what can be filled. Empty until
    /// the first read, longer than `capacity` only while a line needs that.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    capacity: usize,
}

impl<R> BufReader<R> {
    /// A buffer of 8 KiB, which takes memory from its first read on.
    pub fn new(reader: R) -> Self {
        Self::with_capacity(CAPACITY, reader)
    }

    /// A buffer of `capacity` bytes (one, if it is zero). It grows for a line that
    /// is longer.
    pub fn with_capacity(capacity: usize, reader: R) -> Self {
        Self {
            reader,
            bytes: Vec::new(),
            start: 0,
            end: 0,
            capacity: capacity.max(1),
        }
    }

    /// The reader. It is ahead by what is in the buffer.
    pub fn get_ref(&self) -> &R {
        &self.reader
    }

    /// The reader. To read from it bypasses the buffer.
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// The reader. What is in the buffer is lost.
    pub fn into_inner(self) -> R {
        self.reader
    }

    /// What is in the buffer.
    pub fn buffer(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    fn take(&mut self, count: usize) {
        self.start = self.end.min(self.start.saturating_add(count));
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
            // A long line's memory is not kept.
            if self.bytes.len() > self.capacity {
                self.bytes.truncate(self.capacity);
                self.bytes.shrink_to_fit();
            }
        }
    }

    /// Makes sure that there is room behind what is in the buffer.
    fn make_room(&mut self) {
        if self.end < self.bytes.len() {
            return;
        }
        if self.start > self.bytes.len() / 2 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        } else {
            self.bytes
                .resize(self.capacity.max(2 * self.bytes.len()), 0);
        }
    }
}

impl<R: AsyncRead + Unpin> AsyncBufRead for BufReader<R> {
    fn buffer(&self) -> &[u8] {
        self.buffer()
    }

    fn poll_fill_more(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        this.make_room();
        let mut buffer = ReadBuf::new(&mut this.bytes[this.end..]);
        ready!(Pin::new(&mut this.reader).poll_read(cx, &mut buffer))?;
        let count = buffer.filled().len();
        this.end += count;
        Poll::Ready(Ok(count))
    }

    fn consume(mut self: Pin<&mut Self>, count: usize) {
        self.take(count);
    }
}

/// What doesn't fit into the buffer is read past it, if that is empty.
impl<R: AsyncRead + Unpin> AsyncRead for BufReader<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        if self.buffer().is_empty() && buffer.remaining() >= self.capacity {
            return Pin::new(&mut self.reader).poll_read(cx, buffer);
        }
        let filled = ready!(self.as_mut().poll_fill_buf(cx))?;
        let count = filled.len().min(buffer.remaining());
        buffer.put_slice(&filled[..count]);
        self.take(count);
        Poll::Ready(Ok(()))
    }

    fn name_read_error(&self, error: io::Error) -> io::Error {
        self.reader.name_read_error(error)
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for BufReader<W> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.reader).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.reader).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.reader).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.reader).poll_write_vectored(cx, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.reader.is_write_vectored()
    }

    fn name_write_error(&self, error: io::Error) -> io::Error {
        self.reader.name_write_error(error)
    }
}
