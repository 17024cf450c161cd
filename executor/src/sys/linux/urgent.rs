//! Urgent data, of which epoll tells.
//!
//! Owns what is asked for, so that it does. `io/interest.rs` and the reactor's `readiness/`
//! use it.

use std::os::fd::RawFd;

/// Whether what is registered for it is told of it.
pub(crate) const URGENT_IS_TOLD: bool = true;

/// Whether a read of `fd` has stopped short at urgent data of which nothing told.
pub(crate) fn has_stopped_a_read(_fd: RawFd) -> bool {
    false
}
