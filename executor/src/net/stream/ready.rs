//! A stream socket's readiness: waiting for it, and doing what is possible without
//! waiting.

use std::io::{self, IoSlice, IoSliceMut};
use std::task::{Context, Poll};

use super::StreamSocket;
use crate::io::{Interest, ReadBuf, Ready};
use crate::machine::reactor::readiness::Direction;
use crate::net::std_sockets::StdStream;
use crate::sys::socket;

impl<S: StdStream> StreamSocket<S> {
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
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::Interest;
    /// use buzzer::net::UnixStream;
    ///
    /// buzzer::block_on(async {
    ///     let (counter, _table) = UnixStream::pair()?;
    ///     let ready = counter.ready(Interest::READABLE | Interest::WRITABLE).await?;
    ///     assert!(ready.is_writable() && !ready.is_readable());
    ///     assert_eq!(counter.try_write(b"one mocha")?, 9);
    ///     Ok::<(), std::io::Error>(())
    /// })
    /// # .unwrap();
    /// ```
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        Ok(self.source.ready(interest).await)
    }

    /// Waits until there is something to read, the end or an error included.
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

    /// Waits until there is room to write, or an error.
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
    #[track_caller]
    pub fn try_read_vectored(&self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.source
            .try_io(Interest::READABLE, |inner| inner.read_vectored(buffers))
    }

    /// Writes as much of `bytes` as there is room for, and returns how much that was.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room: wait for [`writable`](Self::writable). What
    /// else the system says.
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
    #[track_caller]
    pub fn try_write_vectored(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.source.try_io(Interest::WRITABLE, |inner| {
            socket::send_vectored(inner.as_fd(), buffers)
        })
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
