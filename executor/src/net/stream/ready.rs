//! A stream socket's readiness: waiting for it, and doing what is possible without
//! waiting.

use std::io::{self, IoSlice, IoSliceMut};
use std::task::{Context, Poll};

use crate::io::{Interest, ReadBuf};
use crate::machine::reactor::readiness::Direction;
use crate::net::socket::{Carries, Socket};
use crate::net::std_sockets::StdStream;
use crate::net::stream::Bytes;
use crate::sys::socket;

impl<S: StdStream> Socket<S, Carries<Bytes>> {
    /// As [`readable`](Self::readable), for a future made by hand. Of several that
    /// wait to read by hand, only the one that polled last is woken.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    #[track_caller]
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.source.poll_ready(cx, Direction::Read).map(Ok)
    }

    /// As [`writable`](Self::writable), for a future made by hand. Of several that
    /// wait to write by hand, only the one that polled last is woken.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    #[track_caller]
    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.source.poll_ready(cx, Direction::Write).map(Ok)
    }

    /// Reads what is there into `buffer`, and returns how much that was: zero at the
    /// end, or if `buffer` is empty.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if nothing is there: wait for [`readable`](Self::readable). What
    /// else the system says.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use buzzer::net::UnixStream;
    ///
    /// # buzzer::block_on(async {
    /// let (here, there) = UnixStream::pair()?;
    /// let nothing = here.try_read(&mut [0; 64]).unwrap_err();
    /// assert_eq!(nothing.kind(), ErrorKind::WouldBlock);
    /// there.try_write(b"mocha")?;
    /// here.readable().await?;
    /// assert_eq!(here.try_read(&mut [0; 64])?, 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.source.try_io(Interest::READABLE, |inner| {
            socket::recv(inner.as_fd(), &mut ReadBuf::new(buffer), 0)
        })
    }

    /// As [`try_read`](Self::try_read) into several buffers, one after the other.
    ///
    /// # Errors
    ///
    /// As [`try_read`](Self::try_read).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::IoSliceMut;
    /// use buzzer::net::UnixStream;
    ///
    /// # buzzer::block_on(async {
    /// let (here, there) = UnixStream::pair()?;
    /// there.try_write(b"one mocha")?;
    /// here.readable().await?;
    /// let (mut count, mut cup) = ([0; 4], [0; 5]);
    /// here.try_read_vectored(&mut [IoSliceMut::new(&mut count), IoSliceMut::new(&mut cup)])?;
    /// assert_eq!((&count, &cup), (b"one ", b"mocha"));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn try_read_vectored(&self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.source
            .try_io(Interest::READABLE, |inner| inner.read_vectored(buffers))
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
    /// use buzzer::net::UnixStream;
    ///
    /// # buzzer::block_on(async {
    /// let (here, there) = UnixStream::pair()?;
    /// there.try_write(b"mocha")?;
    /// here.readable().await?;
    /// let mut order = bytes::BytesMut::with_capacity(64);
    /// assert_eq!(here.try_read_buf(&mut order)?, 5);
    /// assert_eq!(order, "mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[cfg(feature = "bytes")]
    #[track_caller]
    pub fn try_read_buf<B: bytes::BufMut>(&self, buffer: &mut B) -> io::Result<usize> {
        self.source.try_io(Interest::READABLE, |inner| {
            let recv = |room: &mut ReadBuf<'_>| socket::recv(inner.as_fd(), room, 0);
            crate::sys::foreign_buf::fill_bytes(buffer, recv)
        })
    }

    /// Writes as much of `bytes` as there is room for, and returns how much that was.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room: wait for [`writable`](Self::writable). What
    /// else the system says.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UnixStream;
    ///
    /// # buzzer::block_on(async {
    /// let (here, _there) = UnixStream::pair()?;
    /// here.writable().await?;
    /// assert_eq!(here.try_write(b"mocha")?, 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.source.try_io(Interest::WRITABLE, |inner| {
            socket::send(inner.as_fd(), bytes)
        })
    }

    /// As [`try_write`](Self::try_write) from several buffers, one after the other.
    ///
    /// # Errors
    ///
    /// As [`try_write`](Self::try_write).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::IoSlice;
    /// use buzzer::net::UnixStream;
    ///
    /// # buzzer::block_on(async {
    /// let (here, _there) = UnixStream::pair()?;
    /// here.writable().await?;
    /// let parts = [IoSlice::new(b"one "), IoSlice::new(b"mocha")];
    /// assert_eq!(here.try_write_vectored(&parts)?, 9);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn try_write_vectored(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.source.try_io(Interest::WRITABLE, |inner| {
            socket::send_vectored(inner.as_fd(), buffers)
        })
    }
}
