//! How long a poll has lasted, from what the looks have found.
//!
//! Owns the count, and when the next report is due. Only the watchdog's thread counts.

use std::time::Duration;

use crate::record::ids::Id;
use crate::record::watch::Polled;

/// Looks within the limit: a poll is reported when it has lasted for the limit, or a
/// quarter of it more.
const LOOKS: u32 = 4;

pub(super) struct Looks {
    /// `None` if no poll is too long.
    limit: Option<Duration>,
    /// Whose poll the last look found, and for how long it has lasted.
    found: Option<Id>,
    held: Duration,
    report_at: Duration,
}

impl Looks {
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self {
            limit,
            found: None,
            held: Duration::ZERO,
            report_at: limit.unwrap_or(Duration::MAX),
        }
    }

    /// How long to wait between two.
    pub(super) fn period(limit: Duration) -> Duration {
        (limit / LOOKS).max(Duration::from_micros(50))
    }

    /// What counts of the time since a look that was to be so long ago. If the watchdog's
    /// thread had to wait itself, then so had the loop's, perhaps: the process was
    /// stopped, or the machine is overloaded.
    pub(super) fn counted(period: Duration, since: Duration) -> Duration {
        since.min(2 * period)
    }

    /// Takes in a look, so long after the one before; of that, what counts.
    pub(super) fn take_in(&mut self, polled: Polled, since: Duration) {
        match polled {
            Polled::Nothing => self.found = None,
            Polled::Task(task) => {
                self.found = Some(task);
                self.held = Duration::ZERO;
                self.report_at = self.limit.unwrap_or(Duration::MAX);
            }
            Polled::TheSame => self.held += since,
        }
    }

    pub(super) fn held(&self) -> Duration {
        self.held
    }

    /// Whose poll is to be reported now.
    pub(super) fn due(&self) -> Option<Id> {
        self.found.filter(|_| self.held >= self.report_at)
    }

    /// It has been: the next time is when its length has doubled.
    pub(super) fn reported(&mut self) {
        self.report_at = self.held.saturating_mul(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(100);
    const PERIOD: Duration = Duration::from_millis(25);

    #[test]
    fn reports_are_due_at_the_limit_and_each_time_the_length_has_doubled() {
        let mut looks = Looks::new(Some(LIMIT));
        let task = Id::of_runtime(0, 7);
        looks.take_in(Polled::Task(task), PERIOD);
        let mut due_at = Vec::new();
        for look in 1..=32 {
            looks.take_in(Polled::TheSame, PERIOD);
            if looks.due() == Some(task) {
                due_at.push(look);
                looks.reported();
            }
        }
        assert_eq!(due_at, [4, 8, 16, 32]);
        looks.take_in(Polled::Nothing, PERIOD);
        assert_eq!(looks.due(), None);
        looks.take_in(Polled::Task(task), PERIOD);
        assert_eq!((looks.due(), looks.held()), (None, Duration::ZERO));
    }

    #[test]
    fn a_process_that_was_stopped_has_not_been_polling_all_the_time() {
        let mut looks = Looks::new(Some(LIMIT));
        looks.take_in(Polled::Task(Id::main(0)), PERIOD);
        let an_hour = Duration::from_secs(3_600);
        looks.take_in(Polled::TheSame, Looks::counted(PERIOD, an_hour));
        assert_eq!((looks.due(), looks.held()), (None, 2 * PERIOD));
    }
}
