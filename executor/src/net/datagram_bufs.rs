//! Receiving datagrams into buffers of the `bytes` crate.

use std::io;

use bytes::BufMut;

use super::socket::{Carries, Datagrams, Socket};
use super::std_sockets::StdDatagram;
use crate::io::{Interest, ReadBuf};
use crate::machine::reactor::readiness::Direction;
use crate::sys::foreign_buf::fill_bytes;
use crate::sys::socket;

fn recv<S: StdDatagram, B: BufMut>(inner: &S, buffer: &mut B) -> io::Result<usize> {
    fill_bytes(buffer, |room| socket::recv(inner.as_fd(), room, 0))
}

fn recv_from<S: StdDatagram, B: BufMut>(
    inner: &S,
    buffer: &mut B,
) -> io::Result<(usize, S::Address)> {
    fill_bytes(buffer, |room: &mut ReadBuf<'_>| {
        let (received, from) = inner.recv_from(room.initialize_unfilled())?;
        room.advance(received);
        Ok((received, from))
    })
}

impl<S: StdDatagram> Socket<S, Carries<Datagrams>> {
    /// As [`recv`](Self::recv), behind what is in `buffer`, into its next chunk: what does
    /// not fit there is lost. With the feature `bytes`.
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
    /// use buzzer::net::UnixDatagram;
    ///
    /// # buzzer::block_on(async {
    /// let (guest, counter) = UnixDatagram::pair()?;
    /// guest.send(b"mocha").await?;
    /// let mut order = bytes::BytesMut::with_capacity(64);
    /// assert_eq!(counter.recv_buf(&mut order).await?, 5);
    /// assert_eq!(order, "mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn recv_buf<B: BufMut>(&self, buffer: &mut B) -> io::Result<usize> {
        let recv = |inner: &S| recv(inner, buffer);
        self.source.async_io(Direction::Read, recv).await
    }

    /// As [`recv_buf`](Self::recv_buf), without waiting. With the feature `bytes`.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none; else as [`recv`](Self::recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UnixDatagram;
    ///
    /// # buzzer::block_on(async {
    /// let (guest, counter) = UnixDatagram::pair()?;
    /// guest.send(b"mocha").await?;
    /// counter.readable().await?;
    /// let mut order = bytes::BytesMut::with_capacity(64);
    /// assert_eq!(counter.try_recv_buf(&mut order)?, 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn try_recv_buf<B: BufMut>(&self, buffer: &mut B) -> io::Result<usize> {
        let recv = |inner: &S| recv(inner, buffer);
        self.source.try_io(Interest::READABLE, recv)
    }

    /// As [`recv_buf`](Self::recv_buf), and says where the datagram comes from. With the
    /// feature `bytes`.
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
    /// guest.send_to(b"mocha", counter.local_addr()?).await?;
    /// let mut order = bytes::BytesMut::with_capacity(64);
    /// let (length, from) = counter.recv_buf_from(&mut order).await?;
    /// assert_eq!((length, from), (5, guest.local_addr()?));
    /// guest.send_to(b"latte", counter.local_addr()?).await?;
    /// counter.readable().await?;
    /// counter.try_recv_buf_from(&mut order)?;
    /// assert_eq!(order, "mochalatte");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn recv_buf_from<B: BufMut>(
        &self,
        buffer: &mut B,
    ) -> io::Result<(usize, S::Address)> {
        let recv = |inner: &S| recv_from(inner, buffer);
        self.source.async_io(Direction::Read, recv).await
    }

    /// As [`recv_buf_from`](Self::recv_buf_from), without waiting. With the feature
    /// `bytes`.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is none; else as [`recv`](Self::recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use buzzer::net::UdpSocket;
    ///
    /// # buzzer::block_on(async {
    /// let counter = UdpSocket::bind("127.0.0.1:0").await?;
    /// let nothing = counter.try_recv_buf_from(&mut bytes::BytesMut::with_capacity(64)).unwrap_err();
    /// assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn try_recv_buf_from<B: BufMut>(&self, buffer: &mut B) -> io::Result<(usize, S::Address)> {
        let recv = |inner: &S| recv_from(inner, buffer);
        self.source.try_io(Interest::READABLE, recv)
    }
}
