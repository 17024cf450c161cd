//! Deadlines by poll's own limit.
//!
//! Owns [`Timer`]. Only the reactor uses it, for the sleeps of the loop. kqueue counts in
//! nanoseconds. Where a selector counts in milliseconds mio rounds up, so a sleep may be
//! late by one, and is never early.

use std::io;
use std::time::Duration;

use mio::{Poll, Token};

use super::alarm::Alarm;

/// The longest sleep; who sleeps longer is awake in between. macOS refuses one of more
/// than three years, and poll(2) counts no more than 24.8 days.
const LONGEST: Duration = Duration::from_secs(1_000_000);

#[derive(Default)]
pub(crate) struct Timer {
    /// Whether anybody waits on the runtime's descriptor.
    is_waited_for: bool,
    /// What tells him of deadlines.
    alarm: Option<Alarm>,
    /// The deadline that the alarm is set for.
    set_for: Option<u64>,
}

impl Timer {
    pub(crate) fn new(_token: Token) -> Self {
        Self::default()
    }

    /// How long poll may sleep so that the loop is awake at `deadline`, which is `after`
    /// from now; `None` if the timer ends the sleep.
    pub(crate) fn limit(
        &mut self,
        _poll: &Poll,
        _deadline: u64,
        after: Duration,
    ) -> Option<Duration> {
        Some(after.min(LONGEST))
    }

    /// Whoever waits on the runtime's descriptor is told of the deadline: by what
    /// `unpark` gives, on another thread. As long as nobody has asked for the descriptor
    /// there is no thread.
    ///
    /// # Errors
    ///
    /// When the thread can't be started.
    pub(crate) fn tell_at<F: Fn() + Send + 'static>(
        &mut self,
        _poll: &Poll,
        deadline: u64,
        after: Duration,
        unpark: impl FnOnce() -> F,
    ) -> io::Result<()> {
        if !self.is_waited_for || self.set_for == Some(deadline) {
            return Ok(());
        }
        let alarm = match &mut self.alarm {
            Some(alarm) => alarm,
            none => none.insert(Alarm::new(unpark())?),
        };
        alarm.set(after);
        self.set_for = Some(deadline);
        Ok(())
    }

    /// Somebody waits on the runtime's descriptor from now on. Whether it is to be seen
    /// to that he is told.
    pub(crate) fn is_waited_for(&mut self) -> bool {
        !std::mem::replace(&mut self.is_waited_for, true)
    }

    /// It has told.
    pub(crate) fn has_told(&mut self) {}

    /// The clock has changed its pace: a deadline that it is set for may come at another
    /// time.
    pub(crate) fn forget(&mut self) {
        self.set_for = None;
    }
}
