//! Datagram sockets, UDP or Unix: what both can do.
//!
//! Owns the kind [`DatagramSocket`], of which `UdpSocket` and `UnixDatagram` are the two.
//! What only one of them has (binding, sending to an address, options) is in `net/udp/`
//! and `net/unix/`.

use std::io;
use std::task::{Context, Poll, ready};

use super::RETRY_PAUSE;
use super::socket::{Carries, Datagrams, Socket};
use super::std_sockets::StdDatagram;
use crate::io::{Interest, ReadBuf};
use crate::machine::reactor::readiness::Direction;
use crate::sys::socket;
use crate::time::sleep;

/// A socket for messages that arrive whole, or not at all:
/// [`UdpSocket`](super::UdpSocket) or [`UnixDatagram`](super::UnixDatagram).
///
/// Sending and receiving take `&self`, so several tasks can share one (in an `Rc` or
/// `Arc`, without splitting it). A datagram may be empty; so receiving zero bytes is
/// not the end, which datagrams don't have. What of a datagram doesn't fit into the
/// buffer that it is received into is lost.
///
/// See [`Socket`] for what it has in common with others: addresses, readiness.
pub type DatagramSocket<S> = Socket<S, Carries<Datagrams>>;

impl<S: StdDatagram> Socket<S, Carries<Datagrams>> {
    /// As [`readable`](Self::readable), for a future made by hand. Of several that
    /// wait to receive by hand, only the one that polled last is woken.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use buzzer::net::UnixDatagram;
    ///
    /// # buzzer::block_on(async {
    /// let (guest, counter) = UnixDatagram::pair()?;
    /// poll_fn(|cx| guest.poll_send_ready(cx)).await?;
    /// poll_fn(|cx| guest.poll_send(cx, b"mocha")).await?;
    /// poll_fn(|cx| counter.poll_recv_ready(cx)).await?;
    /// assert_eq!(counter.try_recv(&mut [0; 64])?, 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
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
    /// length. A Unix socket waits while there is no room for it; where the system has no
    /// event for the end of that, as only Linux has, it tries again every 10 ms.
    ///
    /// # Errors
    ///
    /// What the system says: it is connected to none, or the datagram is too long; or
    /// an earlier one was refused (`ConnectionRefused`), and this one is not sent.
    ///
    /// # Cancel safety
    ///
    /// A dropped call has sent nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UdpSocket;
    ///
    /// # buzzer::block_on(async {
    /// let counter = UdpSocket::bind("127.0.0.1:0").await?;
    /// let guest = UdpSocket::bind("127.0.0.1:0").await?;
    /// guest.connect(counter.local_addr()?).await?;
    /// assert_eq!(guest.send(b"mocha").await?, 5);
    /// let mut order = [0; 64];
    /// assert_eq!(counter.recv(&mut order).await?, 5);
    /// assert_eq!(&order[..5], b"mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        let send = |inner: &S| socket::send(inner.as_fd(), bytes);
        loop {
            match self.source.async_io(Direction::Write, send).await {
                Err(error) if S::lacks_room(&error) => sleep(RETRY_PAUSE).await,
                sent => return sent,
            }
        }
    }

    /// As [`send`](Self::send), for a future made by hand; but where it would try again
    /// every 10 ms, it does so in every turn of the loop. Of several that wait to send by
    /// hand, only the one that polled last is woken.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    #[track_caller]
    pub fn poll_send(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let send = |inner: &S| socket::send(inner.as_fd(), bytes);
        let sent = ready!(self.source.poll_io(cx, Direction::Write, send));
        Self::unless_full(cx, sent)
    }

    /// As [`send`](Self::send), without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room; else as [`send`](Self::send).
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UnixDatagram;
    ///
    /// # buzzer::block_on(async {
    /// let (guest, counter) = UnixDatagram::pair()?;
    /// guest.writable().await?;
    /// assert_eq!(guest.try_send(b"mocha")?, 5);
    /// counter.readable().await?;
    /// assert_eq!(counter.try_recv(&mut [0; 64])?, 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn try_send(&self, bytes: &[u8]) -> io::Result<usize> {
        let send = |inner: &S| socket::send(inner.as_fd(), bytes);
        let sent = self.source.try_io(Interest::WRITABLE, send);
        sent.map_err(Self::or_would_block)
    }

    /// What a poll says that has `sent`: for want of room it is made again in the next turn.
    pub(super) fn unless_full(
        cx: &mut Context<'_>,
        sent: io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        match sent {
            Err(error) if S::lacks_room(&error) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            sent => Poll::Ready(sent),
        }
    }

    /// What a try says to whom it has not sent.
    pub(super) fn or_would_block(error: io::Error) -> io::Error {
        match S::lacks_room(&error) {
            true => io::ErrorKind::WouldBlock.into(),
            false => error,
        }
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
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UnixDatagram;
    ///
    /// # buzzer::block_on(async {
    /// let (guest, counter) = UnixDatagram::pair()?;
    /// guest.send(b"one mocha").await?;
    /// let mut order = [0; 3];
    /// assert_eq!(counter.recv(&mut order).await?, 3); // What has no room is lost.
    /// assert_eq!(&order, b"one");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use buzzer::io::ReadBuf;
    /// use buzzer::net::UnixDatagram;
    ///
    /// # buzzer::block_on(async {
    /// let (guest, counter) = UnixDatagram::pair()?;
    /// guest.send(b"mocha").await?;
    /// let mut room = [0; 64];
    /// let mut order = ReadBuf::new(&mut room);
    /// poll_fn(|cx| counter.poll_recv(cx, &mut order)).await?;
    /// assert_eq!(order.filled(), b"mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use buzzer::net::UnixDatagram;
    ///
    /// # buzzer::block_on(async {
    /// let (_guest, counter) = UnixDatagram::pair()?;
    /// let nothing = counter.try_recv(&mut [0; 64]).unwrap_err();
    /// assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UdpSocket;
    ///
    /// # buzzer::block_on(async {
    /// let counter = UdpSocket::bind("127.0.0.1:0").await?;
    /// let guest = UdpSocket::bind("127.0.0.1:0").await?;
    /// guest.send_to(b"mocha?", counter.local_addr()?).await?;
    /// let mut order = [0; 64];
    /// let (length, from) = counter.recv_from(&mut order).await?;
    /// counter.send_to(&order[..length - 1], from).await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use buzzer::io::ReadBuf;
    /// use buzzer::net::UdpSocket;
    ///
    /// # buzzer::block_on(async {
    /// let counter = UdpSocket::bind("127.0.0.1:0").await?;
    /// let guest = UdpSocket::bind("127.0.0.1:0").await?;
    /// let target = counter.local_addr()?;
    /// poll_fn(|cx| guest.poll_send_to(cx, b"mocha", target)).await?;
    /// let mut room = [0; 64];
    /// let mut order = ReadBuf::new(&mut room);
    /// let from = poll_fn(|cx| counter.poll_recv_from(cx, &mut order)).await?;
    /// assert_eq!((order.filled(), from), (&b"mocha"[..], guest.local_addr()?));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UdpSocket;
    ///
    /// # buzzer::block_on(async {
    /// let counter = UdpSocket::bind("127.0.0.1:0").await?;
    /// let guest = UdpSocket::bind("127.0.0.1:0").await?;
    /// guest.send_to(b"mocha", counter.local_addr()?).await?;
    /// counter.readable().await?;
    /// let (length, from) = counter.try_recv_from(&mut [0; 64])?;
    /// assert_eq!((length, from), (5, guest.local_addr()?));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn try_recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, S::Address)> {
        let recv = |inner: &S| inner.recv_from(buffer);
        self.source.try_io(Interest::READABLE, recv)
    }
}
