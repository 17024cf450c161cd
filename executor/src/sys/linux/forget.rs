//! Taking a descriptor out of an epoll from another thread than the loop's.
//!
//! Owns that one call of epoll_ctl(2); the loop's own thread goes through mio.
//! `machine/scheduler/live.rs` calls it.

use std::os::fd::RawFd;
use std::ptr;

/// Makes `epoll` forget `fd`. It fails only where there is nothing to forget.
pub(crate) fn forget(epoll: RawFd, fd: RawFd) {
    // SAFETY: epoll_ctl takes integers here, and touches no memory of ours: for
    // EPOLL_CTL_DEL the pointer is not looked at.
    let _ = unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_DEL, fd, ptr::null_mut()) };
}
