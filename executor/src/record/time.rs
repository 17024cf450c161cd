//! The time that events are told in.
//!
//! Owns its unit, and what is asked of a runtime's clock by whoever looks at a run: the
//! clock itself is the machine's.

use std::time::{Duration, Instant};

/// Nanoseconds since the runtime was made: what deadlines are kept in.
/// 64 bits reach 584 years; later deadlines are [`FAR_FUTURE`].
pub(crate) type Nanos = u64;

/// A deadline that does not come: no clock shows it, nor does a paused one jump
/// to it.
pub(crate) const FAR_FUTURE: Nanos = Nanos::MAX;

/// The latest time that a clock shows.
pub(crate) const LATEST: Nanos = FAR_FUTURE - 1;

/// A runtime's clock, as the recorder asks it.
pub(crate) trait Time {
    fn now(&self) -> Nanos;

    /// What it shows, or would have shown, at that moment of the real clock. A paused
    /// one stands.
    fn at(&self, at: Instant) -> Nanos;

    /// For who may not ask it: another thread.
    fn reading(&self) -> Reading;
}

/// How a clock went when it was read: what it shows later, if nobody pauses it, resumes
/// it or makes it jump.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) origin: Instant,
    pub(crate) paused_at: Option<Nanos>,
    pub(crate) shift: i128,
}

impl Reading {
    pub(crate) fn now(&self) -> Nanos {
        let running = || shifted(self.origin.elapsed(), self.shift);
        self.paused_at.unwrap_or_else(running)
    }
}

/// A time of the real clock, moved by a clock's jumps and pauses.
#[inline]
pub(crate) fn shifted(real: Duration, shift: i128) -> Nanos {
    if shift == 0 {
        return saturate(real);
    }
    Nanos::try_from((real.as_nanos() as i128 + shift).max(0)).map_or(LATEST, |now| now.min(LATEST))
}

/// What is too long is [`FAR_FUTURE`].
#[inline]
pub(crate) fn saturate(duration: Duration) -> Nanos {
    duration
        .as_secs()
        .checked_mul(1_000_000_000)
        .and_then(|nanos| nanos.checked_add(u64::from(duration.subsec_nanos())))
        .unwrap_or(FAR_FUTURE)
}

/// For tests of what is below a runtime.
#[cfg(test)]
pub(super) struct Stopped;

#[cfg(test)]
impl Time for Stopped {
    fn now(&self) -> Nanos {
        0
    }

    fn at(&self, _at: Instant) -> Nanos {
        0
    }

    fn reading(&self) -> Reading {
        Reading {
            origin: Instant::now(),
            paused_at: Some(0),
            shift: 0,
        }
    }
}
