//! Which scheduler a number is woken on: this thread's, or another's by way of its
//! inject queue.
//!
//! Owns the thread-local that leads from a waker to its scheduler, and the fork
//! in the road of every wake: on the runtime's own thread straight into the
//! table, without an atomic operation; from any other through `inject.rs`.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::inject::Message;
use super::live;
use super::number::{RuntimeId, TaskKey, TaskNumber};
use super::schedule::Scheduler;
use super::slot::Woken;
use super::undropped::Undropped;
use crate::record::ids::Id;
use crate::sys::recycled;

thread_local! {
    /// The scheduler of the runtime that this thread is in. Borrowed only for
    /// calls that run no code of the program (rule 3).
    static CURRENT: RefCell<Undropped<Option<Rc<Scheduler>>>> =
        const { RefCell::new(Undropped::new(None)) };

    /// The schedulers of all runtimes of this thread, for handles that are used
    /// between two calls of `block_on`.
    static HERE: RefCell<Undropped<Vec<Weak<Scheduler>>>> =
        const { RefCell::new(Undropped::new(Vec::new())) };
}

/// Enters a new scheduler into this thread's list.
pub(crate) fn add(scheduler: &Rc<Scheduler>) {
    HERE.with_borrow_mut(|here| {
        if here.is_empty() {
            recycled::keep();
        }
        here.push(Rc::downgrade(scheduler));
    });
}

/// Takes it out, at the runtime's end.
pub(crate) fn remove(scheduler: &Rc<Scheduler>) {
    HERE.with_borrow_mut(|here| {
        here.retain(|other| !std::ptr::eq(other.as_ptr(), Rc::as_ptr(scheduler)));
        if here.is_empty() {
            // Gives its memory back: nobody will at the thread's end.
            **here = Vec::new();
            recycled::give_back();
        }
    });
}

/// Makes `scheduler` the current one of this thread; gives back the one before.
pub(crate) fn set_current(scheduler: Option<Rc<Scheduler>>) -> Option<Rc<Scheduler>> {
    Undropped::into_inner(CURRENT.replace(Undropped::new(scheduler)))
}

/// Calls `f` with this thread's current scheduler, if there is one.
#[inline]
pub(crate) fn with_current<R>(f: impl FnOnce(Option<&Rc<Scheduler>>) -> R) -> R {
    CURRENT.with_borrow(|current| f(current.as_ref()))
}

/// Calls `f` with the scheduler of `runtime`, if it belongs to this thread.
pub(crate) fn with_runtime<R>(runtime: RuntimeId, f: impl FnOnce(Option<&Scheduler>) -> R) -> R {
    CURRENT.with_borrow(|current| match &**current {
        Some(scheduler) if scheduler.id() == runtime => f(Some(scheduler)),
        _ => {
            let found = HERE.with_borrow(|here| {
                here.iter()
                    .filter_map(Weak::upgrade)
                    .find(|other| other.id() == runtime)
            });
            f(found.as_deref())
        }
    })
}

/// Wakes what `number` names, from any thread; a stale number is ignored.
#[inline]
pub(crate) fn wake(number: TaskNumber) {
    let here = with_current(|current| match current {
        Some(scheduler) if scheduler.runtime() == number.runtime() => Some(scheduler.wake(number)),
        _ => None,
    });
    match here {
        Some(Woken::Done) => {}
        Some(Woken::Parent(parent)) => parent.wake(),
        None => live::wake(number),
    }
}

/// Aborts the task that `key` and `id` name, from any thread.
pub(crate) fn abort(key: TaskKey, id: Id) {
    let here = with_current(|current| match current {
        Some(scheduler) if scheduler.id() == key.runtime => {
            scheduler.abort(key.number, id);
            true
        }
        _ => false,
    });
    if !here {
        // A runtime that is gone has dropped the task already.
        let _ = live::send_to(key.runtime, Message::Abort(key.number, id));
    }
}
