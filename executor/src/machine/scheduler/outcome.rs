//! What handles ask of the table, and the shutdown.
//!
//! Owns the way out of a task's slot: by its handle, or all at once. `join.rs`
//! and `run.rs` use it.

use std::task::Waker;

use super::cell::OwnedTask;
use super::number::TaskNumber;
use super::schedule::Scheduler;
use super::slot::{Guest, Slot, State};
use super::table::Table;
use super::waker::is_ours;
use crate::record::event::WaitsOn;
use crate::record::ids::Id;

/// What a handle finds.
#[must_use]
pub(crate) enum Joined {
    /// Not ended: the waker waits for it.
    Waiting,
    /// Not ended, and the waker is another library's: look again with a clone of it.
    NeedsClone,
    /// Ended: take the output from it.
    Ended(OwnedTask),
    /// The runtime dropped it at shutdown.
    Gone,
}

impl Scheduler {
    /// The handle's look. If the task has not ended, `waker` waits for it. A clone of it
    /// is made here if it is ours; another library's is the program's code, so the clone
    /// is to be in `cloned`, or it is asked for. In its place is then the one that waited
    /// before, to be dropped outside the borrow.
    pub(super) fn join(
        &self,
        number: TaskNumber,
        id: Id,
        waker: &Waker,
        cloned: &mut Option<Waker>,
    ) -> Joined {
        let mut table = self.table.borrow_mut();
        let Some(slot) = table.task(number, id, self.running()) else {
            return Joined::Gone;
        };
        let is_done = slot.state == State::Done;
        let Guest::Task { task, join_waker } = &mut slot.guest else {
            unreachable!("handles are for tasks");
        };
        if !is_done {
            if cloned.is_none() {
                if !is_ours(waker) {
                    return Joined::NeedsClone;
                }
                *cloned = Some(waker.clone());
            }
            std::mem::swap(join_waker, cloned);
            if self.recorder.is_on() {
                self.recorder.waits(WaitsOn::Handle(id));
            }
            return Joined::Waiting;
        }
        let ended = task.take().expect("a done task is in its slot");
        table.slots.vacate(number.index());
        Joined::Ended(ended)
    }

    /// The task, if it has ended: its handle takes it.
    #[inline]
    pub(super) fn take_ended(&self, number: TaskNumber, id: Id) -> Option<OwnedTask> {
        let mut table = self.table.borrow_mut();
        let slot = table.guest(number)?;
        let Guest::Task { task, .. } = &mut slot.guest else {
            return None;
        };
        if slot.state != State::Done || task.as_ref()?.header.id != id {
            return None;
        }
        let ended = task.take();
        // Its waker was taken at the end: said so, nothing is dropped here.
        std::mem::forget(table.slots.vacate(number.index()));
        ended
    }

    /// The handle is gone. What comes back is to be dropped: the task, if it had
    /// ended, and the waker that waited for it.
    pub(super) fn forget_handle(
        &self,
        number: TaskNumber,
        id: Id,
    ) -> (Option<OwnedTask>, Option<Waker>) {
        let mut table = self.table.borrow_mut();
        let Some(slot) = table.task(number, id, self.running()) else {
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
            table.slots.vacate(number.index());
        }
        (task, waker)
    }

    /// Marks a task for its end and queues it.
    pub(crate) fn abort(&self, number: TaskNumber, id: Id) {
        let mut table = self.table.borrow_mut();
        let table = &mut *table;
        if let Some(slot) = table.task(number, id, self.running())
            && slot.state != State::Done
        {
            slot.abort = true;
            let queued = slot.state == State::Waiting;
            if queued {
                slot.state = State::Queued;
                table.queue.push(number.index());
            }
            self.record_aborted(id, queued);
        }
    }

