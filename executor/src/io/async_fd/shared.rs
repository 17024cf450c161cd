//! Waiting for a descriptor and trying it, which many may do at once.
//!
//! Owns those methods of [`AsyncFd`]; `alone.rs` has those for who has it alone.

use std::io;
use std::os::fd::AsRawFd;
use std::task::{Context, Poll, ready};

use super::{AsyncFd, AsyncFdReadyGuard, ReadyGuard};
use crate::io::interest::Interest;
use crate::machine::reactor::readiness::Direction;

impl<T: AsRawFd> AsyncFd<T> {
    /// Waits until it is ready for one of what is meant by `interest`; the guard says
    /// for what.
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
    /// use std::io::{Read, Write};
    /// use std::os::unix::net::UnixStream;
    /// use buzzer::io::{AsyncFd, Interest};
    ///
    /// # buzzer::block_on(async {
    /// let (mut here, there) = UnixStream::pair()?;
    /// there.set_nonblocking(true)?;
    /// let there = AsyncFd::new(there)?;
    /// here.write_all(b"mocha")?;
    /// let mut guard = there.ready(Interest::READABLE).await?;
    /// assert!(guard.ready().is_readable());
    /// let mut order = [0; 9];
    /// assert_eq!(guard.try_io(|there| there.get_ref().read(&mut order)).unwrap()?, 5);
    /// // There is no more: the readiness is cleared by that.
    /// assert!(guard.try_io(|there| there.get_ref().read(&mut order)).is_err());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn ready(&self, interest: Interest) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.source.ready(interest).await;
        Ok(self.guard(interest))
    }

    /// Waits until there is something to read.
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
    /// use std::io::Write;
    /// use std::os::unix::net::UnixStream;
    /// use buzzer::io::AsyncFd;
    ///
    /// # buzzer::block_on(async {
    /// let (mut here, there) = UnixStream::pair()?;
    /// there.set_nonblocking(true)?;
    /// let there = AsyncFd::new(there)?;
    /// let waits = buzzer::spawn(async move { there.readable().await.map(drop) });
    /// here.write_all(b"mocha")?;
    /// waits.await.unwrap()?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn readable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::READABLE).await
    }

    /// Waits until there is room to write.
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
    /// use std::os::unix::net::UnixStream;
    /// use buzzer::io::AsyncFd;
    ///
    /// # buzzer::block_on(async {
    /// let (here, _there) = UnixStream::pair()?;
    /// here.set_nonblocking(true)?;
    /// let here = AsyncFd::new(here)?;
    /// let guard = here.writable().await?; // At once: nothing is in its way.
    /// assert!(guard.ready().is_writable());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn writable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::WRITABLE).await
    }

    fn guard(&self, interest: Interest) -> AsyncFdReadyGuard<'_, T> {
        let source = &self.source;
        ReadyGuard::new(self, source.known(interest), source.look(interest))
    }

    /// As [`readable`](Self::readable), for a future made by hand. Of several that
    /// wait so, only the one that polled last is woken.
    #[track_caller]
    pub fn poll_read_ready(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'_, T>>> {
        ready!(self.source.poll_ready(cx, Direction::Read));
        Poll::Ready(Ok(self.guard(Interest::READABLE)))
    }

    /// As [`writable`](Self::writable), for a future made by hand. Of several that
    /// wait so, only the one that polled last is woken.
    #[track_caller]
    pub fn poll_write_ready(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'_, T>>> {
        ready!(self.source.poll_ready(cx, Direction::Write));
        Poll::Ready(Ok(self.guard(Interest::WRITABLE)))
    }

    /// Tries `io` if the descriptor is ready for one of what is meant by `interest`.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if it is not ready, or `io` says so; what else `io` gives. Of a
    /// descriptor that is new here, nothing is known until the loop has come round.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{ErrorKind, Read};
    /// use std::os::unix::net::UnixStream;
    /// use buzzer::io::{AsyncFd, Interest};
    ///
    /// # buzzer::block_on(async {
    /// let (_here, there) = UnixStream::pair()?;
    /// there.set_nonblocking(true)?;
    /// let there = AsyncFd::new(there)?;
    /// let tried = there.try_io(Interest::READABLE, |mut there| there.read(&mut [0; 9]));
    /// assert_eq!(tried.unwrap_err().kind(), ErrorKind::WouldBlock);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn try_io<R>(
        &self,
        interest: Interest,
        io: impl FnOnce(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.source.try_io_if_ready(interest, io)
    }

    /// Tries `io` whenever the descriptor is ready, until it does not say "would
    /// block".
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
        io: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.source.async_io_for(interest, io).await
    }
}
