//! `BUZZER_LEDGER`: the ledger of any program, without a change to it.
//!
//! Owns the printing at a runtime's end, or at that of its process if that is first.

use std::fmt;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::{Book, Ledger, SharedBook};
use crate::machine::scheduler::schedule::Scheduler;
use crate::sys::locks::{Mutex, MutexGuard};
use crate::sys::stderr::say_at_the_end;
use crate::trace::ending::{self, Still, Unfinished};
use crate::trace::environment;

/// Runtimes of this process whose ledgers are printed.
static RUNTIMES: AtomicU32 = AtomicU32::new(0);

/// The ledger of one runtime. Dropping it is its end; then it is printed, if the
/// environment asks for that.
pub(crate) struct LedgerOutput {
    scheduler: Rc<Scheduler>,
    book: Book,
    printed: Option<Arc<Printed>>,
}

impl LedgerOutput {
    /// For a new runtime, if the program or the environment asks for it.
    pub(crate) fn of(scheduler: &Rc<Scheduler>, asked: bool) -> Option<Self> {
        let is_printed = environment::asked().ledger;
        (asked || is_printed).then(|| {
            let book = Book::open(&scheduler.recorder, is_printed);
            let printed = match &book {
                Book::Own(_) => None,
                Book::Shared(book) => {
                    let printed = Arc::new(Printed::new(book.clone()));
                    ending::watch_over(printed.clone());
                    Some(printed)
                }
            };
            Self {
                scheduler: scheduler.clone(),
                book,
                printed,
            }
        })
    }

    pub(crate) fn ledger(&self) -> Ledger {
        self.book.ledger(self.scheduler.recorder.now())
    }
}

impl Drop for LedgerOutput {
    fn drop(&mut self) {
        let Some(printed) = self.printed.take() else {
            return;
        };
        let mut is_printed = printed.is_printed();
        if !std::mem::replace(&mut *is_printed, true) {
            printed.print(&self.ledger());
        }
        drop(is_printed);
        let printed: Arc<dyn Unfinished> = printed;
        ending::forget(&printed);
    }
}

/// A ledger on its way to stderr.
struct Printed {
    book: SharedBook,
    /// The how many-th it is in this process.
    number: u32,
    /// Held while it is printed, also by its runtime: an exit waits for that. Taken
    /// before the book.
    is_printed: Mutex<bool>,
}

impl Printed {
    fn new(book: SharedBook) -> Self {
        Self {
            book,
            number: RUNTIMES.fetch_add(1, Relaxed) + 1,
            is_printed: Mutex::new(false),
        }
    }

    fn is_printed(&self) -> MutexGuard<'_, bool> {
        self.is_printed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// At a runtime's end too without std's lock: who exits on another thread may hold
    /// it, and wait for this.
    fn print(&self, ledger: &Ledger) {
        let of = fmt::from_fn(|f| match self.number {
            1 if RUNTIMES.load(Relaxed) == 1 => Ok(()),
            number => write!(f, " of runtime {number}"),
        });
        say_at_the_end(format_args!("the ledger{of}: {ledger}"));
    }
}

impl Unfinished for Printed {
    /// What is only printed can't be kept anywhere.
    fn keep(&self) -> Option<Duration> {
        None
    }

    fn go_on(&self) {
        *self.is_printed() = false;
    }

    fn finish(&self) -> Box<dyn Still + '_> {
        let mut is_printed = self.is_printed();
        let mut stopped = self.book.stop();
        if !std::mem::replace(&mut *is_printed, true) {
            self.print(&stopped.ledger());
        }
        Box::new(stopped)
    }
}
