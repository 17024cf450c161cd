//! Who runs next: the states of all tasks, and the run queue.
//!
//! Owns every move of a task from one state to another, except the way out, which is
//! in `outcome.rs`. What a slot holds is in `slot.rs`.
//! `run.rs` spawns and polls, `current.rs` brings the wakes, `group.rs` keeps
//! the children of gathers.
//!
//! # Rules
//!
//! 1. A slot's index is in the run queue exactly once while its state is
//!    [`State::Queued`], and never otherwise. Only the loop takes it out. From
//!    the shutdown on there is no loop, and the queue is void.
//! 2. While a task is polled its box is out of the slot ([`State::Running`]), so
//!    whatever the poll does to the table cannot reach the future itself.
//! 3. No code of the program (polls, drops, wakers) runs while the table is
//!    borrowed: methods hand out what has to be dropped or woken.
//!
//! The states and who takes each edge are drawn in DESIGN.md.

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeSet;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::Waker;

use super::cell::OwnedTask;
use super::number::{Guests, MAX_SLOTS, RuntimeId, TaskKey, TaskNumber};
use super::polls::Polls;
use super::queue::{Order, RunQueue};
use super::slot::{Guest, State, Woken};
use super::slots::Slots;
use super::table::Table;
use crate::record::Recorder;
use crate::record::event::WakeEffect;
use crate::record::ids::Id;
use crate::record::watch::Watch;

/// Slot 0 is the future given to `block_on`, which lives on the caller's stack.
pub(crate) const MAIN: usize = 0;

pub(crate) struct Scheduler {
    id: RuntimeId,
    /// The number in it, which every wake compares.
    runtime: u16,
    /// Here, since most of what is recorded happens here.
    pub(crate) recorder: Recorder,
    /// The runtime that this is a part of, for handles that are used on its thread.
    pub(crate) whole: OnceCell<Weak<dyn Any>>,
    /// What a watchdog looks at, if there is one.
    pub(crate) watch: OnceCell<Arc<Watch>>,
    /// What the dump tells of polls, if that is kept.
    pub(super) polls: OnceCell<Polls>,
    /// Whether polls go into a recording or are kept for the dump.
    pub(super) noted: Cell<bool>,
    /// Whether there is any of these: polls are told to all of them or to none.
    pub(super) observed: Cell<bool>,
    /// Tasks that panicked and whose handle has told nobody; only kept for tests.
    pub(super) untold_panics: RefCell<Option<BTreeSet<Id>>>,
    pub(super) table: RefCell<Table>,
    /// The task that is being polled, or whose future an abort or the shutdown
    /// drops. Set around each.
    running: Cell<Option<Id>>,
    /// Its name, if it has one. Touched only for tasks that do.
    running_name: RefCell<Option<Arc<String>>>,
}

/// What the loop polls next.
pub(crate) enum Next {
    Main(TaskNumber),
    Poll(TaskNumber, OwnedTask),
    /// Aborted: drop its future and finish it.
    Cancel(TaskNumber, OwnedTask),
}

/// What is left to do when a task has ended.
#[must_use]
pub(crate) enum Finished {
    /// The output waits for the handle, whose waker is to be woken.
    Kept(Option<Waker>),
    /// Nobody wants the output: drop the task.
    Unwanted(OwnedTask),
}

impl Scheduler {
    pub(crate) fn new(
        id: RuntimeId,
        recorder: Recorder,
        registered: u64,
        order: Order,
    ) -> Rc<Self> {
        recorder.polls_in(order.told());
        let mut table = Table {
            slots: Slots::new(),
            queue: RunQueue::new(order),
            guests: Guests::of_runtime(registered),
            spawned: 0,
            closed: false,
        };
        let (main, _) = table.take_slot(Guest::Main, State::Waiting, false);
        assert_eq!(main, MAIN, "the first slot of an empty table");
        Rc::new(Self {
            id,
            runtime: id.number(),
            recorder,
            whole: OnceCell::new(),
            watch: OnceCell::new(),
            polls: OnceCell::new(),
            noted: Cell::new(false),
            observed: Cell::new(false),
            untold_panics: RefCell::new(None),
            table: RefCell::new(table),
            running: Cell::new(None),
            running_name: RefCell::new(None),
        })
    }

    pub(crate) fn id(&self) -> RuntimeId {
        self.id
    }

    pub(crate) fn runtime(&self) -> u16 {
        self.runtime
    }

    /// Names a guest of this table to whoever keeps the name.
    pub(super) fn key(&self, number: TaskNumber) -> TaskKey {
        let runtime = self.id;
        TaskKey { number, runtime }
    }

    /// Queues a new task. `make` gets the task's sequence number.
    ///
    /// # Errors
    ///
    /// Gives the task back if the runtime is shutting down.
    pub(super) fn insert(
        &self,
        has_handle: bool,
        make: impl FnOnce(u64) -> OwnedTask,
    ) -> Result<TaskNumber, OwnedTask> {
        let mut table = self.table.borrow_mut();
        let task = make(table.spawned + 1);
        if table.closed {
            return Err(task);
        }
        table.spawned += 1;
        let task = Some(task);
        let join_waker = None;
        let guest = Guest::Task { task, join_waker };
        let (index, generation) = table.take_slot(guest, State::Queued, has_handle);
        table.queue.push(index);
        Ok(TaskNumber::new(self.runtime(), generation, index))
    }

    /// Queues the future of a new `block_on`, under a generation of its own, so
    /// that wakers of an earlier one do not reach it.
    pub(crate) fn start_main(&self) {
        let mut table = self.table.borrow_mut();
        let generation = table.guests.next();
        let main = &mut table.slots[MAIN];
        main.generation = generation;
        if main.state != State::Queued {
            main.state = State::Queued;
            table.queue.push(MAIN);
        }
    }

