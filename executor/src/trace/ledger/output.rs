//! `BUZZER_LEDGER`: the ledger of any program, without a change to it.
//!
//! Owns the printing at a runtime's end.

use std::fmt;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::{Book, Ledger};
use crate::environment;
use crate::scheduler::schedule::Scheduler;
use crate::stderr::say;

/// Runtimes of this process whose ledgers are printed.
static RUNTIMES: AtomicU32 = AtomicU32::new(0);

/// The ledger of one runtime. Dropping it is its end; then it is printed, if the
/// environment asks for that.
pub(crate) struct LedgerOutput {
    scheduler: Rc<Scheduler>,
    book: Book,
    /// The how many-th it is in this process, if it is printed.
    printed: Option<u32>,
}

impl LedgerOutput {
    /// For a new runtime, if the program or the environment asks for it.
    pub(crate) fn of(scheduler: &Rc<Scheduler>, asked: bool) -> Option<Self> {
        let wish = environment::asked().ledger;
        (asked || wish).then(|| Self {
            scheduler: scheduler.clone(),
            book: Book::open(&scheduler.recorder),
            printed: wish.then(|| RUNTIMES.fetch_add(1, Relaxed) + 1),
        })
    }

    pub(crate) fn ledger(&self) -> Ledger {
        self.book.ledger(self.scheduler.recorder.now())
    }
}

impl Drop for LedgerOutput {
    fn drop(&mut self) {
        let Some(number) = self.printed else { return };
        let of = fmt::from_fn(|f| match number {
            1 if RUNTIMES.load(Relaxed) == 1 => Ok(()),
            number => write!(f, " of runtime {number}"),
        });
        let ledger = self.ledger();
        say(format_args!("the ledger{of}: {ledger}"));
    }
}
