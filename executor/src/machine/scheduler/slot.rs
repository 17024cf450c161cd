//! A slot: its state, and its guest.
//!
//! Owns what a slot holds. `table.rs` has all slots of a runtime, and hands them out.

use std::collections::VecDeque;
use std::task::Waker;

use super::cell::OwnedTask;
use super::number::TaskNumber;
use crate::sys::recycled::Recycled;

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
    Group(Recycled<Group>),
    /// Vacant: the next such slot, see `slots.rs`.
    Nobody { next: u32 },
}

pub(super) struct Group {
    /// Whom to wake when a child is woken. Set by each poll of the group, taken
    /// by the first wake after it: the others find the parent woken already.
    pub(super) parent: Option<Waker>,
    /// The children that were woken, or taken in with the group and never polled: first in
    /// first out; some may be gone.
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
