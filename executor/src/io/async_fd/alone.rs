//! What has the descriptor's owner for itself, and may change it.

use std::io;
use std::os::fd::AsRawFd;
use std::task::{Context, Poll, ready};

use super::{AsyncFd, AsyncFdReadyMutGuard, ReadyGuard};
use crate::io::interest::Interest;
use crate::machine::reactor::readiness::Direction;

impl<T: AsRawFd> AsyncFd<T> {
    /// The descriptor's owner. It must keep the same descriptor open. See
    /// [`get_ref`](Self::get_ref).
    pub fn get_mut(&mut self) -> &mut T {
        self.source.get_mut()
    }

    /// As [`ready`](Self::ready); the guard has this alone.
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
    /// let mut there = AsyncFd::new(there)?;
    /// here.write_all(b"mocha")?;
    /// let mut guard = there.ready_mut(Interest::READABLE).await?;
    /// let mut order = [0; 5];
    /// guard.try_io(|there| there.get_mut().read(&mut order)).unwrap()?;
    /// assert_eq!(&order, b"mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn ready_mut(
        &mut self,
        interest: Interest,
    ) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        self.source.ready(interest).await;
        Ok(self.guard_mut(interest))
    }

    /// As [`readable`](Self::readable); the guard has this alone.
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses no readiness.
    pub async fn readable_mut(&mut self) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        self.ready_mut(Interest::READABLE).await
    }

    /// As [`writable`](Self::writable); the guard has this alone.
    /// See [`AsyncFdReadyMutGuard`].
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses no readiness.
    pub async fn writable_mut(&mut self) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        self.ready_mut(Interest::WRITABLE).await
    }

    fn guard_mut(&mut self, interest: Interest) -> AsyncFdReadyMutGuard<'_, T> {
        let (ready, seen) = (self.source.known(interest), self.source.look(interest));
        ReadyGuard::new(self, ready, seen)
    }

    /// As [`readable`](Self::readable), for a future made by hand; the guard has this
    /// alone.
    #[track_caller]
    pub fn poll_read_ready_mut(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'_, T>>> {
        ready!(self.source.poll_ready(cx, Direction::Read));
        Poll::Ready(Ok(self.guard_mut(Interest::READABLE)))
    }

    /// As [`writable`](Self::writable), for a future made by hand; the guard has this
    /// alone.
    #[track_caller]
    pub fn poll_write_ready_mut(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'_, T>>> {
        ready!(self.source.poll_ready(cx, Direction::Write));
        Poll::Ready(Ok(self.guard_mut(Interest::WRITABLE)))
    }

    /// As [`try_io`](Self::try_io), of an operation that may change the descriptor's
    /// owner.
    ///
    /// # Errors
    ///
    /// As [`try_io`](Self::try_io).
    #[track_caller]
    pub fn try_io_mut<R>(
        &mut self,
        interest: Interest,
        io: impl FnOnce(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.source.try_io_if_ready_mut(interest, io)
    }

    /// As [`async_io`](Self::async_io), of an operation that may change the descriptor's
    /// owner.
    ///
    /// # Errors
    ///
    /// What `io` gives.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing that `io` has not done.
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
    /// let mut there = AsyncFd::new(there)?;
    /// here.write_all(b"mocha")?;
    /// let mut order = [0; 5];
    /// there.async_io_mut(Interest::READABLE, |there| there.read(&mut order)).await?;
    /// assert_eq!(&order, b"mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn async_io_mut<R>(
        &mut self,
        interest: Interest,
        mut io: impl FnMut(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        loop {
            self.source.ready(interest).await;
            match self.try_io_mut(interest, &mut io) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return result,
            }
        }
    }
}
