//! `BUZZER_LEDGER`: the ledger of any program, without a change to it.
//!
//! Owns the printing at a runtime's end, or at that of its process if that is first.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicU32, Ordering::AcqRel, Ordering::Relaxed, Ordering::Release,
};
use std::time::Duration;

use super::{Book, Ledger, SharedBook};
use crate::environment;
use crate::scheduler::schedule::Scheduler;
use crate::stderr::{say, say_at_the_end};
use crate::trace::ending::{self, Still, Unfinished};

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
        if printed.is_first() {
            printed.print(&self.ledger(), say);
        }
        let printed: Arc<dyn Unfinished> = printed;
        ending::forget(&printed);
    }
}

/// A ledger on its way to stderr.
struct Printed {
    book: SharedBook,
    /// The how many-th it is in this process.
    number: u32,
    is_printed: AtomicBool,
}

impl Printed {
    fn new(book: SharedBook) -> Self {
        Self {
            book,
            number: RUNTIMES.fetch_add(1, Relaxed) + 1,
            is_printed: AtomicBool::new(false),
        }
    }

    /// Whether nobody has printed it, or is about to.
    fn is_first(&self) -> bool {
        !self.is_printed.swap(true, AcqRel)
    }

    fn print(&self, ledger: &Ledger, say: fn(fmt::Arguments<'_>)) {
        let of = fmt::from_fn(|f| match self.number {
            1 if RUNTIMES.load(Relaxed) == 1 => Ok(()),
            number => write!(f, " of runtime {number}"),
        });
        say(format_args!("the ledger{of}: {ledger}"));
    }
}

impl Unfinished for Printed {
    /// What is only printed can't be kept anywhere.
    fn keep(&self) -> Option<Duration> {
        None
    }

    fn go_on(&self) {
        self.is_printed.store(false, Release);
    }

    fn finish(&self) -> Box<dyn Still + '_> {
        let mut stopped = self.book.stop();
        if self.is_first() {
            self.print(&stopped.ledger(), say_at_the_end);
        }
        Box::new(stopped)
    }
}
