//! The table: every slot of a runtime, and the run queue beside them.
//!
//! Owns how a guest comes to its slot, and how it is found by its number. `schedule.rs` and
//! `outcome.rs` move tasks from state to state by the rules at the head of `schedule.rs`;
//! `group.rs` keeps children in it.

use std::mem;

use super::number::{Guests, TaskKey, TaskNumber};
use super::queue::RunQueue;
use super::slot::{Group, Guest, Slot, State, Woken};
use super::slots::Slots;

pub(super) struct Table {
    pub(super) slots: Slots,
    pub(super) queue: RunQueue,
    /// Gives generations.
    pub(super) guests: Guests,
    /// How many tasks there ever were: gives their ids.
    pub(super) spawned: u64,
    /// Set at shutdown: no task is taken in any more.
    pub(super) closed: bool,
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
        let (index, slot) = self.slots.take();
        slot.generation = generation;
        slot.state = state;
        slot.abort = false;
        slot.has_handle = has_handle;
        // What it replaces is nobody: said so, nothing is dropped here.
        mem::forget(mem::replace(&mut slot.guest, guest));
        (index, generation)
    }

    /// Gives a new child of `group` a slot.
    #[inline]
    pub(super) fn take_child(
        &mut self,
        group: TaskKey,
        position: usize,
        state: State,
    ) -> TaskNumber {
        let guest = Guest::Child {
            group: group.number.index() as u32,
            position: position as u32,
        };
        let (index, generation) = self.take_slot(guest, state, false);
        TaskNumber::new(group.runtime.number(), generation, index)
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
