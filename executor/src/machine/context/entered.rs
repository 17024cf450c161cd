//! Entering a runtime, and leaving it.
//!
//! Owns the guards that make a runtime the current one of its thread, and the rule that
//! one loop at a time runs on a thread. `runtime/` holds the guards.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::{CURRENT, Core, try_with};
use crate::machine::scheduler::current;
use crate::machine::scheduler::owner::{self, Owned};
use crate::machine::scheduler::schedule::Scheduler;
use crate::machine::scheduler::undropped::Undropped;

thread_local! {
    /// How many guards this thread has made that are not left: the level of the next.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// The guards that were dropped before others made after them, by level, and where
    /// the thread was before each. Those others still lead there, and go on from here.
    static LEFT_EARLY: RefCell<Undropped<Vec<(usize, Place)>>> =
        const { RefCell::new(Undropped::new(Vec::new())) };
    /// Whether a loop is running on this thread.
    static LOOPING: Cell<bool> = const { Cell::new(false) };
}

/// Which runtime a thread is in, if any.
#[derive(Default)]
struct Place {
    core: Option<Rc<Core>>,
    scheduler: Option<Rc<Scheduler>>,
}

impl Place {
    /// Goes there; gives back where the thread was.
    fn go(self) -> Self {
        let core = CURRENT.replace(Undropped::new(self.core));
        Self {
            core: Undropped::into_inner(core),
            scheduler: current::set_current(self.scheduler),
        }
    }
}

/// While it lives, its thread is in the runtime; then in the one before.
pub(crate) struct Entered {
    /// How many were entered before it.
    level: usize,
    before: Place,
}

/// Enters a runtime.
#[must_use]
pub(crate) fn enter(core: &Rc<Core>) -> Entered {
    let level = DEPTH.replace(DEPTH.get() + 1);
    let place = Place {
        core: Some(core.clone()),
        scheduler: Some(core.scheduler.clone()),
    };
    let before = place.go();
    Entered { level, before }
}

impl Entered {
    /// Whether the thread was in this runtime before.
    pub(crate) fn was_in(&self, core: &Rc<Core>) -> bool {
        let before = self.before.core.as_ref();
        before.is_some_and(|before| Rc::ptr_eq(before, core))
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut before = std::mem::take(&mut self.before);
        if self.level + 1 < DEPTH.get() {
            LEFT_EARLY.with_borrow_mut(|left| left.push((self.level, before)));
            assert!(
                std::thread::panicking(),
                "the guards of `Runtime::enter` were dropped in another order than the reverse \
                 of their making: drop the one made last first. Until then this thread stays in \
                 its runtime"
            );
            return;
        }
        let mut depth = self.level;
        while let Some(earlier) = depth.checked_sub(1).and_then(take_left_early) {
            before = earlier;
            depth -= 1;
        }
        DEPTH.set(depth);
        // What is left is dropped here, outside every borrow.
        drop(before.go());
    }
}

/// Where the thread was before the guard of this level, if that was dropped early.
fn take_left_early(level: usize) -> Option<Place> {
    LEFT_EARLY.with_borrow_mut(|left| {
        let at = left.iter().position(|&(early, _)| early == level)?;
        let (_, place) = left.swap_remove(at);
        if left.is_empty() {
            // Gives its memory back: nobody will at the thread's end.
            **left = Vec::new();
        }
        Some(place)
    })
}

/// To be called by the loop after code of the program ran.
///
/// # Panics
///
/// If that code entered another runtime and did not leave it. The loop could not
/// go on: what it wakes and takes in would go to the wrong runtime.
#[track_caller]
pub(crate) fn check_still_in(core: &Core) {
    let still = try_with(|current| std::ptr::eq(Rc::as_ptr(current), core));
    assert!(
        still == Some(true),
        "a guard of `Runtime::enter` was kept over an await: drop it before, since other \
         tasks run meanwhile and would find themselves in the wrong runtime"
    );
}

/// While it lives, no other loop may run on this thread.
pub(crate) struct Looping {
    /// Its polls say whose code runs.
    _owned: Owned,
}

/// # Panics
///
/// If a loop runs already.
#[track_caller]
pub(crate) fn start_loop(what: &str) -> Looping {
    assert!(
        !LOOPING.replace(true),
        "{what} was called from within a runtime: it would block the thread that drives the \
         tasks. Await the future instead, or hand the blocking work to `spawn_blocking`"
    );
    let _owned = owner::of_the_polled();
    Looping { _owned }
}

/// Whether a loop runs on this thread, and in a runtime.
pub(crate) fn is_in_loop() -> bool {
    LOOPING.get() && try_with(|_| ()).is_some()
}

impl Drop for Looping {
    fn drop(&mut self) {
        LOOPING.set(false);
    }
}
