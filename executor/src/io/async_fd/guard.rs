//! The readiness that an await has seen.
//!
//! Owns [`ReadyGuard`], of which tokio's two guards are the two: one that shares its
//! [`AsyncFd`], and one that has it alone.

use std::fmt;
use std::io;
use std::ops::Deref;
use std::os::fd::AsRawFd;

use super::{AsyncFd, TryIoError};
use crate::io::interest::Ready;
use crate::io::source::Sighting;

/// The readiness that an await has seen: an [`AsyncFdReadyGuard`] or an
/// [`AsyncFdReadyMutGuard`]. Dropping it leaves the readiness set.
#[must_use = "readiness that turns out to be none must be cleared, or the next wait spins"]
pub struct ReadyGuard<P> {
    fd: P,
    ready: Ready,
    /// `None` once cleared.
    seen: Option<Sighting>,
}

/// The guard of an [`AsyncFd`] that others may wait at too.
///
/// # Examples
///
/// ```
/// use std::os::unix::net::UnixStream;
/// use buzzer::io::{AsyncFd, Ready};
///
/// # buzzer::block_on(async {
/// let (here, _there) = UnixStream::pair()?;
/// here.set_nonblocking(true)?;
/// let here = AsyncFd::new(here)?;
/// let mut guard = here.writable().await?;
/// guard.retain_ready(); // Says so, and is what a drop does.
/// assert!(std::ptr::eq(guard.get_ref(), &here));
/// assert!(std::ptr::eq(guard.get_inner(), here.get_ref()));
/// guard.clear_ready_matching(Ready::READABLE);
/// guard.clear_ready(); // Now nothing is known, until the system tells of a change.
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub type AsyncFdReadyGuard<'a, T> = ReadyGuard<&'a AsyncFd<T>>;

/// The guard that has its [`AsyncFd`] alone, so that an operation may change the
/// descriptor's owner.
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use std::os::unix::net::UnixStream;
/// use buzzer::io::AsyncFd;
///
/// # buzzer::block_on(async {
/// let (here, _there) = UnixStream::pair()?;
/// here.set_nonblocking(true)?;
/// let mut here = AsyncFd::new(here)?;
/// let mut guard = here.writable_mut().await?;
/// assert_eq!(guard.get_inner_mut().write(b"mocha")?, 5);
/// let _whole: &mut AsyncFd<UnixStream> = guard.get_mut();
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub type AsyncFdReadyMutGuard<'a, T> = ReadyGuard<&'a mut AsyncFd<T>>;

impl<T: AsRawFd, P: Deref<Target = AsyncFd<T>>> ReadyGuard<P> {
    pub(super) fn new(fd: P, ready: Ready, seen: Option<Sighting>) -> Self {
        Self { fd, ready, seen }
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
    /// See [`AsyncFd::ready`].
    pub fn ready(&self) -> Ready {
        self.ready
    }

    /// What is to be told of an operation; one that would block clears the readiness.
    fn settle<R>(&mut self, result: io::Result<R>) -> Result<io::Result<R>, TryIoError> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.clear_ready();
                Err(TryIoError(()))
            }
            result => Ok(result),
        }
    }
}

impl<'a, T: AsRawFd> ReadyGuard<&'a AsyncFd<T>> {
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
        let result = io(self.fd);
        self.settle(result)
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

impl<T: AsRawFd> ReadyGuard<&mut AsyncFd<T>> {
    /// Tries `io`; if that says "would block", the readiness is cleared.
    ///
    /// # Errors
    ///
    /// [`TryIoError`], if it would block: wait again. The operation's own result
    /// is within the `Ok`.
    #[track_caller]
    pub fn try_io<R>(
        &mut self,
        io: impl FnOnce(&mut AsyncFd<T>) -> io::Result<R>,
    ) -> Result<io::Result<R>, TryIoError> {
        let result = io(self.fd);
        self.settle(result)
    }

    /// The descriptor.
    pub fn get_ref(&self) -> &AsyncFd<T> {
        self.fd
    }

    /// The descriptor.
    pub fn get_mut(&mut self) -> &mut AsyncFd<T> {
        self.fd
    }

    /// The descriptor's owner.
    pub fn get_inner(&self) -> &T {
        self.fd.get_ref()
    }

    /// The descriptor's owner. It must keep the same descriptor open.
    pub fn get_inner_mut(&mut self) -> &mut T {
        self.fd.get_mut()
    }
}

impl<T: AsRawFd, P: Deref<Target = AsyncFd<T>>> fmt::Debug for ReadyGuard<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadyGuard")
            .field("ready", &self.ready)
            .finish_non_exhaustive()
    }
}
