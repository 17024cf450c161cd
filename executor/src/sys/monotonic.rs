//! The clock that nobody sets, as the kernel counts it: clock_gettime(2), `CLOCK_MONOTONIC`.
//!
//! Owns that look, and the kernel's form of a time. `Instant` tells no number; who gives one
//! to a call of the system's, or asks within a signal's handler, asks here.

use std::time::Duration;

/// By a call that a handler may make.
pub(super) fn now() -> Duration {
    let mut now = timespec(Duration::ZERO);
    // SAFETY: `now` is borrowed for writing past the call, which doesn't fail for a clock
    // that is always there.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    Duration::new(now.tv_sec.cast_unsigned(), now.tv_nsec as u32)
}

/// What is too far for the kernel is as far as it goes.
pub(super) fn timespec(time: Duration) -> libc::timespec {
    libc::timespec {
        tv_sec: libc::time_t::try_from(time.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: time.subsec_nanos().into(),
    }
}
