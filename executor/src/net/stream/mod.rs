//! Stream sockets, TCP or Unix: what both can do.
//!
//! Owns [`StreamSocket`], of which `TcpStream` and `UnixStream` are the two kinds.
//! What only one of them has (connecting, options) is in `net/tcp/` and
//! `net/unix/`.
//!
//! - `ready.rs`: waiting for readiness, and doing what is possible without waiting
//! - `halves.rs`: a stream split into its two directions

mod halves;
mod ready;

use std::fmt;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::std_sockets::StdStream;
use super::transfer;
use crate::io::error::named;
use crate::io::source::Source;
use crate::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use crate::machine::reactor::readiness::Direction;
use crate::sys::socket;
pub use halves::{ReadHalf, ReuniteError, WriteEnd, WriteHalf};

/// A connected socket for bytes in order, both ways:
/// [`TcpStream`](super::TcpStream) or [`UnixStream`](super::UnixStream).
///
/// It is read through [`AsyncReadExt`](crate::io::AsyncReadExt) and written through
/// [`AsyncWriteExt`](crate::io::AsyncWriteExt). A write to a peer that is gone is an
/// error, never a SIGPIPE. Its drop closes the socket; to end only the sending, call
/// [`shutdown`](crate::io::AsyncWriteExt::shutdown).
///
/// It belongs to the runtime that it was made in. It may go to other threads, and
/// be dropped there; but to wait for it or to try it outside its runtime is a panic.
pub struct StreamSocket<S> {
    pub(super) source: Source<S>,
}

impl<S: StdStream> StreamSocket<S> {
    /// `stream` must be non-blocking.
    #[track_caller]
    pub(super) fn register(stream: S) -> io::Result<Self> {
        let source = Source::new(S::KIND, stream, Interest::STREAM)?;
        Ok(Self { source })
    }

    /// Takes over a connected socket of std. It is made non-blocking, and so are its
    /// duplicates: that is a trait of the socket, not of the descriptor.
    ///
    /// # Errors
    ///
    /// When it can't be registered with epoll.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    #[track_caller]
    pub fn from_std(stream: S) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Self::register(stream)
    }

    /// Gives the socket back to std, deregistered. It stays non-blocking: call std's
    /// `set_nonblocking(false)` if it is to block.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    pub fn into_std(self) -> io::Result<S> {
        Ok(self.source.into_inner())
    }

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<S::Address> {
        let address = self.source.get().local_addr();
        address.map_err(|error| named("local address of", S::KIND, error))
    }

    /// The address of the other end.
    ///
    /// # Errors
    ///
    /// `NotConnected` after the other end has reset the connection.
    pub fn peer_addr(&self) -> io::Result<S::Address> {
        let address = self.source.get().peer_addr();
        address.map_err(|error| named("peer address of", S::KIND, error))
    }

    /// Takes the error that is pending at the socket (`SO_ERROR`, socket(7)).
    ///
    /// # Errors
    ///
    /// When the socket can't be asked.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.source.get().take_error()
    }

    /// Receives without taking: the next read gets the same bytes. Returns how many
    /// there were; zero is the end, or an empty `buffer`.
    ///
    /// # Errors
    ///
    /// What the system says.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    pub async fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let peek = |inner: &S| {
            let mut buffer = ReadBuf::new(buffer);
            socket::recv(inner.as_fd(), &mut buffer, libc::MSG_PEEK)
        };
        self.source.async_io(Direction::Read, peek).await
    }

    /// As [`peek`](Self::peek), for a future made by hand. Of several that wait to
    /// read by hand, only the one that polled last is woken.
    ///
    /// # Errors
    ///
    /// What the system says.
    #[track_caller]
    pub fn poll_peek(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        let peek = |inner: &S| socket::recv(inner.as_fd(), buffer, libc::MSG_PEEK);
        self.source.poll_io(cx, Direction::Read, peek)
    }

    /// Splits it into its two directions, for as long as it is borrowed. Costs
    /// nothing. Dropping the write half shuts nothing down.
    pub fn split(&mut self) -> (ReadHalf<&Self>, WriteHalf<&Self>) {
        (ReadHalf::new(self), WriteHalf::new(self))
    }

    /// Splits it into its two directions, each of which can go to another task. Costs
    /// one allocation. Dropping the write half shuts the sending side down; the
    /// socket is closed with the second half.
    pub fn into_split(self) -> (ReadHalf<Arc<Self>>, WriteHalf<WriteEnd<S>>) {
        let stream = Arc::new(self);
        let write = WriteHalf::new(WriteEnd::new(stream.clone()));
        (ReadHalf::new(stream), write)
    }
}

impl<S: StdStream> AsyncRead for StreamSocket<S> {
    #[track_caller]
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        transfer::poll_recv(&self.source, cx, buffer)
    }
}

impl<S: StdStream> AsyncWrite for StreamSocket<S> {
    #[track_caller]
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        transfer::poll_send(&self.source, cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(transfer::shut_down_write(&self.source))
    }

    #[track_caller]
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        transfer::poll_send_vectored(&self.source, cx, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}

impl<S> AsRef<Self> for StreamSocket<S> {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl<S: AsFd> AsFd for StreamSocket<S> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.source.as_fd()
    }
}

impl<S: AsRawFd> AsRawFd for StreamSocket<S> {
    fn as_raw_fd(&self) -> RawFd {
        self.source.get().as_raw_fd()
    }
}

impl<S: fmt::Debug> fmt::Debug for StreamSocket<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}
