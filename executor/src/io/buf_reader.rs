//! A buffer in front of any reader.
//!
//! Owns [`BufReader`]. `fs/buf_reader.rs` is one over a file, which can take back
//! what was read ahead.

use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::async_write::forward_to;
use super::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};
use crate::sys::pinned::pinned_parts;

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
///
/// ```
/// use std::pin::Pin;
/// use buzzer::io::{AsyncReadExt, BufReader};
///
/// # buzzer::block_on(async {
/// let mut reader = BufReader::with_capacity(16, &b"one mocha"[..]);
/// let mut three = [0; 3];
/// reader.read_exact(&mut three).await?;
/// assert_eq!(reader.buffer(), b" mocha"); // Read in one go.
/// assert_eq!(*reader.get_ref(), b"");
/// *reader.get_mut() = b", no milk";
/// *Pin::new(&mut reader).get_pin_mut() = b", please";
/// assert_eq!(reader.into_inner(), b", please"); // The buffer is lost.
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct BufReader<R> {
    reader: R,
    ahead: Ahead,
}

pinned_parts!(BufReader<R> { pin reader: R, beside ahead: Ahead, });

/// What was read ahead.
#[derive(Debug)]
struct Ahead {
    /// Filled from `start` to `end`; its length is what can be filled. Empty until
    /// the first read, longer than `capacity` only while a line needs that.
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    capacity: usize,
    /// Whether the reader's position is being moved: what is in the buffer then counts no
    /// more once it has moved, nor when nobody has waited for that.
    is_seeking: bool,
}

impl<R> BufReader<R> {
    /// A buffer of 8 KiB, which takes memory from its first read on.
    pub fn new(reader: R) -> Self {
        Self::with_capacity(CAPACITY, reader)
    }

    /// A buffer of `capacity` bytes (one, if it is zero). It grows for a line that
    /// is longer.
    pub fn with_capacity(capacity: usize, reader: R) -> Self {
        let ahead = Ahead {
            bytes: Vec::new(),
            start: 0,
            end: 0,
            capacity: capacity.max(1),
            is_seeking: false,
        };
        Self { reader, ahead }
    }

    /// The reader. It is ahead by what is in the buffer.
    pub fn get_ref(&self) -> &R {
        &self.reader
    }

    /// The reader. To read from it bypasses the buffer.
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// The same, pinned.
    pub fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut R> {
        self.parts().0
    }

    /// The reader. What is in the buffer is lost.
    pub fn into_inner(self) -> R {
        self.reader
    }

    /// What is in the buffer.
    pub fn buffer(&self) -> &[u8] {
        self.ahead.filled()
    }

    /// Another reader in the place of this one, the buffer as it is;
    /// [`BufStream`](super::BufStream) asks.
    pub(super) fn map<S>(self, reader: impl FnOnce(R) -> S) -> BufReader<S> {
        BufReader {
            reader: reader(self.reader),
            ahead: self.ahead,
        }
    }
}

impl Ahead {
    fn filled(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// What was read ahead of a position that may have moved is not to be seen.
    fn forget_if_seeking(&mut self) {
        if self.is_seeking {
            self.is_seeking = false;
            self.use_up(usize::MAX);
        }
    }

    /// The first `count` bytes, which are used up by that, if there are more than these: a
    /// small piece is mostly there, and then costs its copy and little more.
    #[inline]
    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let start = self.start;
        if count >= self.end - start || self.is_seeking {
            return None;
        }
        self.start += count;
        Some(&self.bytes[start..][..count])
    }

    fn use_up(&mut self, count: usize) {
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

    /// Reads from `reader`, behind what is in the buffer.
    fn poll_read_more<R: AsyncRead>(
        &mut self,
        reader: Pin<&mut R>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.make_room();
        let mut buffer = ReadBuf::new(&mut self.bytes[self.end..]);
        ready!(reader.poll_read(cx, &mut buffer))?;
        self.end += buffer.filled().len();
        Poll::Ready(Ok(()))
    }
}

impl<R: AsyncRead> AsyncBufRead for BufReader<R> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let (reader, ahead) = self.parts();
        ahead.forget_if_seeking();
        if ahead.filled().is_empty() {
            ready!(ahead.poll_read_more(reader, cx))?;
        }
        Poll::Ready(Ok(ahead.filled()))
    }

    fn consume(self: Pin<&mut Self>, count: usize) {
        self.parts().1.use_up(count);
    }

    fn poll_fill_more(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        seen: usize,
    ) -> Poll<io::Result<Option<&[u8]>>> {
        let (reader, ahead) = self.parts();
        ahead.forget_if_seeking();
        if ahead.filled().len() <= seen {
            ready!(ahead.poll_read_more(reader, cx))?;
        }
        Poll::Ready(Ok(Some(ahead.filled())))
    }
}

/// What doesn't fit into the buffer is read past it, if that is empty.
impl<R: AsyncRead> AsyncRead for BufReader<R> {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (reader, ahead) = self.as_mut().parts();
        let wanted = buffer.remaining();
        if let Some(bytes) = ahead.take(wanted) {
            buffer.put_slice(bytes);
            return Poll::Ready(Ok(()));
        }
        if wanted == 0 {
            return Poll::Ready(Ok(()));
        }
        ahead.forget_if_seeking();
        if ahead.filled().is_empty() && wanted >= ahead.capacity {
            return reader.poll_read(cx, buffer);
        }
        let filled = ready!(self.as_mut().poll_fill_buf(cx))?;
        let count = filled.len().min(wanted);
        buffer.put_slice(&filled[..count]);
        self.consume(count);
        Poll::Ready(Ok(()))
    }

    #[inline]
    fn take_ahead(self: Pin<&mut Self>, bytes: &mut [u8]) -> bool {
        let taken = self.parts().1.take(bytes.len());
        taken.map(|taken| bytes.copy_from_slice(taken)).is_some()
    }

    fn name_read_error(&self, error: io::Error) -> io::Error {
        self.reader.name_read_error(error)
    }
}

impl<W: AsyncWrite> AsyncWrite for BufReader<W> {
    forward_to!(self => self.parts().0, self.reader);
}

/// The position is that of what is read next, not the reader's, which is ahead. What is
/// in the buffer is given up once the position has moved.
impl<R: AsyncRead + AsyncSeek> AsyncSeek for BufReader<R> {
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        let (reader, ahead) = self.parts();
        // Of a seek that nobody waited for.
        ahead.forget_if_seeking();
        let position = match position {
            SeekFrom::Current(distance) => {
                let count = ahead.filled().len() as i64;
                let distance = distance.checked_sub(count).ok_or_else(before_the_start)?;
                SeekFrom::Current(distance)
            }
            from_an_end => from_an_end,
        };
        reader.start_seek(position)?;
        ahead.is_seeking = true;
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let (reader, ahead) = self.parts();
        let at = ready!(reader.poll_complete(cx));
        let has_moved = std::mem::take(&mut ahead.is_seeking);
        let at = at?;
        if has_moved {
            ahead.use_up(usize::MAX);
        }
        Poll::Ready(Ok(at.saturating_sub(ahead.filled().len() as u64)))
    }
}

#[cold]
fn before_the_start() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "a position before the start can't be seeked to",
    )
}
