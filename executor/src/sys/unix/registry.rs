//! The descriptors that a runtime's selector watches: by mio alone.
//!
//! Owns what is done to them from another thread than the loop's, and what mio's
//! selectors differ in:
//!
//! - epoll and poll(2) refuse a descriptor that is registered; kqueue takes the second
//!   registration for the first. So it is kept here which ones are.
//! - epoll refuses a file and a folder, which never wait. kqueue would wait for a file to
//!   grow, and poll(2) take it for ready, and a closed descriptor too. So the kernel is
//!   asked here.
//! - epoll and kqueue tell of each change, for as long as a source is registered. mio's
//!   poll(2) looks at the state, and so as not to tell of the same one for ever it disarms
//!   what it has told of: it is to be armed again, where an operation has said "would
//!   block". After a hang-up or an error it has even forgotten the source. An operation
//!   that waits for both directions and needs one is then tried at each look for as long
//!   as there is the other: on the systems that the library is for, mio has no need of it.

use std::collections::HashSet;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::RawFd;
use std::sync::{Arc, PoisonError};

use mio::unix::SourceFd;
use mio::{Interest, Poll, Token};

use super::super::check;
use super::super::errors::{NO_RUNTIME, named};
use super::unpark::Unpark;
use crate::sys::locks::{Mutex, MutexGuard};

/// What mio makes first, in errors.
pub(crate) const SELECTOR: &str = match () {
    () if cfg!(mio_unsupported_force_poll_poll) => "the pipe that ends its sleeps",
    () if cfg!(target_os = "linux") => "an epoll descriptor",
    () => "a kqueue",
};

/// A runtime's selector, for the reactor and for other threads.
#[derive(Clone, Debug)]
pub(crate) struct Registry(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    mio: mio::Registry,
    /// Locked while the selector is changed: a descriptor is in here before it is
    /// registered, and until it is not any more.
    registered: Mutex<HashSet<RawFd>>,
    descriptor: Option<RawFd>,
}

impl Registry {
    /// Whether an event disarms what it tells of, until [`rearm`](Self::rearm).
    pub(crate) const DISARMS: bool = cfg!(mio_unsupported_force_poll_poll);

    pub(crate) fn of(poll: &Poll) -> io::Result<Self> {
        Ok(Self(Arc::new(Shared {
            mio: poll
                .registry()
                .try_clone()
                .map_err(|e| named(NO_RUNTIME, "a second descriptor of its selector", e))?,
            registered: Mutex::default(),
            descriptor: descriptor(poll),
        })))
    }

    /// Has `poll` tell of `fd`, which is open.
    pub(crate) fn register(
        &self,
        _poll: &Poll,
        fd: RawFd,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        let mut registered = self.registered();
        if registered.contains(&fd) {
            return Err(io::Error::from_raw_os_error(libc::EEXIST));
        }
        may_wait(fd)?;
        self.0.mio.register(&mut SourceFd(&fd), token, interest)?;
        registered.insert(fd);
        Ok(())
    }

    /// Has the selector tell again of `fd`, of what is meant by `interest` and no more.
    pub(crate) fn rearm(&self, fd: RawFd, token: Token, interest: Interest) {
        let mut source = SourceFd(&fd);
        let armed = self.0.mio.reregister(&mut source, token, interest);
        if armed.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            // It fails only for what is registered.
            let _ = self.0.mio.register(&mut source, token, interest);
        }
    }

    /// Has `poll` tell no more of `fd`. It fails only for a descriptor that was closed
    /// before, or that had a hang-up: the selector has then forgotten it by itself.
    pub(crate) fn deregister(&self, _poll: &Poll, fd: RawFd) {
        let mut registered = self.registered();
        registered.remove(&fd);
        let _ = self.0.mio.deregister(&mut SourceFd(&fd));
    }

    /// As [`deregister`](Self::deregister), on any thread, also while the loop sleeps.
    pub(crate) fn forget(&self, fd: RawFd, unpark: &Unpark) {
        let mut registered = self.registered();
        registered.remove(&fd);
        let _ = self.0.mio.deregister(&mut SourceFd(&fd));
        if cfg!(mio_unsupported_force_poll_poll) {
            // What it interrupts the sleep with may have swallowed an unpark, and the
            // sleep begins anew with its whole limit.
            unpark.unpark();
        }
    }

    /// What a foreign loop waits on, if the selector has one.
    pub(crate) fn descriptor(&self) -> Option<RawFd> {
        self.0.descriptor
    }

    fn registered(&self) -> MutexGuard<'_, HashSet<RawFd>> {
        // Nothing panics under the lock that leaves it half-changed.
        self.0
            .registered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error for what never waits, and for what is not open.
fn may_wait(fd: RawFd) -> io::Result<()> {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: it writes to `stat` alone, which has room for it; a number that is no open
    // descriptor is an error and nothing worse.
    check(unsafe { libc::fstat(fd, stat.as_mut_ptr()) })?;
    // SAFETY: fstat has said that it filled it.
    let mode = unsafe { stat.assume_init() }.st_mode;
    match mode & libc::S_IFMT {
        libc::S_IFREG | libc::S_IFDIR => Err(io::Error::from_raw_os_error(libc::EPERM)),
        _ => Ok(()),
    }
}

#[cfg(not(mio_unsupported_force_poll_poll))]
fn descriptor(poll: &Poll) -> Option<RawFd> {
    use std::os::fd::AsRawFd;

    Some(poll.as_raw_fd())
}

/// mio's poll(2) has none.
#[cfg(mio_unsupported_force_poll_poll)]
fn descriptor(_poll: &Poll) -> Option<RawFd> {
    None
}
