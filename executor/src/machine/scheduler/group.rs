//! Children that share one task, each with a number of its own.
//!
//! Owns the ready list of a group: `gather`, `race` and `scope` poll a child
//! only when it was woken, and a child's wake costs O(1) without an allocation.
//! A child is a slot like a task's, but its waker leads to the group's ready
//! list, and from there to whoever polls the group.

use std::collections::VecDeque;
use std::task::{Context, Poll, ready};

use slab::Slab;

use super::current;
use super::inject::Message;
use super::live;
use super::number::{TaskKey, TaskNumber};
use super::schedule::Scheduler;
use super::slot::{Group, Guest, State};
use super::table::Table;
use super::waker::waker;
use super::whereabouts::{Since, elsewhere, no_runtime};
use crate::machine::budget;
use crate::sys::recycled::Recycled;

/// A group of children. Dropping it removes them from the runtime's table; the
/// children's futures belong to the group's owner.
pub(crate) struct Children {
    group: TaskKey,
    /// Those that have not ended, by position. A position is used again.
    numbers: Slab<TaskNumber>,
    /// Those that were added since the group's poll began: ready, but on no list that a
    /// wake could have put them on.
    fresh: VecDeque<TaskNumber>,
    /// How much of the ready list this poll still has to look at: what was there
    /// when it began.
    due: usize,
}

/// What became of a child's poll.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Child {
    Waits,
    Ended,
    /// The whole is decided: the others need not be polled any more.
    EndsAll,
}

impl Children {
    /// An empty group in the current runtime. `what` names it in the panic.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    #[track_caller]
    pub(crate) fn new(what: &str) -> Self {
        let group = current::with_current(|current| {
            current.map(|scheduler| {
                scheduler.check_room(1);
                let group = Guest::Group(Recycled::new(|| Group {
                    parent: None,
                    ready: VecDeque::new(),
                }));
                let mut table = scheduler.table.borrow_mut();
                let (index, generation) = table.take_slot(group, State::Waiting, false);
                scheduler.key(TaskNumber::new(scheduler.runtime(), generation, index))
            })
        });
        let Some(group) = group else {
            no_runtime(what);
        };
        Self {
            group,
            numbers: Slab::new(),
            fresh: VecDeque::new(),
            due: 0,
        }
    }

    /// As [`new`](Self::new), with so many children at the positions from zero on, each ready
    /// for its first poll.
    #[track_caller]
    pub(crate) fn of(what: &str, count: usize) -> Self {
        let mut children = Self::new(what);
        let (group, numbers) = (children.group, &mut children.numbers);
        with_scheduler(group, |scheduler| scheduler.check_room(count));
        with_table(group, |table| {
            numbers.reserve_exact(count);
            for position in 0..count {
                numbers.insert(table.take_child(group, position, State::Queued));
            }
            // No wake can have listed another: nobody has a waker yet.
            table.group(group.number).ready = numbers.iter().map(|(_, &child)| child).collect();
        });
        children
    }

    /// Adds a child, ready for its first poll; gives its position.
    #[track_caller]
    pub(crate) fn add(&mut self) -> usize {
        let (position, child) = self.take_in(State::Queued);
        self.fresh.push_back(child);
        position
    }

