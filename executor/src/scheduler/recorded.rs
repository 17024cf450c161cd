//! What the scheduler tells the recorder.
//!
//! Owns the making of the scheduler's events. Called only while the recorder is on;
//! kept out of the way of those who read how a task is run.

use super::number::TaskNumber;
use super::schedule::Scheduler;
use super::slot::{Guest, Slot, State};
use crate::ids::Id;
use crate::record::event::{Cause, Event, Outcome, WakeEffect};

impl Scheduler {
    pub(super) fn record_poll_began(&self, task: Id) {
        self.recorder.set_cause(Cause::Task(task));
        self.recorder.record(Event::PollBegan { task });
    }

    /// What follows from the end of a task is its doing, too: the cause stays.
    pub(super) fn record_poll_ended(&self, task: Id, outcome: Outcome, requeued: bool) {
        self.recorder.record(Event::PollEnded {
            task,
            outcome,
            requeued,
        });
    }

    /// As the two above, of the future of `block_on`.
    pub(crate) fn record_main_began(&self) {
        self.record_poll_began(self.recorder.main());
    }

    pub(crate) fn record_main_ended(&self, outcome: Outcome, requeued: bool) {
        self.record_poll_ended(self.recorder.main(), outcome, requeued);
    }

    #[cold]
    pub(super) fn record_woken(&self, slot: &Slot, effect: WakeEffect) {
        if let Some(task) = self.id_of(slot) {
            let cause = self.recorder.cause();
            self.recorder.record(Event::Woken {
                task,
                cause,
                effect,
            });
        }
    }

    /// The id of the task in a slot. While it is polled its box is elsewhere (rule 2).
    fn id_of(&self, slot: &Slot) -> Option<Id> {
        match &slot.guest {
            Guest::Main => Some(self.recorder.main()),
            Guest::Task { task, .. } => match task {
                Some(task) => Some(task.header.id),
                None => self.running(),
            },
            Guest::Child { .. } | Guest::Group(_) => None,
        }
    }

    /// Whether a task that was suspended just now has gone back to the run queue.
    pub(crate) fn is_requeued(&self, number: TaskNumber) -> bool {
        self.table.borrow().slots[number.index()].state == State::Queued
    }

    pub(super) fn record_aborted(&self, task: Id, queued: bool) {
        if self.recorder.is_on() {
            let by = self.recorder.cause();
            self.recorder.record(Event::Aborted { task, by, queued });
        }
    }

    /// Whose slot it is, if what it holds has yet to end.
    pub(super) fn unended(&self, number: TaskNumber) -> Option<Id> {
        let table = self.table.borrow();
        let slot = table.slots.get(number.index())?;
        (slot.state != State::Done)
            .then(|| self.id_of(slot))
            .flatten()
    }

    #[cold]
    pub(super) fn record_spawned(&self, number: TaskNumber) {
        let table = self.table.borrow();
        if let Guest::Task {
            task: Some(task), ..
        } = &table.slots[number.index()].guest
        {
            self.recorder.record(Event::Spawned {
                task: task.header.id,
                by: self.recorder.cause(),
                at: task.header.spawned_at,
                name: task.header.name.clone(),
            });
        }
    }
}
