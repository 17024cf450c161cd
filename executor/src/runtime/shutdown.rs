//! The end of a runtime.
//!
//! Owns the order in which its parts end, and the telling of what holds that up: what
//! runs code of the program through `trace/overdue.rs`, the jobs by themselves.

use std::time::Duration;

use super::{Runtime, ShutdownTimeout};
use crate::machine::context;
use crate::machine::panics::{contain, discard};
use crate::machine::scheduler::inject::{Message, Sent};
use crate::machine::scheduler::{current, live, run};
use crate::record::watch::Loop;
use crate::sys::stderr::say;
use crate::trace::overdue::Step;

impl Runtime {
    /// Drops the runtime, but waits at most so long for blocking jobs.
    ///
    /// # Errors
    ///
    /// Names the jobs that still ran, by where they were spawned. Their threads
    /// go on until the jobs end or the process does.
    ///
    /// # Panics
    ///
    /// Never for the tasks' sake: a panic in a future's drop is contained.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Result<(), ShutdownTimeout> {
        self.drop_tasks();
        self.joined = true;
        self.join_pool(Some(timeout))
    }

    /// Drops the runtime without waiting for blocking jobs.
    pub fn shutdown_background(mut self) {
        self.drop_tasks();
        self.joined = true;
    }

    /// Drops the tasks and ends the intake, in an order that leaves nothing
    /// waiting: no more messages, then the tasks, then what had been sent, then
    /// the jobs not begun.
    pub(super) fn drop_tasks(&self) {
        let _entered = context::enter(&self.core);
        if let Some(watch) = self.core.scheduler.watch.get() {
            watch.set_loop(Loop::Ended);
        }
        let sent = live::close(&self.core.inject);
        run::drop_all(&self.core.scheduler, |task| {
            self.overdue.is_at(Step::Task {
                id: task.id,
                at: task.spawned_at,
                name: task.name.as_deref().cloned(),
            });
        });
        self.turning().leave_tasks();
        if !sent.is_empty() {
            self.overdue.is_at(Step::Sent);
        }
        for Sent { message, from } in sent {
            self.turning().caused_by(&from);
            if let Message::Run(run) = message {
                contain(run).unwrap_or_else(discard);
            }
        }
        self.core.pool.close(|| self.overdue.is_at(Step::Jobs));
        self.overdue.is_done();
        self.turning().take_in_news();
        current::remove(&self.core.scheduler);
    }

    /// What the jobs tell at their end has no turn left to be taken in.
    fn join_pool(&self, limit: Option<Duration>) -> Result<(), ShutdownTimeout> {
        let joined = self.core.pool.join(limit, &mut |held| {
            say(format_args!("the drop of a runtime waits: {held}"));
        });
        self.turning().take_in_news();
        joined
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if !self.joined {
            self.drop_tasks();
            // Without a limit it does not fail.
            let _ = self.join_pool(None);
        }
        if let Some(watchdog) = self.watchdog.take() {
            self.overdue.is_at(Step::Watchdog);
            drop(watchdog);
        }
        if self.outputs.are_any() {
            self.overdue.is_at(Step::Rest);
        }
    }
}
