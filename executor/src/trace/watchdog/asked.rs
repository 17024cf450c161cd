//! The signal that asks for a dump, while the loop can't answer it.
//!
//! Owns [`Asked`]: whether a question is open, and what there is to say meanwhile. Only
//! the watchdog's thread has one.

use std::ffi::c_int;
use std::time::Duration;

use crate::record::ids::Id;
use crate::record::watch::{Loop, Polled, Watch};
use crate::sys;

/// A loop that is well answers within a few polls; one that hasn't after so long is held
/// up. Short for somebody who waits at a terminal.
const PATIENCE: Duration = Duration::from_millis(100);

/// Where no task holds the loop up, it may only be slow to get to run.
const LONG_PATIENCE: Duration = Duration::from_secs(1);

/// Between two looks while a question is open.
pub(super) const LOOK: Duration = Duration::from_millis(25);

pub(super) struct Asked {
    signal: c_int,
    /// How many signals had come at the last look.
    count: u64,
    /// For how long the last of them has been open.
    open_for: Duration,
    /// The poll that the last look found, and for how long it has lasted.
    polled: Option<(Id, Duration)>,
    /// Whether it is said already what holds the loop up now.
    is_said: bool,
}

/// Why the loop doesn't answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum HeldUp {
    By(Id, Duration),
    /// It runs, and no task is polled.
    ByItself,
    /// No loop runs.
    NoLoop,
    /// The runtime is being dropped: there are no tasks any more.
    Ending,
}

impl Asked {
    /// `count` is how many signals had come before any that is to be answered.
    pub(super) fn new(signal: c_int, count: u64) -> Self {
        Self {
            signal,
            count,
            open_for: Duration::ZERO,
            polled: None,
            is_said: true,
        }
    }

    /// Takes in a look, so long after the one before. What is to be said now, if anything.
    pub(super) fn take_in(
        &mut self,
        watch: &Watch,
        polled: Polled,
        since: Duration,
    ) -> Option<HeldUp> {
        let count = sys::signal::count(self.signal);
        let held_up = self.look(count, watch.loop_is(), polled, since)?;
        self.is_news(watch).then_some(held_up)
    }

    /// Whether it is to be said; not again before something has changed.
    fn is_news(&mut self, watch: &Watch) -> bool {
        self.is_open(watch) && !std::mem::replace(&mut self.is_said, true)
    }

    /// Whether the loop has yet to answer.
    pub(super) fn is_open(&self, watch: &Watch) -> bool {
        watch.answered() < self.count
    }

    /// What holds the loop up, if that is so for long enough.
    fn look(
        &mut self,
        count: u64,
        loop_is: Loop,
        polled: Polled,
        since: Duration,
    ) -> Option<HeldUp> {
        self.open_for += since;
        if count != self.count {
            self.count = count;
            self.open_for = Duration::ZERO;
            self.is_said = false;
        }
        self.polled = match (polled, self.polled) {
            (Polled::TheSame, Some((task, lasts))) => Some((task, lasts + since)),
            (Polled::Task(task), _) => {
                // Another poll than that which was told of.
                self.is_said = false;
                Some((task, Duration::ZERO))
            }
            (Polled::TheSame | Polled::Nothing, _) => None,
        };
        let (held_up, for_long) = match (self.polled, loop_is) {
            (Some((task, lasts)), _) => (HeldUp::By(task, lasts), lasts >= PATIENCE),
            (None, Loop::Running) => (HeldUp::ByItself, self.open_for >= LONG_PATIENCE),
            (None, Loop::None) => (HeldUp::NoLoop, true),
            (None, Loop::Ended) => (HeldUp::Ending, true),
        };
        (for_long && self.open_for >= PATIENCE).then_some(held_up)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    fn task(number: u64) -> Id {
        Id::of_runtime(0, number)
    }

    #[test]
    fn who_holds_the_loop_is_known_when_both_the_poll_and_the_question_have_lasted() {
        let mut asked = Asked::new(10, 3);
        let mut look = |count, polled, since| asked.look(count, Loop::Running, polled, since);
        assert_eq!(look(3, Polled::Task(task(1)), NOW), None);
        assert!(look(3, Polled::TheSame, 2 * PATIENCE).is_some());
        // Asked just now: the loop has not had its time to answer.
        assert_eq!(look(4, Polled::TheSame, PATIENCE), None);
        assert_eq!(
            look(4, Polled::TheSame, PATIENCE),
            Some(HeldUp::By(task(1), 4 * PATIENCE))
        );
        // Another poll, which has just begun.
        assert_eq!(look(4, Polled::Task(task(2)), PATIENCE), None);
        assert_eq!(
            look(4, Polled::TheSame, PATIENCE),
            Some(HeldUp::By(task(2), PATIENCE))
        );
    }

    #[test]
    fn it_is_said_once_for_each_poll_and_each_question_until_there_is_an_answer() {
        let mut asked = Asked::new(10, 0);
        let watch = Watch::default();
        let mut take_in = |polled, since| {
            let held_up = asked.look(1, Loop::Running, polled, since);
            held_up.is_some() && asked.is_news(&watch)
        };
        assert!(!take_in(Polled::Nothing, NOW));
        assert!(!take_in(Polled::Task(task(1)), NOW));
        assert!(take_in(Polled::TheSame, PATIENCE));
        assert!(!take_in(Polled::TheSame, PATIENCE));
        assert!(!take_in(Polled::Task(task(1)), NOW));
        assert!(take_in(Polled::TheSame, PATIENCE));
        assert!(!take_in(Polled::Task(task(2)), NOW));
        watch.answers(1);
        assert!(!take_in(Polled::TheSame, PATIENCE));
    }

    #[test]
    fn a_loop_that_is_not_there_is_known_soon_and_one_that_may_be_slow_later() {
        for (loop_is, held_up) in [
            (Loop::None, HeldUp::NoLoop),
            (Loop::Ended, HeldUp::Ending),
            (Loop::Running, HeldUp::ByItself),
        ] {
            let mut asked = Asked::new(10, 0);
            assert_eq!(asked.look(1, loop_is, Polled::Nothing, PATIENCE), None);
            let soon = asked.look(1, loop_is, Polled::Nothing, PATIENCE);
            assert_eq!(soon, (loop_is != Loop::Running).then_some(held_up));
            let later = asked.look(1, loop_is, Polled::Nothing, LONG_PATIENCE);
            assert_eq!(later, Some(held_up));
        }
    }
}
