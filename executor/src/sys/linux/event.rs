//! A count that epoll can wait for: eventfd(2).
//!
//! Signal handlers write to it, so it is a bare descriptor.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd};

use super::super::check;
use super::super::descriptor::above_standard;

/// One that doesn't block and is closed on exec.
pub(crate) fn eventfd() -> io::Result<OwnedFd> {
    // SAFETY: eventfd takes two integers and touches no memory of ours.
    let fd = check(unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) })?;
    // SAFETY: the kernel has just made this descriptor for us, and nobody else
    // knows its number.
    above_standard(unsafe { OwnedFd::from_raw_fd(fd) })
}
