//! Now: the real clock, or a paused one that jumps to the next deadline when
//! everything is idle.
//!
//! Owns the notion of time of one runtime. The loop moves a paused clock; the
//! timers, `time` and the recorder read it.

use std::cell::Cell;
use std::time::{Duration, Instant};

pub(crate) use crate::record::time::{FAR_FUTURE, Nanos};
use crate::record::time::{LATEST, Reading, Time, saturate, shifted};

pub(crate) struct Clock {
    /// When the runtime was made: nanosecond 0.
    origin: Instant,
    /// `Some` while paused: the time that it shows.
    paused_at: Cell<Option<Nanos>>,
    /// How far the clock is ahead of the real one by the jumps it has made,
    /// or behind it by its pauses.
    shift: Cell<i128>,
    /// What `now_instant` said last: see `has_passed`.
    last_read: Cell<Instant>,
}

impl Clock {
    pub(crate) fn new(paused: bool) -> Self {
        let origin = Instant::now();
        Self {
            origin,
            last_read: Cell::new(origin),
            paused_at: Cell::new(paused.then_some(0)),
            shift: Cell::new(0),
        }
    }

    #[inline]
    pub(crate) fn now(&self) -> Nanos {
        match self.paused_at.get() {
            Some(now) => now,
            None => shifted(self.origin.elapsed(), self.shift.get()),
        }
    }

    /// Now, for programs.
    #[inline]
    pub(crate) fn now_instant(&self) -> Instant {
        let now = match self.paused_at.get() {
            None if self.shift.get() == 0 => Instant::now(),
            _ => self.instant(self.now()),
        };
        self.last_read.set(now);
        now
    }

    /// Whether `at` had passed when a program last asked for the time. Saves the
    /// first poll of a sleep a look at the clock: making the sleep was the last
    /// such look, or if not, the sleep is armed, and fires in the same turn.
    #[inline]
    pub(crate) fn has_passed(&self, at: Instant) -> bool {
        at <= self.last_read.get() || (self.is_paused() && self.nanos(at) <= self.now())
    }

    /// The moment as an `Instant`; beyond what one can hold, about 30 years on.
    pub(crate) fn instant(&self, at: Nanos) -> Instant {
        self.origin
            .checked_add(Duration::from_nanos(at))
            .unwrap_or_else(|| self.origin + Duration::from_secs(30 * 365 * 86_400))
    }

    /// A moment before the runtime was made is 0: it has passed.
    #[inline]
    pub(crate) fn nanos(&self, at: Instant) -> Nanos {
        saturate(at.saturating_duration_since(self.origin))
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused_at.get().is_some()
    }

    /// Stops the clock; `false` if it stood already.
    pub(crate) fn pause(&self) -> bool {
        let running = !self.is_paused();
        if running {
            self.paused_at.set(Some(self.now()));
        }
        running
    }

    /// Lets the clock run on from where it stands; `false` if it ran already.
    pub(crate) fn resume(&self) -> bool {
        let Some(stood_at) = self.paused_at.take() else {
            return false;
        };
        let real = self.origin.elapsed().as_nanos() as i128;
        self.shift.set(i128::from(stood_at) - real);
        true
    }

    /// Moves a paused clock forward. It never goes back.
    pub(crate) fn jump_to(&self, at: Nanos) {
        if let Some(now) = self.paused_at.get() {
            self.paused_at.set(Some(now.max(at.min(LATEST))));
        }
    }
}

impl Time for Clock {
    fn now(&self) -> Nanos {
        self.now()
    }

    fn at(&self, at: Instant) -> Nanos {
        match self.paused_at.get() {
            Some(now) => now,
            None => shifted(at.saturating_duration_since(self.origin), self.shift.get()),
        }
    }

    fn reading(&self) -> Reading {
        Reading {
            origin: self.origin,
            paused_at: self.paused_at.get(),
            shift: self.shift.get(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paused_clock_moves_only_by_jumps_and_never_back() {
        let clock = Clock::new(true);
        assert_eq!(clock.now(), 0);
        clock.jump_to(5);
        clock.jump_to(3);
        assert_eq!(clock.now(), 5);
    }

    #[test]
    fn a_resumed_clock_goes_on_from_where_it_stood() {
        let clock = Clock::new(true);
        let hour = 3_600_000_000_000;
        clock.jump_to(hour);
        assert!(clock.resume() && !clock.resume());
        let first = clock.now();
        assert!(first >= hour && clock.now() >= first);
        assert!(clock.pause() && !clock.pause());
        assert_eq!(clock.now(), clock.now());
    }

    #[test]
    fn a_clock_that_has_run_before_its_pause_is_not_ahead_after_it() {
        let hour = 3_600_000_000_000;
        let mut clock = Clock::new(false);
        clock.origin -= Duration::from_nanos(hour);
        assert!(clock.pause());
        assert!(clock.resume());
        // No real time is as long as an hour, however slow it is here.
        assert!((hour..2 * hour).contains(&clock.now()));
    }

    #[test]
    fn a_reading_goes_on_as_its_clock_does() {
        let clock = Clock::new(true);
        clock.jump_to(7);
        assert_eq!(clock.reading().now(), 7);
        let hour = 3_600_000_000_000;
        clock.jump_to(hour);
        assert!(clock.resume());
        let reading = clock.reading();
        let (before, read, after) = (clock.now(), reading.now(), clock.now());
        assert!(hour <= before && before <= read && read <= after);
    }

    #[test]
    fn what_does_not_fit_saturates() {
        let clock = Clock::new(true);
        assert_eq!(saturate(Duration::MAX), FAR_FUTURE);
        assert!(clock.instant(FAR_FUTURE) > clock.instant(0));
        assert_eq!(clock.nanos(clock.instant(77)), 77);
    }
}
