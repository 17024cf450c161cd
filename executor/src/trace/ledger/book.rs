//! Who has the ledger: the loop alone, or who prints it in the loop's stead as well.
//!
//! Owns the sink of the recorder that keeps the accounts of one runtime. As with the ring
//! (`record/kept.rs`), accounts that are printed when the process ends are behind a lock,
//! and those that only the program asks for are not.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, PoisonError};

use super::Ledger;
use super::fold::Fold;
use crate::record::event::Record;
use crate::record::time::{Nanos, Reading};
use crate::record::{Known, Recorder, Sink};
use crate::sys::locks::{Mutex, MutexGuard};

/// Keeps the accounts of one runtime.
#[derive(Clone)]
pub(super) enum Book {
    Own(Rc<RefCell<Fold>>),
    Shared(SharedBook),
}

/// Accounts that any thread may look at.
#[derive(Clone)]
pub(super) struct SharedBook(Arc<Mutex<Open>>);

pub(super) struct Open {
    fold: Fold,
    /// How the clock went when the loop last slept.
    clock: Reading,
}

impl Book {
    /// Opens the accounts, and has all that happens from here on booked.
    pub(super) fn open(recorder: &Recorder, shared: bool) -> Self {
        let fold = Fold::new(recorder.main(), recorder.now());
        let book = match shared {
            false => Self::Own(Rc::new(RefCell::new(fold))),
            true => {
                let clock = recorder.clock();
                let open = Mutex::new(Open { fold, clock });
                Self::Shared(SharedBook(Arc::new(open)))
            }
        };
        recorder.add_sink(Box::new(book.clone()));
        book
    }

    /// What it came to until now.
    pub(super) fn ledger(&self, now: Nanos) -> Ledger {
        match self {
            Self::Own(fold) => fold.borrow_mut().ledger_at(now),
            Self::Shared(shared) => shared.lock().fold.ledger_at(now),
        }
    }
}

impl Sink for Book {
    #[inline]
    fn take(&mut self, record: &Record, _: &Known) {
        match self {
            Self::Own(fold) => fold.borrow_mut().fold(record),
            Self::Shared(shared) => shared.lock().fold.fold(record),
        }
    }

    fn flush(&mut self, clock: Reading) {
        if let Self::Shared(shared) = self {
            shared.lock().clock = clock;
        }
    }

    fn in_loop(&mut self, at: Nanos, in_loop: bool) {
        match self {
            Self::Own(fold) => fold.borrow_mut().loops(at, in_loop),
            Self::Shared(shared) => shared.lock().fold.loops(at, in_loop),
        }
    }

    fn keeps_time(&self) -> bool {
        true
    }

    fn recorded(&mut self, from: Nanos, until: Nanos) {
        match self {
            Self::Own(fold) => fold.borrow_mut().recorded(from, until),
            Self::Shared(shared) => shared.lock().fold.recorded(from, until),
        }
    }
}

impl SharedBook {
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// While the guard lives, the loop stands still where it would book something.
    pub(super) fn stop(&self) -> MutexGuard<'_, Open> {
        self.lock()
    }
}

impl Open {
    /// What it came to until now, as far as other threads can know the clock.
    pub(super) fn ledger(&mut self) -> Ledger {
        self.fold.ledger_at(self.clock.now())
    }
}