    pub(super) fn is_finished(&self, number: TaskNumber, id: Id) -> bool {
        let mut table = self.table.borrow_mut();
        let slot = table.task(number, id, self.running());
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
                    Some((task.header.sequence(), number))
                }
                _ => None,
            })
            .collect();
        left.sort_unstable_by_key(|&(sequence, _)| sequence);
        left.into_iter().map(|(_, number)| number).collect()
    }

    /// Removes one task at shutdown, for the caller to drop and to wake.
    pub(crate) fn remove(&self, number: TaskNumber) -> (Option<OwnedTask>, Option<Waker>) {
        let mut table = self.table.borrow_mut();
        if table.guest(number).is_none() {
            return (None, None);
        }
        match table.slots.vacate(number.index()) {
            Guest::Task { task, join_waker } => (task, join_waker),
            _ => unreachable!("only tasks are removed"),
        }
    }
}

impl Table {
    /// The slot of the task that `number` names, if it is the very one with this
    /// id. While it runs its box, and the id in it, is out of the slot (rule 2).
    fn task(&mut self, number: TaskNumber, id: Id, running: Option<Id>) -> Option<&mut Slot> {
        self.guest(number).filter(|slot| match &slot.guest {
            Guest::Task { task, .. } => {
                task.as_ref().map_or(running, |task| Some(task.header.id)) == Some(id)
            }
            _ => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::future::pending;
    use std::panic::Location;
    use std::pin::Pin;
    use std::rc::Rc;
    use std::task::{Context, Poll};

    use super::*;
    use crate::machine::scheduler::cell::Task;
    use crate::machine::scheduler::current;
    use crate::machine::scheduler::header::Header;
    use crate::machine::scheduler::join::JoinHandle;
    use crate::machine::scheduler::number::RuntimeId;
    use crate::machine::scheduler::queue::Order;
    use crate::machine::scheduler::run::spawn_on;
    use crate::machine::scheduler::schedule::{Finished, Next};
    use crate::machine::scheduler::slot::{Group, Woken};
    use crate::record::Recorder;
    use crate::record::event::Outcome;
    use crate::sys::recycled::Recycled;

    fn insert(scheduler: &Scheduler) -> (TaskNumber, Id) {
        let mut id = None;
        let inserted = scheduler.insert(false, |sequence| {
            let id = *id.insert(Id::of_runtime(0, sequence));
            let header = || Header::new(id, Location::caller(), None, None);
            Task::boxed(header, pending::<()>(), ())
        });
        let number = inserted.ok().expect("the scheduler is open");
        (number, id.expect("insert calls its closure"))
    }

    /// A scheduler, and the number of a task that has ended, just as many spawns
    /// ago as make the next guest of its slot look the same.
    fn wrapped() -> (Rc<Scheduler>, TaskNumber, Id) {
        let scheduler =
            Scheduler::new(RuntimeId::first(0), Recorder::of_nothing(0), 0, Order::Fifo);
        let (stale, id) = insert(&scheduler);
        let Some(Next::Poll(number, task)) = scheduler.next() else {
            panic!("the task is queued");
        };
        assert!(matches!(
            scheduler.finish(number, task),
            Finished::Unwanted(_)
        ));
        scheduler.table.borrow_mut().guests.skip((1 << 24) - 1);
        (scheduler, stale, id)
    }

    #[test]
    fn a_number_stale_for_a_whole_wrap_polls_a_later_task_once_and_aborts_it_not() {
        let (scheduler, stale, id) = wrapped();
        let (fresh, its_own) = insert(&scheduler);
        assert_eq!(fresh, stale, "they can't be told apart");
        let Some(Next::Poll(_, task)) = scheduler.next() else {
            panic!("the task is queued");
        };
        // While it is polled, and while it waits.
        scheduler.set_running(its_own, None);
        scheduler.abort(stale, id);
        assert!(scheduler.is_finished(stale, id) && !scheduler.is_finished(fresh, its_own));
        scheduler.set_idle(false);
        scheduler.suspend(fresh, Some(task));
        scheduler.abort(stale, id);
        assert!(scheduler.is_finished(stale, id) && !scheduler.is_finished(fresh, its_own));
        assert!(!scheduler.has_queued());
        assert!(matches!(scheduler.wake(stale), Woken::Done));
        assert!(matches!(scheduler.next(), Some(Next::Poll(..))));
    }

    #[test]
    fn a_number_stale_for_a_whole_wrap_leaves_a_group_alone() {
        let (scheduler, stale, id) = wrapped();
        let group = Group {
            parent: None,
            ready: VecDeque::new(),
        };
        let guest = Guest::Group(Recycled::new(|| group));
        let (index, generation) =
            scheduler
                .table
                .borrow_mut()
                .take_slot(guest, State::Waiting, false);
        assert_eq!(TaskNumber::new(0, generation, index), stale);
        assert!(matches!(scheduler.wake(stale), Woken::Done));
        scheduler.abort(stale, id);
        assert!(scheduler.next().is_none());
    }

    /// A runtime of this round of its number, in which the first task has ended with
    /// this output; and the task's handle.
    fn ended(id: RuntimeId, output: &'static str) -> (Rc<Scheduler>, JoinHandle<&'static str>) {
        let scheduler = Scheduler::new(id, Recorder::of_nothing(id.number()), 0, Order::Fifo);
        let handle = spawn_on(&scheduler, async move { output }, None);
        let Some(Next::Poll(number, mut task)) = scheduler.next() else {
            panic!("the task is queued");
        };
        let polled = task.poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(polled, Outcome::Ready);
        assert!(matches!(
            scheduler.finish(number, task),
            Finished::Kept(None)
        ));
        (scheduler, handle)
    }

    #[test]
    fn a_handle_that_is_stale_to_the_last_bit_takes_and_drops_no_later_output() {
        // A number that no runtime of another test has: it is never registered.
        let first = RuntimeId::first(16_383);
        let (gone, [mut awaited, dropped]) = {
            let (gone, handle) = ended(first, "old");
            let second = spawn_on(&gone, async { "old" }, None);
            (gone, [handle, second])
        };
        drop(gone);
        let (later, fresh) = ended(first.next(), "new");
        drop(spawn_on(&later, async { "new" }, None));
        assert_eq!(fresh.id(), awaited.id(), "number and id are the same");
        current::add(&later);
        assert!(awaited.is_finished());
        let polled = Pin::new(&mut awaited).poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Ready(Err(error)) if error.is_cancelled()));
        dropped.abort();
        drop(dropped);
        let mut fresh = fresh;
        let polled = Pin::new(&mut fresh).poll(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Ready(Ok("new"))));
        let Some(Next::Poll(..)) = later.next() else {
            panic!("the second task is there, and not aborted");
        };
        current::remove(&later);
    }

