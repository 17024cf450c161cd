//! The end of a machine.
//!
//! Owns the order in which what it holds ends. `runtime/` calls it, and waits for the jobs
//! that a thread has begun.

use super::Turning;
use crate::machine::panics::{contain, discard};
use crate::machine::scheduler::header::Header;
use crate::machine::scheduler::inject::{Message, Sent};
use crate::machine::scheduler::{current, live, run};
use crate::record::watch::Loop;

/// What the end drops next: code of the program, which may hold it up.
pub(crate) enum Drops<'a> {
    /// A task's future or output.
    Task(&'a Header),
    /// What another thread has sent.
    Sent,
    /// A job that no thread has begun.
    Job,
}

impl Turning<'_> {
    /// Drops the tasks and ends the intake, in an order that leaves nothing
    /// waiting: no more messages, then the tasks, then what had been sent, then
    /// the jobs not begun. To be called within the runtime.
    pub(crate) fn end(&self, next: impl Fn(Drops<'_>)) {
        let core = self.core;
        if let Some(watch) = core.scheduler.watch.get() {
            watch.set_loop(Loop::Ended);
        }
        let sent = live::close(&core.inject);
        run::drop_all(&core.scheduler, |task| next(Drops::Task(task)));
        self.leave_tasks();
        if !sent.is_empty() {
            next(Drops::Sent);
        }
        for Sent { message, from } in sent {
            self.caused_by(&from);
            if let Message::Run(run) = message {
                contain(run).unwrap_or_else(discard);
            }
        }
        core.pool.close(|| next(Drops::Job));
    }

    /// After the last of it.
    pub(crate) fn leave(&self) {
        self.take_in_news();
        current::remove(&self.core.scheduler);
    }
}
