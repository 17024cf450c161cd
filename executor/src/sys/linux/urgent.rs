//! Urgent data, of which epoll tells.
//!
//! Owns what is asked for, so that it does. `io/interest.rs` and the reactor's `readiness/`
//! use it.

use std::os::fd::RawFd;

use mio::Interest;

/// What is meant by `interest`, and urgent data where that is told of.
pub(crate) const fn with_urgent(interest: Interest) -> Interest {
    interest.add(Interest::PRIORITY)
}

/// Whether a read of `fd` has stopped short at urgent data of which nothing told.
pub(crate) fn has_stopped_a_read(_fd: RawFd) -> bool {
    false
}