    /// Adds a child whose first poll is `wait`, which is pending; gives its position.
    #[track_caller]
    pub(crate) fn add_waiting(&mut self, wait: impl FnOnce(&mut Context<'_>)) -> usize {
        let (position, child) = self.take_in(State::Waiting);
        wait(&mut Context::from_waker(&waker(child)));
        position
    }

    #[track_caller]
    fn take_in(&mut self, state: State) -> (usize, TaskNumber) {
        let (group, position) = (self.group, self.numbers.vacant_key());
        with_scheduler(group, |scheduler| scheduler.check_room(1));
        let child = with_table(group, |table| table.take_child(group, position, state));
        (self.numbers.insert(child), child)
    }

    /// Polls the children that were woken, in the order of their wakes, through
    /// `poll_child`, which gets a child's position. Ready when all have ended,
    /// or when one ends all.
    #[track_caller]
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut poll_child: impl FnMut(usize, &mut Context<'_>) -> Child,
    ) -> Poll<()> {
        self.attend(cx);
        while !self.is_empty() {
            if ready!(self.poll_next(cx, &mut poll_child)) == Child::EndsAll {
                break;
            }
        }
        Poll::Ready(())
    }

    /// From here on a child's wake wakes the task of `cx`. To be called first in
    /// each poll, before the ready list is looked at.
    #[track_caller]
    pub(crate) fn attend(&mut self, cx: &mut Context<'_>) {
        // Cloned and dropped outside the table's borrow (rule 3).
        let parent = Some(cx.waker().clone());
        let before = with_table(self.group, |table| {
            let group = table.group(self.group.number);
            // Listed before those that this poll wakes: with the budget spent on children
            // that wake themselves each time, a new one would never have its first poll.
            group.ready.extend(self.fresh.drain(..));
            self.due = group.ready.len();
            std::mem::replace(&mut group.parent, parent)
        });
        drop(before);
    }

    /// What was woken by now is due, for one who looks without waiting: who was to be
    /// woken still is.
    #[track_caller]
    pub(crate) fn look(&mut self) {
        self.due = with_table(self.group, |table| {
            table.group(self.group.number).ready.len()
        });
    }

    /// Whether this thread is in the group's runtime.
    pub(crate) fn is_here(&self) -> bool {
        current::with_current(|current| {
            current.is_some_and(|scheduler| scheduler.id() == self.group.runtime)
        })
    }

    /// Ends a child that was found to have ended without a poll here.
    #[track_caller]
    pub(crate) fn end(&mut self, position: usize) {
        let child = self.numbers.remove(position);
        with_table(self.group, |table| table.slots.vacate(child.index()));
    }

    /// Whether all children have ended.
    pub(crate) fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Polls the child that was woken first, or else added first. Pending if none
    /// was before this poll of the group, or if the task's budget is spent.
    ///
    /// A child that is woken during this poll, by itself or by a sibling, has
    /// woken the parent with it and is for the next poll: so a child that yields
    /// lets the other tasks run.
    #[track_caller]
    pub(crate) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        poll_child: impl FnOnce(usize, &mut Context<'_>) -> Child,
    ) -> Poll<Child> {
        if self.due == 0 && self.fresh.is_empty() {
            return Poll::Pending;
        }
        ready!(budget::poll_proceed(cx));
        let Some((child, position)) = self.next_ready() else {
            return Poll::Pending;
        };
        let polled = poll_child(position, &mut Context::from_waker(&waker(child)));
        if polled == Child::Ended {
            self.numbers.remove(position);
            with_table(self.group, |table| table.slots.vacate(child.index()));
        }
        Poll::Ready(polled)
    }

    /// Takes the first child of the ready list that has not ended since, or else
    /// the first that was never polled.
    #[track_caller]
    fn next_ready(&mut self) -> Option<(TaskNumber, usize)> {
        let (group, due, fresh) = (self.group, &mut self.due, &mut self.fresh);
        with_table(group, |table| {
            loop {
                let child = if *due > 0 {
                    *due -= 1;
                    table.group(group.number).ready.pop_front()
                } else {
                    fresh.pop_front()
                }?;
                if let Some(slot) = table.guest(child)
                    && let Guest::Child { position, .. } = slot.guest
                {
                    // Before the poll, so that a wake during it lists it again.
                    slot.state = State::Waiting;
                    return Some((child, position as usize));
                }
            }
        })
    }
}

#[track_caller]
fn with_table<R>(group: TaskKey, f: impl FnOnce(&mut Table) -> R) -> R {
    with_scheduler(group, |scheduler| f(&mut scheduler.table.borrow_mut()))
}

#[track_caller]
fn with_scheduler<R>(group: TaskKey, f: impl FnOnce(&Scheduler) -> R) -> R {
    let here = current::with_current(|current| {
        let its = current.filter(|scheduler| scheduler.id() == group.runtime);
        its.map(|scheduler| f(scheduler))
    });
    match here {
        Some(result) => result,
        None => elsewhere(
            "a gather, race or scope",
            group.runtime,
            Since::ItsFirstPoll,
        ),
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        let group = self.group;
        let numbers = std::mem::take(&mut self.numbers);
        release(group, numbers);
    }
}

/// Frees the slots of a group and its children, from any thread.
fn release(group: TaskKey, children: Slab<TaskNumber>) {
    let released = current::with_runtime(group.runtime, |scheduler| {
        let Some(scheduler) = scheduler else {
            return Err(children);
        };
        let mut table = scheduler.table.borrow_mut();
        for (_, &child) in &children {
            if table.guest(child).is_some() {
                table.slots.vacate(child.index());
            }
        }
        let is_there = table.guest(group.number).is_some();
        Ok(is_there.then(|| table.slots.vacate(group.number.index())))
    });
    match released {
        // The parent's waker in it may be the program's (rule 3).
        Ok(group) => drop(group),
        Err(children) => {
            let forget = Message::Run(Box::new(move || release(group, children)));
            // A runtime that is gone took its table along.
            let _ = live::send_to(group.runtime, forget);
        }
    }
}
