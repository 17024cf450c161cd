//! A task's memory: its header, and its future until there is an output.
//!
//! Owns the allocation that a task has, and says which futures get one of their
//! own. `run.rs` makes and polls cells, `schedule.rs` keeps them in their slots,
//! `join.rs` takes the output out. It catches every panic of the program's code that it
//! runs.
#![allow(unsafe_code)]

use std::any::TypeId;
use std::cell::UnsafeCell;
use std::mem::{forget, needs_drop, replace};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::error::JoinError;
use super::header::Header;
use super::inherited;
use super::owner;
use super::packet::Destination;
use crate::machine::panics::{contain, contain_drop, discard};
use crate::record::event::Outcome;
use crate::record::ids::Id;
use crate::sys::recycled::Recycled;

/// A task whose type of future is forgotten.
pub(crate) type Task = Cell<dyn Body>;

/// A task in its memory, which then serves the next of its size.
pub(crate) type OwnedTask = Recycled<Task>;

/// A future of more bytes than this gets a box of its own before it goes anywhere.
///
/// In a debug build each function that passes it on by value holds it in its frame
/// once more, and a megabyte of state would overflow the stack on its way to its
/// cell. And its box goes when it ends, while the cell stays until the handle has
/// taken the output: so no task keeps more than so many bytes for an output that
/// needs less. Most futures are smaller, and pay for one allocation.
const LARGE: usize = 256;

/// See [`LARGE`]. To be asked by whatever the program hands a future to, and in a
/// `const` block: a frame then has room for the way that is taken, and not for both.
pub(crate) const fn is_large<F>() -> bool {
    size_of::<F>() > LARGE
}

/// One task: what every task has, then what depends on its future's type.
pub(crate) struct Cell<B: ?Sized> {
    pub(crate) header: Header,
    /// Private to this file: see the pinning rule at [`Running`]. In an `UnsafeCell`, since a
    /// future may hold references into itself: a look at the header, by a reference to the
    /// whole, is to claim nothing of it.
    body: UnsafeCell<B>,
}

