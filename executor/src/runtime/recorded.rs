//! What the loop tells the recorder.
//!
//! Owns the making of the loop's events, and says whose doing each wake is. Only
//! `turn.rs` calls it; kept out of the way of those who read how a turn goes.

use std::io;

use super::turn::Turning;
use crate::context::Core;
use crate::reactor::Wait;
use crate::record::event::{Cause, Event, Outcome, ParkedUntil, Phase};
use crate::record::origin::Origin;
use crate::scheduler::number::TaskNumber;

/// A turn that is recorded. Between two turns nothing is the loop's doing.
pub(super) struct Turn<'a>(&'a Core);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.recorder().set_cause(Cause::Outside);
    }
}

/// A poll of the main future, which may panic through the loop.
pub(super) struct MainPoll<'a> {
    core: &'a Core,
    recorded: bool,
}

impl MainPoll<'_> {
    pub(super) fn end(mut self, ended: bool, number: TaskNumber) {
        if std::mem::take(&mut self.recorded) {
            let requeued = !ended && self.core.scheduler.is_requeued(number);
            let outcome = match ended {
                true => Outcome::Ready,
                false => Outcome::Pending,
            };
            self.core.scheduler.record_main_ended(outcome, requeued);
        }
    }
}

impl Drop for MainPoll<'_> {
    fn drop(&mut self) {
        if self.recorded {
            let scheduler = &self.core.scheduler;
            scheduler.record_main_ended(Outcome::Panicked, false);
        }
    }
}

impl Turning<'_> {
    pub(super) fn is_recorded(&self) -> bool {
        self.core.recorder().is_on()
    }

    pub(super) fn begin_turn(&self) -> Turn<'_> {
        if self.is_recorded() {
            let number = self.core.counters.turns.get();
            self.core.recorder().record(Event::Turn { number });
        }
        Turn(self.core)
    }

    /// The turn goes on to `phase`. What happens from here on is no task's doing
    /// until one is polled.
    pub(super) fn begin(&self, phase: Phase) {
        if self.is_recorded() {
            self.core.recorder().set_cause(Cause::Outside);
            self.core.recorder().record(Event::Phase(phase));
        }
    }

    pub(super) fn begin_main(&self) -> MainPoll<'_> {
        let recorded = self.is_recorded();
        if recorded {
            self.core.scheduler.record_main_began();
        }
        let core = self.core;
        MainPoll { core, recorded }
    }

    /// What jobs have told goes before the wakes that they sent.
    pub(super) fn take_in_news(&self) {
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

    /// The reactor's sleep, with its beginning and end.
    pub(super) fn sleep_in_reactor(&self, wait: Wait) -> io::Result<()> {
        if self.is_recorded() {
            let until = match wait {
                Wait::No => ParkedUntil::Look,
                Wait::Until(deadline, _) => ParkedUntil::Deadline(deadline),
                Wait::ForEver => ParkedUntil::ForEver,
            };
            self.core.recorder().record(Event::Parked { until });
            self.core.recorder().flush();
        }
        let slept = self.core.reactor.borrow_mut().sleep(wait);
        if self.is_recorded() {
            let events = self.core.reactor.borrow().source_events();
            self.core.recorder().record(Event::Unparked { events });
        }
        slept
    }
}
