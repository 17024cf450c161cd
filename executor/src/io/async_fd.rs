//! Any descriptor that can be waited for.
//!
//! Owns [`AsyncFd`], named and shaped like tokio's.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll, ready};

use super::interest::{Interest, Ready};
use super::kind::Kind;
use super::source::{Sighting, Source};
use crate::machine::reactor::readiness::Direction;

/// A descriptor whose readiness can be awaited: a pipe, a socket, an eventfd.
///
/// It must be non-blocking. The system tells of changes, so readiness stays set
/// until an operation says "would block": do the operation through
/// [`async_io`](Self::async_io) or a guard's [`try_io`](AsyncFdReadyGuard::try_io),
/// which see to that.
///
/// The descriptor is forgotten by the runtime when this is dropped, before it is
/// closed. It may go to other threads, and be dropped there; but to wait for it or to
/// try it outside its runtime is a panic.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Write};
/// use std::os::unix::net::UnixStream;
/// use buzzer::io::{AsyncFd, Interest};
///
/// buzzer::block_on(async {
///     let (mut here, there) = UnixStream::pair()?;
///     there.set_nonblocking(true)?;
///     let there = AsyncFd::new(there)?;
///     let order = there.async_io(Interest::READABLE, |mut socket: &UnixStream| {
///         let mut order = [0; 5];
///         socket.read(&mut order).map(|n| order[..n].to_vec())
///     });
///     here.write_all(b"mocha")?;
///     assert_eq!(order.await?, b"mocha");
///     Ok::<(), std::io::Error>(())
/// })
/// # .unwrap();
/// ```
pub struct AsyncFd<T: AsRawFd> {
    source: Source<T>,
}

impl<T: AsRawFd> AsyncFd<T> {
    /// Registers `inner` for reading and writing.
    ///
    /// # Errors
    ///
    /// When the system can't wait for it (`EPERM` for a regular file or directory), or
    /// it is registered in this runtime already. The error says what kind of
    /// descriptor it is of.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    #[track_caller]
    pub fn new(inner: T) -> io::Result<Self> {
        Self::with_interest(inner, Interest::READABLE | Interest::WRITABLE)
    }

    /// Registers `inner` for what is meant by `interest`.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    #[track_caller]
    pub fn with_interest(inner: T, interest: Interest) -> io::Result<Self> {
        let fd = inner.as_raw_fd();
        let source = Source::told(Kind::AsyncFd, inner, fd, interest)?;
        Ok(Self { source })
    }

    /// The descriptor's owner.
    pub fn get_ref(&self) -> &T {
        self.source.get()
    }

    /// The descriptor's owner. It must keep the same descriptor open.
    pub fn get_mut(&mut self) -> &mut T {
        self.source.get_mut()
    }

    /// Forgets the descriptor and gives it back, on any thread.
    pub fn into_inner(self) -> T {
        self.source.into_inner()
    }

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
    pub async fn writable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::WRITABLE).await
    }

    fn guard(&self, interest: Interest) -> AsyncFdReadyGuard<'_, T> {
        AsyncFdReadyGuard {
            fd: self,
            ready: self.source.known(interest),
            seen: self.source.look(interest),
        }
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

impl<T: AsRawFd> AsRawFd for AsyncFd<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.get_ref().as_raw_fd()
    }
}

impl<T: AsRawFd + AsFd> AsFd for AsyncFd<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.source.as_fd()
    }
}

impl<T: AsRawFd + fmt::Debug> fmt::Debug for AsyncFd<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncFd")
            .field("inner", self.get_ref())
            .finish()
    }
}

/// The readiness that an await has seen. Dropping it leaves the readiness set.
#[must_use = "readiness that turns out to be none must be cleared, or the next wait spins"]
pub struct AsyncFdReadyGuard<'a, T: AsRawFd> {
    fd: &'a AsyncFd<T>,
    ready: Ready,
    /// `None` once cleared.
    seen: Option<Sighting>,
}

impl<'a, T: AsRawFd> AsyncFdReadyGuard<'a, T> {
    /// Tries `io`; if that says "would block", the readiness is cleared.
    ///
    /// # Errors
    ///
    /// [`TryIoError`], if it would block: wait again. The operation's own result
    /// is within the `Ok`.
    #[track_caller]
    pub fn try_io<R>(
        &mut self,
        io: impl FnOnce(&'a AsyncFd<T>) -> io::Result<R>,
    ) -> Result<io::Result<R>, TryIoError> {
        match io(self.fd) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.clear_ready();
                Err(TryIoError(()))
            }
            result => Ok(result),
        }
    }

    /// Says that an operation would have blocked. An event that came since the
    /// await is not cleared with it.
    pub fn clear_ready(&mut self) {
        if let Some(seen) = self.seen.take() {
            self.fd.source.clear(seen);
            self.ready = Ready::EMPTY;
        }
    }

    /// As [`clear_ready`](Self::clear_ready), of what is in `ready` alone. Of a guard for
    /// both directions, clear the one that would have blocked: the other is told of no
    /// second time, and who waits for it would wait for ever.
    pub fn clear_ready_matching(&mut self, ready: Ready) {
        if let Some(seen) = self.seen {
            self.fd.source.clear(seen.within(ready));
            self.ready = self.ready - ready;
        }
    }

    /// Leaves the readiness set, as dropping the guard does.
    pub fn retain_ready(&mut self) {}

    /// What the descriptor was ready for, without what was cleared through this guard.
    pub fn ready(&self) -> Ready {
        self.ready
    }

    /// The descriptor.
    pub fn get_ref(&self) -> &'a AsyncFd<T> {
        self.fd
    }

    /// The descriptor's owner.
    pub fn get_inner(&self) -> &'a T {
        self.fd.get_ref()
    }
}

impl<T: AsRawFd> fmt::Debug for AsyncFdReadyGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncFdReadyGuard")
            .field("ready", &self.ready)
            .finish_non_exhaustive()
    }
}

/// The operation would have blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TryIoError(());

impl fmt::Display for TryIoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the operation would block")
    }
}

impl std::error::Error for TryIoError {}