    /// The `block_on` has ended: its wakers are stale from here.
    pub(crate) fn end_main(&self) {
        let mut table = self.table.borrow_mut();
        let generation = table.guests.next();
        let main = &mut table.slots[MAIN];
        main.generation = generation;
        // A wake that came while it ran is void. Still queued it can only be
        // after a panic; the next turn then finds it and skips it.
        if main.state != State::Queued {
            main.state = State::Waiting;
        }
    }

    /// To be called before so many are inserted, while no borrow stands in the way of
    /// dropping what can't be.
    ///
    /// # Panics
    ///
    /// If all numbers are in use.
    #[track_caller]
    pub(super) fn check_room(&self, guests: usize) {
        assert!(
            self.table.borrow().slots.len() + guests <= MAX_SLOTS,
            "a runtime holds at most {MAX_SLOTS} tasks at a time: await some before spawning more"
        );
    }

    /// Whether a poll is due.
    pub(crate) fn has_queued(&self) -> bool {
        !self.table.borrow().queue.is_empty()
    }

    /// Takes the next slot from the run queue; it is Running from here.
    #[inline(always)]
    pub(crate) fn next(&self) -> Option<Next> {
        let mut table = self.table.borrow_mut();
        let index = table.queue.pop()?;
        let slot = &mut table.slots[index];
        debug_assert_eq!(slot.state, State::Queued, "rule 1");
        slot.state = State::Running;
        let number = TaskNumber::new(self.runtime(), slot.generation, index);
        match &mut slot.guest {
            Guest::Main => Some(Next::Main(number)),
            Guest::Task { task, .. } => {
                let task = task.take().expect("rule 2: a queued task is in its slot");
                Some(match slot.abort {
                    false => Next::Poll(number, task),
                    true => Next::Cancel(number, task),
                })
            }
            Guest::Child { .. } | Guest::Group(_) | Guest::Nobody { .. } => {
                unreachable!("only the main future and tasks are ever in the run queue")
            }
        }
    }

    /// After a poll that was pending: the task waits, or is queued again if it
    /// was woken or aborted meanwhile.
    // Always: as a call of its own it made a yield some 5 % slower.
    #[inline(always)]
    pub(crate) fn suspend(&self, number: TaskNumber, polled: Option<OwnedTask>) {
        let mut table = self.table.borrow_mut();
        let table = &mut *table;
        let slot = &mut table.slots[number.index()];
        if let Guest::Task { task, .. } = &mut slot.guest {
            // The slot is empty (rule 2): said so, nothing is dropped here.
            std::mem::forget(std::mem::replace(task, polled));
        }
        if slot.state == State::RunningWoken || slot.abort {
            slot.state = State::Queued;
            table.queue.push(number.index());
        } else {
            slot.state = State::Waiting;
        }
    }

    /// After the last poll.
    #[inline(always)]
    pub(crate) fn finish(&self, number: TaskNumber, ended: OwnedTask) -> Finished {
        let mut table = self.table.borrow_mut();
        let slot = &mut table.slots[number.index()];
        if !slot.has_handle {
            table.slots.vacate(number.index());
            return Finished::Unwanted(ended);
        }
        slot.state = State::Done;
        let Guest::Task { task, join_waker } = &mut slot.guest else {
            unreachable!("only tasks finish");
        };
        *task = Some(ended);
        Finished::Kept(join_waker.take())
    }

    #[inline]
    pub(super) fn wake(&self, number: TaskNumber) -> Woken {
        match self.recorder.is_on() {
            false => self.wake_in::<false>(number),
            true => self.wake_recorded(number),
        }
    }

    #[cold]
    #[inline(never)]
    fn wake_recorded(&self, number: TaskNumber) -> Woken {
        self.wake_in::<true>(number)
    }

    #[inline]
    fn wake_in<const RECORDED: bool>(&self, number: TaskNumber) -> Woken {
        let mut table = self.table.borrow_mut();
        let table = &mut *table;
        let index = number.index();
        let Some(slot) = table.slots.get_mut(index) else {
            return Woken::Done;
        };
        if slot.generation != number.generation() {
            return Woken::Done;
        }
        let effect = match slot.state {
            State::Waiting => match slot.guest {
                Guest::Main | Guest::Task { .. } => {
                    slot.state = State::Queued;
                    table.queue.push(index);
                    WakeEffect::Queued
                }
                Guest::Child { group, .. } => {
                    slot.state = State::Queued;
                    return table.child_ready(group, number);
                }
                // A group has no waker: a stale number that has met it by chance. Nobody has
                // no number.
                Guest::Group(_) | Guest::Nobody { .. } => WakeEffect::Nothing,
            },
            State::Running => {
                slot.state = State::RunningWoken;
                WakeEffect::AfterPoll
            }
            // Queued, woken, or done. By name the five would be a jump through a table.
            _ => WakeEffect::Nothing,
        };
        if RECORDED {
            self.record_woken(&table.slots[index], effect);
        }
        Woken::Done
    }

    /// Says whose code runs from here on, until [`set_idle`](Self::set_idle).
    #[inline]
    pub(super) fn set_running(&self, id: Id, name: Option<&Arc<String>>) {
        self.running.set(Some(id));
        if name.is_some() {
            self.running_name.replace(name.cloned());
        }
    }

    #[inline]
    pub(super) fn set_idle(&self, had_name: bool) {
        self.running.set(None);
        if had_name {
            self.running_name.take();
        }
    }

    /// The task whose code runs.
    pub(crate) fn running(&self) -> Option<Id> {
        self.running.get()
    }

    pub(crate) fn running_name(&self) -> Option<String> {
        self.running_name
            .borrow()
            .as_ref()
            .map(|name| String::clone(name))
    }
}
