//! What the scheduler tells the recorder, the watchdog and the dump.
//!
//! Owns the making of the scheduler's events. What begins with `observe` is called if
//! any of them is there, the rest while the recorder is on; kept out of the way of those who
//! read how a task is run.

use std::collections::BTreeSet;
use std::panic::Location;
use std::sync::Arc;

use super::inherited::Context;
use super::number::TaskNumber;
use super::polls::Polls;
use super::schedule::Scheduler;
use super::slot::{Guest, Slot, State};
use crate::record::event::{Cause, Event, Outcome, WakeEffect};
use crate::record::ids::Id;
use crate::record::watch::{About, Watch};

impl Scheduler {
    /// Whether there is a recording or a watchdog, or it is kept how often tasks are polled.
    #[inline]
    pub(crate) fn is_observed(&self) -> bool {
        self.observed.get()
    }

    /// From here on somebody wants to know.
    pub(crate) fn observe(&self, watch: Option<Arc<Watch>>, keep_polls: bool) {
        if keep_polls {
            self.polls.get_or_init(Polls::default);
        }
        if let Some(watch) = watch {
            let set = self.watch.set(watch);
            assert!(set.is_ok(), "a runtime has one watchdog");
        }
        let is_noted = self.recorder.is_on() || keep_polls;
        self.noted.set(is_noted);
        self.observed.set(is_noted || self.watch.get().is_some());
    }

    #[inline]
    pub(super) fn observe_poll_began(&self, task: Id, number: TaskNumber) {
        if let Some(watch) = self.watch.get() {
            watch.poll_begins(task);
        }
        if self.noted.get() {
            self.note_poll_began(task, number);
        }
    }

    #[inline]
    pub(super) fn observe_poll_ended(&self, task: Id, number: TaskNumber, outcome: Outcome) {
        if outcome != Outcome::Pending
            && let Some(watch) = self.watch.get()
        {
            watch.ended(task);
        }
        if outcome == Outcome::Panicked
            && !task.is_main()
            && let Some(untold) = &mut *self.untold_panics.borrow_mut()
        {
            untold.insert(task);
        }
        if self.noted.get() {
            self.note_poll_ended(task, number, outcome);
        }
    }

    /// From here on it is kept which tasks have panicked and told nobody.
    pub(crate) fn keep_untold_panics(&self) {
        self.untold_panics.replace(Some(BTreeSet::new()));
    }

    /// A handle has given the panic of this task.
    #[cold]
    pub(super) fn panic_told(&self, task: Id) {
        if let Some(untold) = &mut *self.untold_panics.borrow_mut() {
            untold.remove(&task);
        }
    }

    /// The tasks that have panicked and whose handles have told nobody.
    pub(crate) fn untold_panics(&self) -> Vec<Id> {
        let untold = self.untold_panics.borrow();
        untold.iter().flatten().copied().collect()
    }

    #[inline(never)]
    fn note_poll_began(&self, task: Id, number: TaskNumber) {
        if let Some(polls) = self.polls.get() {
            polls.poll_began(number);
        }
        if self.recorder.is_on() {
            self.recorder.set_cause(Cause::Task(task));
            self.recorder.record(Event::PollBegan { task });
        }
    }

    /// What follows from the end of a task is its doing, too: the cause stays.
    #[inline(never)]
    fn note_poll_ended(&self, task: Id, number: TaskNumber, outcome: Outcome) {
        if let Some(polls) = self.polls.get() {
            polls.poll_ended(number, self.recorder.now());
        }
        if !self.recorder.is_on() {
            return;
        }
        let requeued = outcome == Outcome::Pending && self.is_requeued(number);
        self.recorder.record(Event::PollEnded {
            task,
            outcome,
            requeued,
        });
    }

    /// The future of `block_on` is known by where that was called.
    pub(crate) fn observe_main_started(&self, at: &'static Location<'static>) {
        if let Some(watch) = self.watch.get() {
            let (name, at) = (None, Some(at));
            watch.add(self.recorder.main(), About { name, at });
        }
    }

    /// As `observe_poll_began`, of the future of `block_on`.
    pub(crate) fn observe_main_began(&self, number: TaskNumber) {
        self.observe_poll_began(self.recorder.main(), number);
    }

    /// As `observe_poll_ended`.
    pub(crate) fn observe_main_ended(&self, number: TaskNumber, outcome: Outcome) {
        self.observe_poll_ended(self.recorder.main(), number, outcome);
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
            Guest::Child { .. } | Guest::Group(_) | Guest::Nobody { .. } => None,
        }
    }

    /// Whether a task that was suspended just now has gone back to the run queue.
    fn is_requeued(&self, number: TaskNumber) -> bool {
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
    pub(super) fn observe_spawned(&self, number: TaskNumber) {
        if let Some(polls) = self.polls.get() {
            polls.spawned(number, self.recorder.now());
        }
        let table = self.table.borrow();
        let Guest::Task {
            task: Some(task), ..
        } = &table.slots[number.index()].guest
        else {
            return;
        };
        let header = &task.header;
        if let Some(watch) = self.watch.get() {
            let name = header.name().map(|name| String::clone(name));
            let at = Some(header.spawned_at);
            watch.add(header.id, About { name, at });
        }
        if self.recorder.is_on() {
            self.recorder.record(Event::Spawned {
                task: header.id,
                by: self.recorder.cause(),
                at: header.spawned_at,
                name: header.name().cloned(),
            });
            if let Some(context) = header.context() {
                let (task, context) = (header.id, context.clone());
                drop(table);
                self.tell_context(task, &context);
            }
        }
    }

    /// What is shown may be code of the program: nothing is borrowed.
    #[cold]
    fn tell_context(&self, task: Id, context: &Context) {
        if let Some(shown) = context.shown() {
            self.recorder.record(Event::InContext { task, shown });
        }
    }
}