    #[test]
    fn a_handle_whose_slot_has_another_task_of_the_same_number_touches_only_its_own() {
        let (scheduler, stale, id) = wrapped();
        let (fresh, _) = insert(&scheduler);
        assert_eq!(fresh, stale, "they can't be told apart");
        let mut waker = Some(Waker::noop().clone());
        assert!(matches!(
            scheduler.join(stale, id, Waker::noop(), &mut waker),
            Joined::Gone
        ));
        assert!(waker.is_some());
        let (task, waker) = scheduler.forget_handle(stale, id);
        assert!(task.is_none() && waker.is_none());
        assert!(matches!(scheduler.next(), Some(Next::Poll(..))));
    }

    #[test]
    fn the_end_of_a_block_on_that_is_still_queued_leaves_it_there_once() {
        let scheduler =
            Scheduler::new(RuntimeId::first(0), Recorder::of_nothing(0), 0, Order::Fifo);
        scheduler.start_main();
        // As after a panic of another's: it never ran.
        scheduler.end_main();
        scheduler.start_main();
        let Some(Next::Main(number)) = scheduler.next() else {
            panic!("the main future is queued");
        };
        scheduler.suspend(number, None);
        assert!(scheduler.next().is_none(), "it was queued twice");
        scheduler.end_main();
        assert!(scheduler.next().is_none());
        // And one that ended while it ran is free for the next.
        scheduler.start_main();
        assert!(matches!(scheduler.next(), Some(Next::Main(_))));
        scheduler.end_main();
        scheduler.start_main();
        assert!(matches!(scheduler.next(), Some(Next::Main(_))));
        assert!(scheduler.next().is_none());
    }
}
