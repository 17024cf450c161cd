//! The end of a pipe that is written to.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, OwnedFd};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::end::{End, Sends};
use crate::io::{AsyncWrite, Interest};
use crate::machine::reactor::readiness::Direction;
use crate::sys::pipe;

/// The end of a pipe that is written to, through
/// [`AsyncWriteExt`](crate::io::AsyncWriteExt). Writes wait once the pipe is full, by
/// default after 64 KiB.
///
/// The receiver meets the end when the last sender is dropped; a shutdown does nothing. A
/// write without a receiver is an error, `BrokenPipe`. The system also sends a SIGPIPE,
/// which Rust's runtime has ignored; where `main` is not Rust's, ignore it there.
///
/// # Examples
///
/// ```
/// use std::future::poll_fn;
/// use std::io::IoSlice;
/// use buzzer::net::unix::pipe;
///
/// # buzzer::block_on(async {
/// let (guest, _counter) = pipe::pipe()?;
/// poll_fn(|cx| guest.poll_write_ready(cx)).await?;
/// guest.writable().await?; // The same, to await.
/// assert_eq!(guest.try_write(b"one ")?, 4);
/// assert_eq!(guest.try_write_vectored(&[IoSlice::new(b"mo"), IoSlice::new(b"cha")])?, 5);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub type Sender = End<Sends>;

impl End<Sends> {
    /// Waits until there is room to write, or no receiver any more.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses no readiness.
    pub async fn writable(&self) -> io::Result<()> {
        self.ready(Interest::WRITABLE).await.map(drop)
    }

    /// As [`writable`](Self::writable), for a future made by hand. Of several that wait so,
    /// only the one that polled last is woken.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    #[track_caller]
    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.source.poll_ready(cx, Direction::Write).map(Ok)
    }

    /// Writes as much of `bytes` as there is room for, and returns how much that was.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room: wait for [`writable`](Self::writable). What
    /// else the system says.
    #[track_caller]
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let write = |end: &OwnedFd| pipe::write(end.as_fd(), bytes);
        self.source.try_io(Interest::WRITABLE, write)
    }

    /// As [`try_write`](Self::try_write) from several buffers, one after the other.
    ///
    /// # Errors
    ///
    /// As [`try_write`](Self::try_write).
    #[track_caller]
    pub fn try_write_vectored(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        let write = |end: &OwnedFd| pipe::write_vectored(end.as_fd(), buffers);
        self.source.try_io(Interest::WRITABLE, write)
    }
}

impl AsyncWrite for End<Sends> {
    #[track_caller]
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let write = |end: &OwnedFd| pipe::write(end.as_fd(), bytes);
        self.source.poll_io(cx, Direction::Write, write)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    #[track_caller]
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let write = |end: &OwnedFd| pipe::write_vectored(end.as_fd(), buffers);
        self.source.poll_io(cx, Direction::Write, write)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}
