//! A buffer behind any writer.
//!
//! Owns [`BufWriter`].

use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::async_buf_read::forward_to as forward_buffer_to;
use super::async_read::forward_to as forward_read_to;
use super::interrupted::poll_again;
use super::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};
use crate::sys::pinned::pinned_parts;

/// As [`BufReader`](super::BufReader)'s.
const CAPACITY: usize = 8 * 1024;

/// A writer with a buffer behind, for writing in small pieces. What is read from it
/// goes past the buffer.
///
/// What is in the buffer is written when the next piece doesn't fit, by a
/// [`flush`](super::AsyncWriteExt::flush) and by a
/// [`shutdown`](super::AsyncWriteExt::shutdown). A drop can't wait, so it writes
/// nothing: flush before.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// # let dir = tempfile::tempdir()?; let path = dir.path().join("orders");
/// use buzzer::fs::{self, File};
/// use buzzer::io::{AsyncWriteExt, BufWriter};
///
/// let mut orders = BufWriter::new(File::create(&path).await?);
/// for order in ["espresso", "latte"] {
///     orders.write_all(order.as_bytes()).await?;
///     orders.write_all(b"\n").await?;
/// }
/// orders.flush().await?;
/// assert_eq!(fs::read_to_string(&path).await?, "espresso\nlatte\n");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
///
/// ```
/// use std::pin::Pin;
/// use buzzer::io::{AsyncWriteExt, BufWriter};
///
/// # buzzer::block_on(async {
/// let mut writer = BufWriter::with_capacity(16, Vec::new());
/// writer.write_all(b"mocha").await?;
/// assert_eq!((writer.buffer(), writer.get_ref().len()), (&b"mocha"[..], 0));
/// writer.flush().await?;
/// writer.get_mut().push(b'!');
/// Pin::new(&mut writer).get_pin_mut().push(b'!');
/// assert_eq!(writer.into_inner(), b"mocha!!");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct BufWriter<W> {
    writer: W,
    behind: Behind,
}

pinned_parts!(BufWriter<W> { pin writer: W, beside behind: Behind, });

/// What is still to be written.
#[derive(Debug)]
struct Behind {
    /// Takes memory at the first write to it, and then no more.
    bytes: Vec<u8>,
    /// How much of `bytes` is written.
    written: usize,
    capacity: usize,
    seek: Seek,
}

/// How far a seek has come. It begins when all is written.
#[derive(Clone, Copy, Debug)]
enum Seek {
    None,
    /// Asked for, and not begun.
    To(SeekFrom),
    /// Waited for.
    Begun,
}

impl<W> BufWriter<W> {
    /// A buffer of 8 KiB, which takes memory from its first write on.
    pub fn new(writer: W) -> Self {
        Self::with_capacity(CAPACITY, writer)
    }

    /// A buffer of `capacity` bytes.
    pub fn with_capacity(capacity: usize, writer: W) -> Self {
        let behind = Behind {
            bytes: Vec::new(),
            written: 0,
            capacity,
            seek: Seek::None,
        };
        Self { writer, behind }
    }

    /// The writer. It is behind by what is in the buffer.
    pub fn get_ref(&self) -> &W {
        &self.writer
    }

    /// The writer. To write to it bypasses the buffer.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.writer
    }

    /// The same, pinned.
    pub fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut W> {
        self.parts().0
    }

    /// The writer. What is in the buffer is lost: flush before.
    pub fn into_inner(self) -> W {
        self.writer
    }

    /// What is in the buffer.
    pub fn buffer(&self) -> &[u8] {
        &self.behind.bytes[self.behind.written..]
    }

    /// Where both capacities are at hand; [`BufStream`](super::BufStream) asks.
    pub(super) fn map<V>(self, writer: impl FnOnce(W) -> V) -> BufWriter<V> {
        BufWriter {
            writer: writer(self.writer),
            behind: self.behind,
        }
    }
}

impl Behind {
    /// Writes what is in the buffer. What was written before an error is not written
    /// again.
    fn poll_write_out<W: AsyncWrite>(
        &mut self,
        mut writer: Pin<&mut W>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while self.written < self.bytes.len() {
            let rest = &self.bytes[self.written..];
            let write = |cx: &mut Context<'_>| writer.as_mut().poll_write(cx, rest);
            match ready!(poll_again(cx, write))? {
                0 => {
                    let error = io::ErrorKind::WriteZero.into();
                    return Poll::Ready(Err(writer.name_write_error(error)));
                }
                count => self.written += count,
            }
        }
        self.bytes.clear();
        self.written = 0;
        Poll::Ready(Ok(()))
    }

    /// Makes room for `count` bytes, by writing if it must. Whether they fit then.
    fn poll_room<W: AsyncWrite>(
        &mut self,
        writer: Pin<&mut W>,
        cx: &mut Context<'_>,
        count: usize,
    ) -> Poll<io::Result<bool>> {
        if count > self.capacity - self.bytes.len() {
            ready!(self.poll_write_out(writer, cx))?;
        }
        // As long as the buffer itself, they would be copied for nothing.
        let fits = count < self.capacity;
        if fits && self.bytes.capacity() == 0 {
            self.bytes.reserve_exact(self.capacity);
        }
        Poll::Ready(Ok(fits))
    }
}

impl<W: AsyncWrite> AsyncWrite for BufWriter<W> {
    #[inline]
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let (mut writer, behind) = self.parts();
        if !ready!(behind.poll_room(writer.as_mut(), cx, bytes.len()))? {
            return writer.poll_write(cx, bytes);
        }
        behind.bytes.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (mut writer, behind) = self.parts();
        ready!(behind.poll_write_out(writer.as_mut(), cx))?;
        writer.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (mut writer, behind) = self.parts();
        ready!(behind.poll_write_out(writer.as_mut(), cx))?;
        writer.poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let lengths = buffers.iter().map(|buffer| buffer.len());
        let count = lengths.fold(0, usize::saturating_add);
        let (mut writer, behind) = self.as_mut().parts();
        if !ready!(behind.poll_room(writer.as_mut(), cx, count))? {
            if writer.is_write_vectored() {
                return writer.poll_write_vectored(cx, buffers);
            }
            // One by one: those that are small are gathered here.
            let first = buffers.iter().find(|buffer| !buffer.is_empty());
            return self.poll_write(cx, first.map_or(&[], |buffer| &**buffer));
        }
        for buffer in buffers {
            behind.bytes.extend_from_slice(buffer);
        }
        Poll::Ready(Ok(count))
    }

    /// Small pieces are gathered, whatever the writer does.
    fn is_write_vectored(&self) -> bool {
        true
    }

    fn name_write_error(&self, error: io::Error) -> io::Error {
        self.writer.name_write_error(error)
    }
}

impl<W: AsyncRead> AsyncRead for BufWriter<W> {
    forward_read_to!(self => self.parts().0, self.writer);
}

impl<W: AsyncBufRead> AsyncBufRead for BufWriter<W> {
    forward_buffer_to!(self => self.parts().0);
}

/// What is in the buffer is written before the position moves.
impl<W: AsyncWrite + AsyncSeek> AsyncSeek for BufWriter<W> {
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        self.parts().1.seek = Seek::To(position);
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let (mut writer, behind) = self.parts();
        ready!(behind.poll_write_out(writer.as_mut(), cx))?;
        if let Seek::To(position) = behind.seek {
            behind.seek = Seek::None;
            writer.as_mut().start_seek(position)?;
            behind.seek = Seek::Begun;
        }
        let at = ready!(writer.poll_complete(cx));
        behind.seek = Seek::None;
        Poll::Ready(at)
    }
}
