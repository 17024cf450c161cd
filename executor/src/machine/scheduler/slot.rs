//! The table: every slot of a runtime, its state, and its guest.
//!
//! Owns what a slot holds. `schedule.rs` and `outcome.rs` move tasks from state to
//! state by the rules at the head of `schedule.rs`; `group.rs` keeps children in it.

use std::collections::VecDeque;
use std::task::Waker;

use slab::Slab;

use super::cell::OwnedTask;
use super::number::{Guests, TaskNumber};
use super::queue::RunQueue;

pub(super) struct Table {
    pub(super) slots: Slab<Slot>,
    pub(super) queue: RunQueue,
    /// Gives generations.
    pub(super) guests: Guests,
    /// How many tasks there ever were: gives their ids.
    pub(super) spawned: u64,
    /// Set at shutdown: no task is taken in any more.
    pub(super) closed: bool,
}

pub(super) struct Slot {
    pub(super) generation: u32,
    pub(super) state: State,
    /// Whether `abort` was called; the task's next turn is then its last.
    pub(super) abort: bool,
    /// Whether a handle may still come for the output.
    pub(super) has_handle: bool,
    pub(super) guest: Guest,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// Polled, and not woken since. Can't be set while in the run queue.
    Waiting,
    /// In the run queue. Set by the spawn and by the first wake.
    Queued,
    /// Being polled. Set by the loop only.
    Running,
    /// Being polled, and woken meanwhile: queued again after the poll.
    RunningWoken,
    /// Ended; the output waits for its handle. No way leads out but the handle.
    Done,
}

pub(super) enum Guest {
    /// The future given to `block_on`.
    Main,
    Task {
        /// `None` while it is polled (rule 2).
        task: Option<OwnedTask>,
        /// Whom to wake at the end. Here and not in the box, since a task that
        /// is being polled may poll its own handle.
        join_waker: Option<Waker>,
    },
    /// One child of a group: a number of its own, but its future is polled by
    /// the future that owns the group. Never in the run queue.
    Child { group: u32, position: u32 },
    /// What several children share: see `group.rs`.
    Group(Box<Group>),
}

pub(super) struct Group {
    /// Whom to wake when a child is woken. Set by each poll of the group, taken
    /// by the first wake after it: the others find the parent woken already.
    pub(super) parent: Option<Waker>,
    /// The children that were woken, first in first out; some may be gone.
    pub(super) ready: VecDeque<TaskNumber>,
}

/// What a wake came to.
#[must_use]
pub(super) enum Woken {
    /// Queued, noted for after the poll, queued before, or gone: all is done.
    Done,
    /// A child went to its group's ready list, whose parent is now to be woken.
    Parent(Waker),
}

impl Table {
    /// Gives a new guest a slot.
    #[inline]
    pub(super) fn take_slot(
        &mut self,
        guest: Guest,
        state: State,
        has_handle: bool,
    ) -> (usize, u32) {
        let generation = self.guests.next();
        let entry = self.slots.vacant_entry();
        let index = entry.key();
        entry.insert(Slot {
            generation,
            state,
            abort: false,
            has_handle,
            guest,
        });
        (index, generation)
    }

    /// A child was woken: its group's next poll is to poll it.
    pub(super) fn child_ready(&mut self, group: u32, child: TaskNumber) -> Woken {
        let Guest::Group(group) = &mut self.slots[group as usize].guest else {
            unreachable!("a group outlives its children");
        };
        group.ready.push_back(child);
        match group.parent.take() {
            Some(parent) => Woken::Parent(parent),
            None => Woken::Done,
        }
    }

    /// The group that `number` names. Its slot is there until its owner drops it.
    pub(super) fn group(&mut self, number: TaskNumber) -> &mut Group {
        match &mut self.slots[number.index()].guest {
            Guest::Group(group) => group,
            _ => unreachable!("a group's slot is its own until it is dropped"),
        }
    }

    /// The slot that `number` names, if its guest is still there.
    pub(super) fn guest(&mut self, number: TaskNumber) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(number.index())?;
        (slot.generation == number.generation()).then_some(slot)
    }
}
