//! A timer that epoll can wait for, in nanoseconds: timerfd_create(2).
//!
//! Owns the descriptor. Only the reactor uses it, for the sleeps of the loop.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::Duration;

use super::super::check;

pub(crate) struct TimerFd(OwnedFd);

impl TimerFd {
    pub(crate) fn new() -> io::Result<Self> {
        let flags = libc::TFD_NONBLOCK | libc::TFD_CLOEXEC;
        // SAFETY: timerfd_create takes two integers and touches no memory of ours.
        let fd = check(unsafe { libc::timerfd_create(libc::CLOCK_MONOTONIC, flags) })?;
        // SAFETY: The kernel has just made this descriptor for us, and nobody
        // else knows its number.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Makes the descriptor readable once, `after` from now; not at once even
    /// for zero, which would mean "never" to the kernel.
    pub(crate) fn set(&self, after: Duration) -> io::Result<()> {
        let after = after.max(Duration::from_nanos(1));
        let value = libc::timespec {
            // The kernel takes about 292 years at the most.
            tv_sec: after.as_secs().min(i64::MAX as u64 / 1_000_000_000) as libc::time_t,
            tv_nsec: after.subsec_nanos().into(),
        };
        let never_again = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let timer = libc::itimerspec {
            it_interval: never_again,
            it_value: value,
        };
        // SAFETY: The descriptor is open while `self` is; `timer` lives through
        // the call, and a null old value is allowed.
        check(unsafe {
            libc::timerfd_settime(self.0.as_raw_fd(), 0, &timer, std::ptr::null_mut())
        })?;
        Ok(())
    }
}

impl AsRawFd for TimerFd {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.0.as_raw_fd()
    }
}
