//! Where one run takes place: its clock, its lines, and the log that becomes a
//! `Record`. The two programs (sync_run.rs, async_run.rs) are its only callers.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::path::Path;
use std::pin::pin;
use std::rc::Rc;
use std::time::{Duration, Instant};
use std::{io, mem, thread};

use crate::page::{Page, complain, printable};
use crate::record::{Entry, Lane, Record, State};
use crate::system;

/// What the time of a run is counted on.
pub enum Clock {
    Real(Instant),
    /// For the synchronous program with `--paused`: sleeping adds to it. (The
    /// asynchronous one needs no such thing: there the runtime has the clock.)
    Paused(Cell<Duration>),
    Runtime(buzzer::time::Instant),
}

pub struct Stage {
    page: Page,
    clock: Clock,
    lanes: RefCell<Vec<Lane>>,
    log: RefCell<Vec<Entry>>,
}

impl Stage {
    pub fn new(page: Page, clock: Clock) -> Stage {
        Stage {
            page,
            clock,
            lanes: RefCell::default(),
            log: RefCell::default(),
        }
    }

    pub fn now(&self) -> Duration {
        match &self.clock {
            Clock::Real(start) => start.elapsed(),
            Clock::Paused(now) => now.get(),
            Clock::Runtime(start) => start.elapsed(),
        }
    }

    /// Blocks the thread, as the synchronous program does.
    pub fn block(&self, time: Duration) {
        match &self.clock {
            Clock::Paused(now) => now.set(now.get() + time),
            Clock::Real(_) | Clock::Runtime(_) => thread::sleep(time),
        }
    }

    /// Prints a line of the program, after the time.
    pub fn say(&self, line: &str) -> io::Result<()> {
        let now = self.now().as_secs_f64();
        self.page.line(format_args!("{now:>7.2} s  {line}"))
    }

    /// A new piece of work, ready to begin.
    pub fn lane(&self, name: &str) -> usize {
        let mut lanes = self.lanes.borrow_mut();
        lanes.push(Lane {
            name: name.to_owned(),
            late: Duration::ZERO,
            failed: false,
        });
        let lane = lanes.len() - 1;
        drop(lanes);
        self.enter(lane, State::Queues);
        lane
    }

    pub fn enter(&self, lane: usize, state: State) {
        let at = self.now();
        self.log.borrow_mut().push(Entry { at, lane, state });
    }

    /// Notes that a timer of `lane` went off so long after it was due.
    pub fn was_late(&self, lane: usize, late: Duration) {
        let lane = &mut self.lanes.borrow_mut()[lane];
        lane.late = lane.late.max(late);
    }

    /// Says which file could not be read, and why. The run goes on without it.
    pub fn failed(&self, lane: usize, reason: &str) {
        complain(printable(reason.as_bytes()));
        self.lanes.borrow_mut()[lane].failed = true;
    }

    /// Runs `future` as `lane`, noting when it is polled and when it waits.
    pub async fn watch<F: Future>(self: Rc<Self>, lane: usize, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|cx| {
            self.enter(lane, State::Runs);
            let poll = future.as_mut().poll(cx);
            let next = if poll.is_ready() {
                State::Away
            } else {
                State::Waits
            };
            self.enter(lane, next);
            poll
        })
        .await
    }

    /// Ends the run; `kept` is for `Record::kept`.
    pub fn finish(&self, kept: Option<usize>) -> io::Result<Record> {
        Ok(Record {
            total: self.now(),
            lanes: mem::take(&mut self.lanes.borrow_mut()),
            log: mem::take(&mut self.log.borrow_mut()),
            threads: system::threads()?,
            pool_threads: 0,
            kept,
        })
    }
}

/// A path as text that does no harm to a terminal.
pub fn show_path(path: &Path) -> String {
    printable(path.as_os_str().as_encoded_bytes())
}
