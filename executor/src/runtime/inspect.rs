//! What a runtime tells of itself.
//!
//! Owns the methods of [`Runtime`] that look at it; what they give is made in
//! `trace/`.

use super::Runtime;
use crate::machine::scheduler::schedule::Scheduler;
use crate::trace::{Dump, Ledger, Recording};

impl Runtime {
    /// What every task waits for, now.
    ///
    /// From within a task [`trace::dump`](crate::trace::dump) gives the same, and a
    /// signal can ask a program from outside: see
    /// [`Builder::dump_on_signal`](super::Builder::dump_on_signal).
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::trace::WaitFor;
    /// let runtime = buzzer::runtime::Runtime::new()?;
    /// let task = runtime.spawn(async {
    ///     buzzer::time::sleep(std::time::Duration::from_secs(60)).await;
    /// });
    /// runtime.turn(Some(std::time::Duration::ZERO))?;
    /// let dump = runtime.dump();
    /// let waits = dump.task(task.id()).unwrap().waits();
    /// assert!(matches!(waits[0].on, WaitFor::Deadline { .. }));
    /// println!("{dump}");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn dump(&self) -> Dump {
        Dump::of(&self.core)
    }

    /// What was recorded so far; nothing unless
    /// [`Builder::record`](super::Builder::record) was called, or `BUZZER_TRACE` names a
    /// file ([`trace`](crate::trace)).
    pub fn recording(&self) -> Recording {
        self.core.take_in_news();
        Recording::of(self.core.recorder())
    }

    /// Where the time went since the runtime was made, until now; nothing unless
    /// [`Builder::ledger`](super::Builder::ledger) was called, or `BUZZER_LEDGER` is set.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .ledger(true)
    ///     .build()?;
    /// runtime.block_on(buzzer::time::sleep(std::time::Duration::from_millis(2)));
    /// let ledger = runtime.ledger();
    /// let of_the_loop = ledger.polling() + ledger.parked() + ledger.own();
    /// let rest = ledger.outside() + ledger.recording();
    /// assert_eq!(of_the_loop + rest, ledger.total());
    /// println!("{ledger}");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn ledger(&self) -> Ledger {
        let kept = self.outputs.ledger.as_ref();
        kept.map(|kept| kept.ledger()).unwrap_or_default()
    }

    /// For the tests of the pool.
    #[cfg(test)]
    pub(crate) fn core_pool(&self) -> std::sync::Arc<crate::machine::blocking::Pool> {
        self.core.pool.clone()
    }

    /// For `testing/`, which asks it for panics that nobody was told of.
    pub(crate) fn scheduler(&self) -> &Scheduler {
        &self.core.scheduler
    }
}
