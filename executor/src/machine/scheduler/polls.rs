//! How often each task was polled, and when last: for the dump.
//!
//! Owns [`Polls`]. It lies beside the table, by the same indexes, and only where a dump
//! is asked for: elsewhere a task takes no byte and a poll no look at the clock for it.

use std::cell::RefCell;

use super::number::TaskNumber;
use crate::machine::clock::Nanos;

#[derive(Default)]
pub(super) struct Polls(RefCell<Vec<Polled>>);

/// What is kept of one slot's guest.
#[derive(Clone, Copy, Default)]
pub(crate) struct Polled {
    generation: u32,
    pub(crate) polls: u64,
    /// When the last poll ended, or the task was spawned.
    pub(crate) last: Nanos,
}

impl Polls {
    fn of<R>(&self, number: TaskNumber, f: impl FnOnce(&mut Polled) -> R) -> R {
        let mut all = self.0.borrow_mut();
        let index = number.index();
        if all.len() <= index {
            all.resize(index + 1, Polled::default());
        }
        let polled = &mut all[index];
        if polled.generation != number.generation() {
            *polled = Polled {
                generation: number.generation(),
                ..Polled::default()
            };
        }
        f(polled)
    }

    pub(super) fn spawned(&self, number: TaskNumber, now: Nanos) {
        self.of(number, |polled| polled.last = now);
    }

    pub(super) fn poll_began(&self, number: TaskNumber) {
        self.of(number, |polled| polled.polls += 1);
    }

    pub(super) fn poll_ended(&self, number: TaskNumber, now: Nanos) {
        self.of(number, |polled| polled.last = now);
    }

    pub(super) fn seen(&self, number: TaskNumber) -> Option<Polled> {
        let all = self.0.borrow();
        let polled = all.get(number.index())?;
        (polled.generation == number.generation()).then_some(*polled)
    }
}
