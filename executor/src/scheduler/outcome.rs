//! What handles ask of the table, and the shutdown.
//!
//! Owns the way out of a task's slot: by its handle, or all at once. `join.rs`
//! and `run.rs` use it.

use std::task::Waker;

use super::cell::Task;
use super::number::TaskNumber;
use super::schedule::{Guest, Scheduler, Slot, State};

/// What a handle finds.
#[must_use]
pub(crate) enum Joined {
    /// Not ended; the waker that the new one replaced is to be dropped.
    Waiting { replaced: Option<Waker> },
    /// Ended: take the output from it.
    Ended(Box<Task>),
    /// The runtime dropped it at shutdown.
    Gone,
}

impl Scheduler {
    /// The handle's look: takes `waker` if the task has not ended. Else it stays
    /// with the caller, who drops it outside the borrow.
    pub(super) fn join(&self, number: TaskNumber, waker: &mut Option<Waker>) -> Joined {
        let mut table = self.table.borrow_mut();
        let Some(slot) = table.guest(number) else {
            return Joined::Gone;
        };
        let state = slot.state;
        let Guest::Task { task, join_waker } = &mut slot.guest else {
            unreachable!("handles are for tasks");
        };
        if state != State::Done {
            let replaced = std::mem::replace(join_waker, waker.take());
            return Joined::Waiting { replaced };
        }
        let ended = task.take().expect("a done task is in its slot");
        table.slots.remove(number.index());
        Joined::Ended(ended)
    }

    /// The handle is gone. What comes back is to be dropped: the task, if it had
    /// ended, and the waker that waited for it.
    pub(super) fn forget_handle(&self, number: TaskNumber) -> (Option<Box<Task>>, Option<Waker>) {
        let mut table = self.table.borrow_mut();
        let Some(slot) = table.guest(number) else {
            return (None, None);
        };
        slot.has_handle = false;
        let done = slot.state == State::Done;
        let Guest::Task { task, join_waker } = &mut slot.guest else {
            unreachable!("handles are for tasks");
        };
        let waker = join_waker.take();
        let task = if done { task.take() } else { None };
        if done {
            table.slots.remove(number.index());
        }
        (task, waker)
    }

    pub(super) fn is_finished(&self, number: TaskNumber) -> bool {
        let mut table = self.table.borrow_mut();
        let slot = table.guest(number);
        slot.is_none_or(|slot| slot.state == State::Done)
    }

    /// Tasks that have not ended, the future of `block_on` not counted.
    pub(crate) fn alive(&self) -> usize {
        let table = self.table.borrow();
        let is_alive =
            |slot: &&Slot| matches!(slot.guest, Guest::Task { .. }) && slot.state != State::Done;
        table
            .slots
            .iter()
            .map(|(_, slot)| slot)
            .filter(is_alive)
            .count()
    }

    /// Takes in no more tasks, and polls none: the run queue is void from here,
    /// so that the drops to come need not keep it in order.
    pub(crate) fn close(&self) {
        let mut table = self.table.borrow_mut();
        table.closed = true;
        table.queue.clear();
    }

    /// The tasks that are left, in the order of their spawns.
    pub(crate) fn remaining(&self) -> Vec<TaskNumber> {
        let table = self.table.borrow();
        let mut left: Vec<_> = table
            .slots
            .iter()
            .filter_map(|(index, slot)| match &slot.guest {
                Guest::Task {
                    task: Some(task), ..
                } => {
                    let number = TaskNumber::new(self.runtime(), slot.generation, index);
                    Some((task.header.sequence, number))
                }
                _ => None,
            })
            .collect();
        left.sort_unstable_by_key(|&(sequence, _)| sequence);
        left.into_iter().map(|(_, number)| number).collect()
    }

    /// Removes one task at shutdown, for the caller to drop and to wake.
    pub(crate) fn remove(&self, number: TaskNumber) -> (Option<Box<Task>>, Option<Waker>) {
        let mut table = self.table.borrow_mut();
        if table.guest(number).is_none() {
            return (None, None);
        }
        match table.slots.remove(number.index()).guest {
            Guest::Task { task, join_waker } => (task, join_waker),
            _ => unreachable!("only tasks are removed"),
        }
    }
}
