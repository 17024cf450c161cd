//! Looking at a datagram without taking it.

use std::io;
use std::net::{self, SocketAddr};
use std::os::fd::AsFd;
use std::task::{Context, Poll, ready};

use crate::io::{Interest, ReadBuf};
use crate::machine::reactor::readiness::Direction;
use crate::net::socket::{Carries, Datagrams, Socket};
use crate::sys::socket;

impl Socket<net::UdpSocket, Carries<Datagrams>> {
    /// Looks at the next datagram, and returns how much of it is in `buffer`. The next
    /// receive gets the same, whole.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
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
    /// let (mut first, mut order) = ([0; 1], [0; 64]);
    /// counter.peek(&mut first).await?;
    /// assert_eq!(counter.recv(&mut order).await?, 5); // It is still there, and whole.
    /// assert_eq!(first[0], order[0]);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let peek = |inner: &net::UdpSocket| inner.peek(buffer);
        self.source.async_io(Direction::Read, peek).await
    }

    /// As [`peek`](Self::peek), for a future made by hand. Of several that wait to
    /// receive by hand, only the one that polled last is woken.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    #[track_caller]
    pub fn poll_peek(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.source.poll_io(cx, Direction::Read, |inner| {
            socket::recv(inner.as_fd(), buffer, libc::MSG_PEEK).map(drop)
        })
    }

    /// As [`peek`](Self::peek), without waiting.
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
    /// assert!(counter.try_peek(&mut [0; 64]).is_err());
    /// let guest = UdpSocket::bind("127.0.0.1:0").await?;
    /// guest.send_to(b"mocha", counter.local_addr()?).await?;
    /// counter.readable().await?;
    /// assert_eq!(counter.try_peek(&mut [0; 64])?, 5);
    /// assert_eq!(counter.try_peek_from(&mut [0; 64])?, (5, guest.local_addr()?));
    /// assert_eq!(counter.try_peek_sender()?, guest.local_addr()?);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn try_peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let peek = |inner: &net::UdpSocket| inner.peek(buffer);
        self.source.try_io(Interest::READABLE, peek)
    }

    /// As [`peek`](Self::peek), and says where the datagram comes from.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
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
    /// let mut order = [0; 64];
    /// assert_eq!(counter.peek_from(&mut order).await?, (5, guest.local_addr()?));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn peek_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let peek = |inner: &net::UdpSocket| inner.peek_from(buffer);
        self.source.async_io(Direction::Read, peek).await
    }

    /// As [`peek_from`](Self::peek_from), for a future made by hand. Of several that
    /// wait to receive by hand, only the one that polled last is woken.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    #[track_caller]
    pub fn poll_peek_from(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<SocketAddr>> {
        let peek = |inner: &net::UdpSocket| inner.peek_from(buffer.initialize_unfilled());
        let (seen, from) = ready!(self.source.poll_io(cx, Direction::Read, peek))?;
        buffer.advance(seen);
        Poll::Ready(Ok(from))
    }

    /// As [`peek_from`](Self::peek_from), without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none; else as [`recv`](Self::recv).
    #[track_caller]
    pub fn try_peek_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let peek = |inner: &net::UdpSocket| inner.peek_from(buffer);
        self.source.try_io(Interest::READABLE, peek)
    }

    /// Where the next datagram comes from.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
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
    /// assert_eq!(counter.peek_sender().await?, guest.local_addr()?);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn peek_sender(&self) -> io::Result<SocketAddr> {
        // Without room for a byte, BSD kernels don't look for a datagram.
        self.peek_from(&mut [0]).await.map(|(_, from)| from)
    }

    /// As [`peek_sender`](Self::peek_sender), for a future made by hand. Of several
    /// that wait to receive by hand, only the one that polled last is woken.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    #[track_caller]
    pub fn poll_peek_sender(&self, cx: &mut Context<'_>) -> Poll<io::Result<SocketAddr>> {
        self.poll_peek_from(cx, &mut ReadBuf::new(&mut [0]))
    }

    /// As [`peek_sender`](Self::peek_sender), without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none; else as [`recv`](Self::recv).
    #[track_caller]
    pub fn try_peek_sender(&self) -> io::Result<SocketAddr> {
        self.try_peek_from(&mut [0]).map(|(_, from)| from)
    }
}
