//! What the loop says when it is stuck, or is asked whether it is.
//!
//! Owns when the deadlock report is made, when the signal that asks for a dump is
//! answered, and the loop's part of the watchdog: the loop knows when, an [`Observer`]
//! has the words. `mod.rs` calls it, and whatever ends a poll in the loop's stead: a panic
//! of the future of `block_on`, and the shutdown.

use super::Turning;
use crate::machine::core::{Core, OnDeadlock};
use crate::machine::reactor::Wait;
use crate::record::ids::Id;
use crate::record::watch::Watch;
use crate::sys::stderr::say;

/// Who looks at the machine from outside of it.
pub(crate) trait Observer {
    /// What everybody waits for, to be said to a person.
    fn waits(&self, core: &Core) -> String;

    /// A poll of `task` that was reported has ended.
    fn reported_poll_ended(&self, core: &Core, watch: &Watch, task: Id);
}

impl Turning<'_> {
    /// To be called before a sleep without a deadline. What it looks at, and what it
    /// can't know, is written at `Builder::on_deadlock`.
    ///
    /// # Panics
    ///
    /// If nothing can ever come, and the builder asked for a panic.
    #[track_caller]
    pub(crate) fn check_deadlock(&self) {
        let core = self.core;
        if core.on_deadlock == OnDeadlock::Sleep {
            return;
        }
        // Jobs before messages: the wakes of one that has ended are then sent.
        let may_come = !core.pool.is_quiet()
            || core.inject.has_sent()
            || core.reactor.borrow().waiting().next().is_some();
        let polls = Some(core.counters.polls.get());
        if may_come || core.reported_at.replace(polls) == polls {
            return;
        }
        let text = core.recorder().aside(|| {
            let text = format!(
                "a deadlock: every task waits, and nothing is armed that could wake one.\n{}",
                self.observer.waits(core)
            );
            if core.on_deadlock == OnDeadlock::Report {
                say(format_args!("{text}"));
            }
            text
        });
        // Out here, where it is told at the line that runs the loop.
        if core.on_deadlock == OnDeadlock::Panic {
            panic!("{text}");
        }
    }

    /// Answers the signal, if it has come.
    pub(crate) fn answer_dump(&self) {
        let asked = self.core.reactor.borrow_mut().dump_asked();
        if let Some(asked) = asked {
            if let Some(watch) = self.core.scheduler.watch.get() {
                watch.answers(asked);
            }
            let report = || say(format_args!("{}", self.observer.waits(self.core)));
            self.core.recorder().aside(report);
        }
    }

    /// Names those who had to wait for a poll that the watchdog has reported.
    pub(crate) fn after_poll(&self) {
        let core = self.core;
        if let Some(watch) = core.scheduler.watch.get()
            && let Some(task) = watch.was_reported()
        {
            self.report_victims(watch, task);
        }
    }

    #[cold]
    fn report_victims(&self, watch: &Watch, task: Id) {
        let core = self.core;
        // A look at who is ready by now. What it brings is reacted to at once, since
        // the next one writes over it. It fails where the next park fails, too.
        let looked = self.sleep_in_reactor(Wait::No);
        let report = || self.observer.reported_poll_ended(core, watch, task);
        core.recorder().aside(report);
        if looked.is_ok() {
            self.react();
        }
    }

    /// No task is polled until the next run phase.
    pub(crate) fn leave_tasks(&self) {
        if let Some(watch) = self.core.scheduler.watch.get() {
            watch.polls_end();
        }
    }
}
