//! Whose code runs where no poll says so: a blocking job's, and that of what a task or
//! a job has left behind, while it is dropped.
//!
//! Owns the thread-local that [`task::id`](crate::task::id) looks at before it asks the
//! scheduler whom it polls. The two are apart, since the scheduler goes by whom it
//! polls, also while that task drops another's output.

use std::cell::RefCell;
use std::sync::Arc;

use super::undropped::Undropped;
use crate::record::ids::Id;

#[derive(Clone)]
struct Owner {
    id: Id,
    name: Option<Arc<String>>,
}

thread_local! {
    static OWNER: RefCell<Undropped<Option<Owner>>> =
        const { RefCell::new(Undropped::new(None)) };
}

/// While it lives, the code that runs is whose it says; then, whose it was before.
#[must_use]
pub(crate) struct Owned(Option<Owner>);

fn set(owner: Option<Owner>) -> Option<Owner> {
    Undropped::into_inner(OWNER.replace(Undropped::new(owner)))
}

/// From here on, the code is of the task or job `id`.
pub(crate) fn of(id: Id) -> Owned {
    of_named(id, None)
}

/// As [`of`], where the name is known.
pub(super) fn of_named(id: Id, name: Option<Arc<String>>) -> Owned {
    Owned(set(Some(Owner { id, name })))
}

/// From here on, the code is of whom the scheduler polls: a loop begins.
pub(crate) fn of_the_polled() -> Owned {
    Owned(set(None))
}

impl Drop for Owned {
    fn drop(&mut self) {
        set(self.0.take());
    }
}

/// Whose code runs, and what that is called; `None` if it is of whom the scheduler polls.
pub(crate) fn current() -> Option<(Id, Option<Arc<String>>)> {
    OWNER.with_borrow(|owner| owner.as_ref().map(|Owner { id, name }| (*id, name.clone())))
}
