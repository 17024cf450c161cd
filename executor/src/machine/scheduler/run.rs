//! The life of a task: spawn, polls, end.
//!
//! Owns the steps between the slots of `schedule.rs` and the memory of
//! `cell.rs`. Programs and handles spawn through it; the loop polls through it.

use std::mem::ManuallyDrop;
use std::panic::Location;
use std::sync::Arc;
use std::task::Context;

use super::cell::{OwnedTask, Task, drop_task, is_large};
use super::current;
use super::header::Header;
use super::inherited;
use super::join::JoinHandle;
use super::number::TaskNumber;
use super::schedule::{Finished, Scheduler};
use super::waker::waker;
use super::whereabouts::no_runtime;
use crate::machine::budget;
use crate::machine::panics::{contain_drop, discard, wake_contained};
use crate::record::event::{Cause, Outcome};
use crate::record::ids::Id;

/// Spawns a task on the current runtime. It is queued behind the tasks that are
/// queued already, and runs although nobody awaits its handle.
///
/// # Panics
///
/// Outside a runtime.
///
/// # Examples
///
/// A task may hold what is not `Send`:
///
/// ```
/// use std::rc::Rc;
/// buzzer::block_on(async {
///     let shared = Rc::new(5);
///     let theirs = shared.clone();
///     let task = buzzer::spawn(async move { *theirs + 1 });
///     assert_eq!(task.await.unwrap() + *shared, 11);
/// });
/// ```
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    match const { is_large::<F>() } {
        true => spawn_named("spawn", Box::pin(future), None),
        false => spawn_named("spawn", future, None),
    }
}

/// As [`spawn`], of a future that is not large; `what` names the caller in the panic
/// outside a runtime.
#[track_caller]
pub(crate) fn spawn_named<F>(
    what: &str,
    future: F,
    name: Option<Arc<String>>,
) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    // Counted, so as not to borrow the thread-local meanwhile: during a shutdown
    // the future is dropped in `spawn_on`, and its drop may spawn.
    match current::with_current(|scheduler| scheduler.cloned()) {
        Some(scheduler) => spawn_on(&scheduler, future, name),
        None => no_runtime(what),
    }
}

/// Makes a task of `future` and queues it. On a runtime that is shutting down
/// the future is dropped at once and the handle says "cancelled".
#[track_caller]
pub(crate) fn spawn_on<F>(
    scheduler: &Scheduler,
    future: F,
    name: Option<Arc<String>>,
) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    scheduler.check_room(1);
    let spawned_at = Location::caller();
    let mut id = None;
    let inserted = scheduler.insert(true, |sequence| {
        let id = *id.insert(Id::of_runtime(scheduler.runtime(), sequence));
        let header = || Header::new(id, spawned_at, name, inherited::current());
        Task::boxed(header, future, ())
    });
    let id = id.expect("insert calls its closure");
    match inserted {
        Ok(number) => {
            if scheduler.is_observed() {
                scheduler.observe_spawned(number);
            }
            JoinHandle::of_task::<F>(scheduler.key(number), id)
        }
        Err(task) => {
            drop_task(task);
            JoinHandle::of_nothing(id)
        }
    }
}

/// One poll of a task, and what follows from it.
#[inline]
pub(crate) fn poll<const OBSERVED: bool>(
    scheduler: &Scheduler,
    number: TaskNumber,
    mut task: OwnedTask,
) {
    let id = task.header.id;
    if OBSERVED {
        scheduler.observe_poll_began(id, number);
    }
    scheduler.set_running(id, task.header.name());
    let refilled = budget::refill();
    // To drop it does nothing, which the compiler can't know.
    let waker = ManuallyDrop::new(waker(number));
    let outcome = task.poll(&mut Context::from_waker(&waker));
    drop(refilled);
    if outcome == Outcome::Pending {
        scheduler.set_idle(task.header.name().is_some());
        scheduler.suspend(number, Some(task));
        if OBSERVED {
            scheduler.observe_poll_ended(id, number, outcome);
        }
    } else {
        if OBSERVED {
            scheduler.observe_poll_ended(id, number, outcome);
        }
        finish(scheduler, number, task);
    }
}

/// The last turn of an aborted task: its future is dropped, here on the
/// runtime's thread.
pub(crate) fn cancel(scheduler: &Scheduler, number: TaskNumber, mut task: OwnedTask) {
    let id = task.header.id;
    let recorded = scheduler.is_observed();
    if recorded {
        scheduler.observe_poll_began(id, number);
    }
    scheduler.set_running(id, task.header.name());
    let outcome = task.cancel();
    if recorded {
        scheduler.observe_poll_ended(id, number, outcome);
    }
    finish(scheduler, number, task);
}

/// What it drops is still the task's own.
#[inline(always)]
fn finish(scheduler: &Scheduler, number: TaskNumber, task: OwnedTask) {
    let has_name = task.header.name().is_some();
    match scheduler.finish(number, task) {
        Finished::Kept(waker) => {
            scheduler.set_idle(has_name);
            if let Some(waker) = waker {
                wake_contained(waker);
            }
        }
        Finished::Unwanted(task) => {
            // The panic hook has reported a panic in here, and there is no handle
            // that could tell more.
            contain_drop(task).unwrap_or_else(discard);
            scheduler.set_idle(has_name);
        }
    }
}

/// Drops every task that is left, in the order of their spawns. What a drop
/// spawns meanwhile is refused; what it wakes or aborts no longer matters. `before` is
/// told of each.
pub(crate) fn drop_all(scheduler: &Scheduler, mut before: impl FnMut(&Header)) {
    scheduler.close();
    if scheduler.recorder.is_on() {
        scheduler.recorder.runtime_ends();
    }
    for number in scheduler.remaining() {
        let recorded = scheduler.is_observed();
        let unended = recorded.then(|| scheduler.unended(number)).flatten();
        match unended {
            Some(id) => scheduler.observe_poll_began(id, number),
            // What is dropped is an output, by nobody's doing.
            None => _ = scheduler.recorder.set_cause(Cause::Outside),
        }
        let (task, join_waker) = scheduler.remove(number);
        if let Some(task) = task {
            before(&task.header);
            drop_task(task);
        }
        if let Some(id) = unended {
            scheduler.observe_poll_ended(id, number, Outcome::Cancelled);
        }
        if let Some(waker) = join_waker {
            wake_contained(waker);
        }
    }
    scheduler.recorder.set_cause(Cause::Outside);
}
