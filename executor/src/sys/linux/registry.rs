//! The descriptors that a runtime's epoll watches.
//!
//! Owns what is done to them from another thread than the loop's, and what only other
//! selectors than epoll need.

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::ptr;

use mio::unix::SourceFd;
use mio::{Interest, Poll, Token};

use super::unpark::Unpark;

/// What mio makes first, in errors.
pub(crate) const SELECTOR: &str = "an epoll descriptor";

/// A runtime's epoll, for the reactor and for other threads. It does not keep it open.
#[derive(Clone, Debug)]
pub(crate) struct Registry {
    epoll: RawFd,
}

impl Registry {
    /// epoll tells of a source as long as it is registered.
    pub(crate) const DISARMS: bool = false;

    pub(crate) fn of(poll: &Poll) -> io::Result<Self> {
        let epoll = poll.as_raw_fd();
        Ok(Self { epoll })
    }

    /// Has `poll` tell of `fd`, which is open.
    pub(crate) fn register(
        &self,
        poll: &Poll,
        fd: RawFd,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        poll.registry()
            .register(&mut SourceFd(&fd), token, interest)
    }

    /// See [`DISARMS`](Self::DISARMS).
    pub(crate) fn rearm(&self, _fd: RawFd, _token: Token, _interest: Interest) {}

    /// Has `poll` tell no more of `fd`. It fails only for a descriptor closed already,
    /// which epoll has then forgotten by itself.
    pub(crate) fn deregister(&self, poll: &Poll, fd: RawFd) {
        let _ = poll.registry().deregister(&mut SourceFd(&fd));
    }

    /// As [`deregister`](Self::deregister), on any thread, also while the loop sleeps.
    /// The runtime's epoll must be open.
    pub(crate) fn forget(&self, fd: RawFd, _unpark: &Unpark) {
        #[cfg(loom)]
        if let Unpark::Bell(selector) = _unpark {
            return selector.forget();
        }
        // SAFETY: epoll_ctl takes integers here, and touches no memory of ours: for
        // EPOLL_CTL_DEL the pointer is not looked at.
        let _ = unsafe { libc::epoll_ctl(self.epoll, libc::EPOLL_CTL_DEL, fd, ptr::null_mut()) };
    }

    /// What a foreign loop waits on.
    pub(crate) fn descriptor(&self) -> Option<RawFd> {
        Some(self.epoll)
    }
}
