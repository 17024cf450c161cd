//! What the loop tells the recorder.
//!
//! Owns the making of the loop's events, and says whose doing each wake is. The
//! rest of `turn/` calls it, and `runtime/` goes into the loop by [`InLoop`]; kept out of
//! the way of those who read how a turn goes.

use super::Turning;
use crate::machine::core::Core;
use crate::machine::reactor::Wait;
use crate::machine::scheduler::number::TaskNumber;
use crate::record::event::{Cause, Event, Outcome, ParkedUntil, Phase};
use crate::record::origin::Origin;
use crate::record::watch::Loop;

/// A turn that is recorded. Between two turns nothing is the loop's doing.
pub(super) struct Turn<'a>(&'a Core);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.recorder().set_cause(Cause::Outside);
    }
}

/// A `block_on` or a `Runtime::turn`, until it returns or panics.
pub(crate) struct InLoop<'a>(&'a Core);

impl<'a> InLoop<'a> {
    pub(crate) fn begin(core: &'a Core) -> Self {
        if core.recorder().is_on() {
            core.recorder().in_loop(true);
        }
        if let Some(watch) = core.scheduler.watch.get() {
            watch.set_loop(Loop::Running);
        }
        Self(core)
    }
}

impl Drop for InLoop<'_> {
    fn drop(&mut self) {
        if self.0.recorder().is_on() {
            self.0.recorder().in_loop(false);
        }
        if let Some(watch) = self.0.scheduler.watch.get() {
            watch.set_loop(Loop::None);
        }
    }
}

/// A poll of the main future, which may panic through the loop.
pub(super) struct MainPoll<'a> {
    turning: &'a Turning<'a>,
    number: TaskNumber,
    outcome: Outcome,
}

impl MainPoll<'_> {
    /// It has not panicked.
    pub(super) fn end(mut self, ended: bool) {
        self.outcome = match ended {
            true => Outcome::Ready,
            false => Outcome::Pending,
        };
    }
}

impl Drop for MainPoll<'_> {
    fn drop(&mut self) {
        let scheduler = &self.turning.core.scheduler;
        scheduler.observe_main_ended(self.number, self.outcome);
        if self.outcome == Outcome::Panicked {
            // The loop does not come to it any more.
            self.turning.after_poll();
            self.turning.leave_tasks();
        }
    }
}

impl Turning<'_> {
    pub(super) fn is_recorded(&self) -> bool {
        self.core.recorder().is_on()
    }

    /// Out of the way of the loop that is not recorded.
    #[cold]
    #[inline(never)]
    fn record(&self, event: Event) {
        self.core.recorder().record(event);
    }

    pub(super) fn begin_turn(&self) -> Turn<'_> {
        if self.is_recorded() {
            let number = self.core.counters.turns.get();
            self.record(Event::Turn { number });
        }
        Turn(self.core)
    }

    /// The turn goes on to `phase`. What happens from here on is no task's doing
    /// until one is polled.
    pub(super) fn begin(&self, phase: Phase) {
        if self.is_recorded() {
            self.core.recorder().set_cause(Cause::Outside);
            self.record(Event::Phase(phase));
        }
    }

    pub(super) fn begin_main(&self, number: TaskNumber) -> MainPoll<'_> {
        self.core.scheduler.observe_main_began(number);
        MainPoll {
            turning: self,
            number,
            outcome: Outcome::Panicked,
        }
    }

    /// What jobs have told goes before the wakes that they sent.
    pub(crate) fn take_in_news(&self) {
        if self.is_recorded() {
            self.core.take_in_news();
        }
    }

    pub(super) fn caused_by(&self, origin: &Origin) {
        if self.is_recorded() {
            self.core.recorder().caused_by(origin);
        }
    }

    /// The wakes that the reactor hands out have their causes in the same order.
    pub(super) fn caused_by_nth(&self, index: usize) {
        if self.is_recorded() {
            self.core.recorder().wakes_next(index);
        }
    }

    pub(super) fn record_parked(&self, wait: Wait) {
        if self.is_recorded() {
            let until = match wait {
                Wait::No => ParkedUntil::Look,
                Wait::Until(deadline, _) => ParkedUntil::Deadline(deadline),
                Wait::ForEver => ParkedUntil::ForEver,
            };
            self.core.recorder().record(Event::Parked { until });
            self.core.recorder().flush();
        }
    }

    pub(super) fn record_unparked(&self) {
        if self.is_recorded() {
            let events = self.core.reactor.borrow().source_events();
            self.core.recorder().record(Event::Unparked { events });
        }
    }
}
