//! The end of a pipe that is read.
//!
//! The kernel is asked before the first read: one of a pipe with a name that no sender has
//! opened yet would give the end, though it is still to begin.

use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, OwnedFd};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::end::{End, Receives};
use crate::io::{AsyncRead, Interest, ReadBuf};
use crate::machine::reactor::readiness::Direction;
use crate::sys::pipe;

/// The end of a pipe that is read, through [`AsyncReadExt`](crate::io::AsyncReadExt). It
/// meets the end when no sender is left.
///
/// # Examples
///
/// ```
/// use std::future::poll_fn;
/// use std::io::IoSliceMut;
/// use buzzer::net::unix::pipe;
///
/// # buzzer::block_on(async {
/// let (guest, counter) = pipe::pipe()?;
/// guest.try_write(b"one mocha")?;
/// poll_fn(|cx| counter.poll_read_ready(cx)).await?;
/// let (mut count, mut cup) = ([0; 4], [0; 5]);
/// counter.try_read(&mut count)?;
/// counter.try_read_vectored(&mut [IoSliceMut::new(&mut cup)])?;
/// assert_eq!((&count, &cup), (b"one ", b"mocha"));
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub type Receiver = End<Receives>;

impl End<Receives> {
    /// Waits until there is something to read, or the end.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses no readiness.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::unix::pipe;
    ///
    /// # buzzer::block_on(async {
    /// let (guest, counter) = pipe::pipe()?;
    /// let waits = buzzer::spawn(async move { counter.readable().await });
    /// guest.try_write(b"mocha")?;
    /// waits.await.unwrap()?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn readable(&self) -> io::Result<()> {
        self.ready(Interest::READABLE).await.map(drop)
    }

    /// As [`readable`](Self::readable), for a future made by hand. Of several that wait so,
    /// only the one that polled last is woken.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    #[track_caller]
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.source.poll_ready(cx, Direction::Read).map(Ok)
    }

    /// Reads what is there into `buffer`, and returns how much that was: zero at the
    /// end, or if `buffer` is empty.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if nothing is there: wait for [`readable`](Self::readable). What
    /// else the system says.
    #[track_caller]
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.source.try_io_if_ready(Interest::READABLE, |end| {
            pipe::read(end.as_fd(), &mut ReadBuf::new(buffer))
        })
    }

    /// As [`try_read`](Self::try_read) into several buffers, one after the other.
    ///
    /// # Errors
    ///
    /// As [`try_read`](Self::try_read).
    #[track_caller]
    pub fn try_read_vectored(&self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.source.try_io_if_ready(Interest::READABLE, |end| {
            pipe::read_vectored(end.as_fd(), buffers)
        })
    }

    /// As [`try_read`](Self::try_read) behind what is in `buffer`. With the feature
    /// `bytes`.
    ///
    /// # Errors
    ///
    /// As [`try_read`](Self::try_read).
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::unix::pipe;
    ///
    /// # buzzer::block_on(async {
    /// let (guest, counter) = pipe::pipe()?;
    /// guest.try_write(b"mocha")?;
    /// counter.readable().await?;
    /// let mut order = bytes::BytesMut::with_capacity(64);
    /// assert_eq!(counter.try_read_buf(&mut order)?, 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[cfg(feature = "bytes")]
    #[track_caller]
    pub fn try_read_buf<B: bytes::BufMut>(&self, buffer: &mut B) -> io::Result<usize> {
        self.source.try_io_if_ready(Interest::READABLE, |end| {
            let read = |room: &mut ReadBuf<'_>| pipe::read(end.as_fd(), room);
            crate::sys::foreign_buf::fill_bytes(buffer, read)
        })
    }
}

impl AsyncRead for End<Receives> {
    #[track_caller]
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buffer.remaining() == 0 {
            // A read of nothing would wait for something.
            return Poll::Ready(Ok(()));
        }
        let read = |end: &OwnedFd| pipe::read(end.as_fd(), buffer);
        self.source
            .poll_io_if_ready(cx, Direction::Read, read)
            .map_ok(drop)
    }
}
