//! The ledger: where the time of a run went, with nothing left over.
//!
//! Owns [`Ledger`]. `fold.rs` keeps the accounts while the program runs, `text.rs` prints
//! them, `output.rs` does so at the end of any program, without a change to it.

mod account;
mod book;
mod fold;
mod histogram;
pub(crate) mod output;
mod rows;
#[cfg(test)]
mod tests;
mod text;

use std::time::Duration;

pub use account::{Delays, TaskAccount, Wakes};
use book::{Book, SharedBook};

use crate::record::time::Nanos;

/// Where the time of a runtime went since it was made:
/// [`Runtime::ledger`](crate::runtime::Runtime::ledger). Printed, it is a table.
///
/// [`polling`](Self::polling), [`parked`](Self::parked), [`own`](Self::own),
/// [`outside`](Self::outside) and [`recording`](Self::recording) add up to
/// [`total`](Self::total) to the nanosecond. The time is that of the runtime's clock: on
/// the real one the time of the wall; a paused one passes only by jumps, which count as
/// parked, or as the poll that [`advance`](crate::time::advance)s it.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use buzzer::runtime::Builder;
///
/// let runtime = Builder::new_current_thread().ledger(true).start_paused(true).build()?;
/// let task = runtime.spawn(buzzer::time::sleep(Duration::from_secs(60)));
/// let id = task.id();
/// runtime.block_on(task).unwrap();
/// let ledger = runtime.ledger();
/// let own = ledger.own() + ledger.outside() + ledger.recording();
/// assert_eq!(ledger.polling() + ledger.parked() + own, ledger.total());
/// assert!(ledger.parked() >= Duration::from_secs(60)); // By a jump of the paused clock.
/// assert!(ledger.turns() >= 2);
/// assert_eq!(ledger.tasks().iter().filter(|task| task.id() == Some(id)).count(), 1);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Default, Debug)]
pub struct Ledger {
    total: Nanos,
    parked: Nanos,
    own: Nanos,
    outside: Nanos,
    recording: Nanos,
    turns: u64,
    tasks: Vec<TaskAccount>,
}

impl Ledger {
    /// From when the runtime was made until the ledger was asked for.
    pub fn total(&self) -> Duration {
        Duration::from_nanos(self.total)
    }

    /// Polling tasks, and dropping those that were aborted: the program's own code.
    pub fn polling(&self) -> Duration {
        self.tasks.iter().map(TaskAccount::time).sum()
    }

    /// Asleep, until there is something to do. To ask the kernel for events without a
    /// sleep is the runtime's [`own`](Self::own).
    pub fn parked(&self) -> Duration {
        Duration::from_nanos(self.parked)
    }

    /// The runtime's own work within its loop: the rest of `block_on` and
    /// [`turn`](crate::runtime::Runtime::turn).
    pub fn own(&self) -> Duration {
        Duration::from_nanos(self.own)
    }

    /// While neither `block_on` nor `turn` was under way. Tasks that are dropped with
    /// the runtime are [`polling`](Self::polling) still.
    pub fn outside(&self) -> Duration {
        Duration::from_nanos(self.outside)
    }

    /// What it took to watch the program otherwise: to keep a recording, to tell a story,
    /// to write the file of `BUZZER_TRACE`, and the reports of slow polls, of deadlocks and
    /// of what a signal has asked for. Zero if there was none of that: what the ledger
    /// itself takes, some 50 ns an event, counts as what it interrupts.
    pub fn recording(&self) -> Duration {
        Duration::from_nanos(self.recording)
    }

    /// How many turns the loop has begun.
    pub fn turns(&self) -> u64 {
        self.turns
    }

    /// The tasks, from the one with the most time to that with the least.
    ///
    /// Each live task has an account of its own, and so have the 1,024 ended ones with
    /// the most time; the others are merged by where they were spawned.
    pub fn tasks(&self) -> &[TaskAccount] {
        &self.tasks
    }
}
