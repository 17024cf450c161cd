//! Datagram sockets, UDP or Unix: what both can do.
//!
//! Owns [`DatagramSocket`], of which `UdpSocket` and `UnixDatagram` are the two
//! kinds. What only one of them has (binding, sending to an address, options) is in
//! `net/udp/` and `net/unix/`.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll, ready};

use super::std_sockets::StdDatagram;
use crate::io::error::named;
use crate::io::source::Source;
use crate::io::{Interest, ReadBuf, Ready};
use crate::machine::reactor::readiness::Direction;
use crate::sys::socket;

/// A socket for messages that arrive whole, or not at all:
/// [`UdpSocket`](super::UdpSocket) or [`UnixDatagram`](super::UnixDatagram).
///
/// Sending and receiving take `&self`, so several tasks can share one (in an `Rc` or
/// `Arc`, without splitting it). A datagram may be empty; so receiving zero bytes is
/// not the end, which datagrams don't have. What of a datagram doesn't fit into the
/// buffer that it is received into is lost.
///
/// It belongs to the runtime that it was made in. It may go to other threads, and
/// be dropped there; but to wait for it or to try it outside its runtime is a panic.
pub struct DatagramSocket<S> {
    pub(super) source: Source<S>,
}

impl<S: StdDatagram> DatagramSocket<S> {
    /// Takes over a socket of std. It is made non-blocking, and so are its duplicates:
    /// that is a trait of the socket, not of the descriptor.
    ///
    /// # Errors
    ///
    /// When it can't be registered with epoll.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    #[track_caller]
    pub fn from_std(socket: S) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        let source = Source::new(S::KIND, socket, interest)?;
        Ok(Self { source })
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

    /// The address that it is connected to.
    ///
    /// # Errors
    ///
    /// `NotConnected` if it is to none.
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

    /// Waits until one of what is meant by `interest` is possible, and says what is.
    /// That is a hint: what follows may still say "would block".
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses no readiness.
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        Ok(self.source.ready(interest).await)
    }

    /// Waits until there is a datagram, or an error.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses no readiness.
    pub async fn readable(&self) -> io::Result<()> {
        self.ready(Interest::READABLE).await.map(drop)
    }

    /// Waits until there is room to send, or an error.
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

    /// As [`readable`](Self::readable), for a future made by hand. Of several that
    /// wait to receive by hand, only the one that polled last is woken.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    #[track_caller]
    pub fn poll_recv_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.source.poll_ready(cx, Direction::Read).map(Ok)
    }

    /// As [`writable`](Self::writable), for a future made by hand. Of several that
    /// wait to send by hand, only the one that polled last is woken.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    #[track_caller]
    pub fn poll_send_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.source.poll_ready(cx, Direction::Write).map(Ok)
    }

    /// Sends a datagram to the address that it is connected to, and returns its
    /// length.
    ///
    /// # Errors
    ///
    /// What the system says: it is connected to none, or the datagram is too long; or
    /// an earlier one was refused (`ConnectionRefused`), and this one is not sent.
    ///
    /// # Cancel safety
    ///
    /// A dropped call has sent nothing.
    pub async fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        let send = |inner: &S| socket::send(inner.as_fd(), bytes);
        self.source.async_io(Direction::Write, send).await
    }

    /// As [`send`](Self::send), for a future made by hand. Of several that wait to
    /// send by hand, only the one that polled last is woken.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    #[track_caller]
    pub fn poll_send(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let send = |inner: &S| socket::send(inner.as_fd(), bytes);
        self.source.poll_io(cx, Direction::Write, send)
    }

    /// As [`send`](Self::send), without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room; else as [`send`](Self::send).
    #[track_caller]
    pub fn try_send(&self, bytes: &[u8]) -> io::Result<usize> {
        let send = |inner: &S| socket::send(inner.as_fd(), bytes);
        self.source.try_io(Interest::WRITABLE, send)
    }

    /// Receives a datagram, and returns how much of it is in `buffer`. If the socket is
    /// connected, it comes from there.
    ///
    /// # Errors
    ///
    /// What the system says: one that was sent was refused (`ConnectionRefused`).
    ///
    /// # Cancel safety
    ///
    /// A dropped call has received nothing.
    pub async fn recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let recv = |inner: &S| socket::recv(inner.as_fd(), &mut ReadBuf::new(buffer), 0);
        self.source.async_io(Direction::Read, recv).await
    }

    /// As [`recv`](Self::recv), for a future made by hand. Of several that wait to
    /// receive by hand, only the one that polled last is woken.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    #[track_caller]
    pub fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let recv = |inner: &S| socket::recv(inner.as_fd(), buffer, 0).map(drop);
        self.source.poll_io(cx, Direction::Read, recv)
    }

    /// As [`recv`](Self::recv), without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none; else as [`recv`](Self::recv).
    #[track_caller]
    pub fn try_recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let recv = |inner: &S| socket::recv(inner.as_fd(), &mut ReadBuf::new(buffer), 0);
        self.source.try_io(Interest::READABLE, recv)
    }

    /// As [`recv`](Self::recv), and says where the datagram comes from.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Cancel safety
    ///
    /// A dropped call has received nothing.
    pub async fn recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, S::Address)> {
        let recv = |inner: &S| inner.recv_from(buffer);
        self.source.async_io(Direction::Read, recv).await
    }

    /// As [`recv_from`](Self::recv_from), for a future made by hand. Of several that
    /// wait to receive by hand, only the one that polled last is woken.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    #[track_caller]
    pub fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<S::Address>> {
        let recv = |inner: &S| inner.recv_from(buffer.initialize_unfilled());
        let (received, from) = ready!(self.source.poll_io(cx, Direction::Read, recv))?;
        buffer.advance(received);
        Poll::Ready(Ok(from))
    }

    /// As [`recv_from`](Self::recv_from), without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none; else as [`recv`](Self::recv).
    #[track_caller]
    pub fn try_recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, S::Address)> {
        let recv = |inner: &S| inner.recv_from(buffer);
        self.source.try_io(Interest::READABLE, recv)
    }

    /// Does `io`, an operation of the program's own on this socket, if the socket is
    /// ready for one of what is meant by `interest`.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if it is not ready, or `io` says so; what else `io` gives. Then
    /// the socket is taken to be not ready, so `io` must say `WouldBlock` only if the
    /// socket did.
    #[track_caller]
    pub fn try_io<R>(
        &self,
        interest: Interest,
        io: impl FnOnce() -> io::Result<R>,
    ) -> io::Result<R> {
        self.source.try_io_if_ready(interest, |_| io())
    }

    /// Does `io`, an operation of the program's own on this socket, once it does not
    /// say "would block". See [`try_io`](Self::try_io).
    ///
    /// # Errors
    ///
    /// What `io` gives.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing that `io` has not done.
    pub async fn async_io<R>(
        &self,
        interest: Interest,
        mut io: impl FnMut() -> io::Result<R>,
    ) -> io::Result<R> {
        self.source.async_io_for(interest, |_| io()).await
    }
}

impl<S: AsFd> AsFd for DatagramSocket<S> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.source.as_fd()
    }
}

impl<S: AsRawFd> AsRawFd for DatagramSocket<S> {
    fn as_raw_fd(&self) -> RawFd {
        self.source.get().as_raw_fd()
    }
}

impl<S: fmt::Debug> fmt::Debug for DatagramSocket<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}