/// What the scheduler needs of a future whose type it does not know.
pub(crate) trait Body {
    /// Polls the future. Any outcome but Pending means that the future is dropped
    /// and its output (or what it panicked with) stored; it must not be polled
    /// again.
    fn poll(&mut self, id: Id, cx: &mut Context<'_>) -> Outcome;

    /// Drops the future and stores "cancelled", or the panic of that drop.
    fn cancel(&mut self, id: Id) -> Outcome;

    /// Shows who waits for the handle, if that may be on another thread.
    fn show_waiter(&mut self, look: &mut dyn FnMut(&Waker));

    /// Its own type.
    fn kind(&self) -> TypeId;
}

/// A future of a known type, and then its output.
///
/// The pinning rule: a `Running` is only ever made inside the memory of
/// [`Cell::boxed`], nothing outside this file can reach its fields, and nothing
/// in this file moves `Stage::Future`'s content: it is polled in place and
/// dropped in place by overwriting the stage.
struct Running<F: Future, D> {
    stage: Stage<F>,
    /// Where the output goes. Behind the stage, so that a task dropped unfinished,
    /// at shutdown, drops its future before a handle says "cancelled".
    destination: D,
}

enum Stage<F: Future> {
    /// From the spawn to the last poll.
    Future(F),
    /// From the last poll until the handle takes it or is dropped.
    Output(Result<F::Output, JoinError>),
    /// The future is gone and the output taken, or it went to the packet.
    Empty,
}

impl Task {
    /// A new task. Its future never moves again.
    #[inline]
    pub(crate) fn boxed<F, D>(
        header: impl FnOnce() -> Header,
        future: F,
        destination: D,
    ) -> OwnedTask
    where
        F: Future + 'static,
        D: Destination<F::Output> + 'static,
    {
        let cell = Recycled::new(|| {
            let stage = Stage::Future(future);
            let body = UnsafeCell::new(Running { stage, destination });
            let header = header();
            Cell { header, body }
        });
        // SAFETY: it is the pointer that it gets.
        unsafe { cell.unsize::<Task>(|cell| cell) }
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Outcome {
        match self.header.context() {
            None => self.body.get_mut().poll(self.header.id, cx),
            Some(_) => self.poll_in_context(cx),
        }
    }

    #[cold]
    fn poll_in_context(&mut self, cx: &mut Context<'_>) -> Outcome {
        let _entered = inherited::enter(self.header.context().cloned());
        self.body.get_mut().poll(self.header.id, cx)
    }

    pub(crate) fn cancel(&mut self) -> Outcome {
        let _entered = inherited::enter(self.header.context().cloned());
        self.body.get_mut().cancel(self.header.id)
    }

    pub(crate) fn show_waiter(&mut self, look: &mut dyn FnMut(&Waker)) {
        self.body.get_mut().show_waiter(look);
    }
}

/// The output of a task that has ended and whose future is an `F`. Of the program's nothing
/// else is left in the cell but what it had from its spawner.
#[inline]
pub(crate) fn into_output<F: Future + 'static>(
    mut task: OwnedTask,
) -> Result<F::Output, JoinError> {
    let is_of_handle = task.body.get_mut().kind() == TypeId::of::<Running<F, ()>>();
    assert!(is_of_handle, "a handle has its task's output type");
    // SAFETY: that is the type of its body.
    let mut task = unsafe { task.cast::<Cell<Running<F, ()>>>() };
    if let Some(context) = task.header.take_context() {
        contain_drop(context).unwrap_or_else(discard);
    }
    match replace(&mut task.body.get_mut().stage, Stage::Empty) {
        Stage::Output(result) => result,
        Stage::Future(_) | Stage::Empty => unreachable!("an ended task has its output"),
    }
}

impl<F, D> Body for Running<F, D>
where
    F: Future + 'static,
    D: Destination<F::Output> + 'static,
{
    fn poll(&mut self, id: Id, cx: &mut Context<'_>) -> Outcome {
        let Stage::Future(future) = &mut self.stage else {
            unreachable!("the schedule polls no task that has ended");
        };
        // SAFETY: By the pinning rule at `Running`, the future sits in its
        // task's memory and is not moved from here until it is dropped in place.
        let future = unsafe { Pin::new_unchecked(future) };
        match contain(|| future.poll(cx)) {
            Ok(Poll::Pending) => Outcome::Pending,
            Ok(Poll::Ready(output)) => self.end(id, Ok(output), Outcome::Ready),
            Err(payload) => {
                let result = Err(JoinError::panic(id, payload));
                self.end(id, result, Outcome::Panicked)
            }
        }
    }

    fn cancel(&mut self, id: Id) -> Outcome {
        self.end(id, Err(JoinError::cancelled(id)), Outcome::Cancelled)
    }

    fn show_waiter(&mut self, look: &mut dyn FnMut(&Waker)) {
        self.destination.show_waiter(look);
    }

    fn kind(&self) -> TypeId {
        TypeId::of::<Self>()
    }
}

impl<F: Future, D: Destination<F::Output>> Running<F, D> {
    /// Drops the future, then publishes the result: whoever sees the output can
    /// rely on the future being gone. A panic of the drop becomes the result,
    /// unless the poll had panicked before.
    #[inline]
    fn end(
        &mut self,
        id: Id,
        mut result: Result<F::Output, JoinError>,
        mut outcome: Outcome,
    ) -> Outcome {
        // The overwritten future is dropped in place; if its drop panics, the
        // stage is `Empty` all the same.
        if const { needs_drop::<F>() }
            && let Err(payload) = contain(|| self.stage = Stage::Empty)
        {
            if outcome == Outcome::Panicked {
                discard(payload);
            } else {
                let unused = replace(&mut result, Err(JoinError::panic(id, payload)));
                contain_drop(unused).unwrap_or_else(discard);
                outcome = Outcome::Panicked;
            }
        }
        if let Some(kept) = self.destination.give(result) {
            // What it replaces is empty, or needs no drop: said so, nothing is dropped here.
            forget(replace(&mut self.stage, Stage::Output(kept)));
        }
        outcome
    }
}

/// Drops a task, as its own code: it has ended, or never came to run.
pub(super) fn drop_task(mut task: OwnedTask) {
    let _owned = owner::of_named(task.header.id, task.header.name().cloned());
    let context = task.header.take_context();
    inherited::end_with(context, || contain_drop(task).unwrap_or_else(discard));
}
