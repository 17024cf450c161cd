//! What the loop says when it is stuck, or is asked whether it is.
//!
//! Owns the deadlock report, the answer to the signal that asks for a dump, and the
//! loop's part of the watchdog. `turn.rs` calls it, and whatever ends a poll in the
//! loop's stead: a panic of the future of `block_on`, and the shutdown.

use crate::machine::context::OnDeadlock;
use crate::machine::reactor::Wait;
use crate::machine::turn::Turning;
use crate::record::ids::Id;
use crate::record::watch::Watch;
use crate::sys::stderr::say;
use crate::trace::Dump;
use crate::trace::watchdog::victims;

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
                Dump::of(core)
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
            let report = || say(format_args!("{}", Dump::of(self.core)));
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
        let Some(watchdog) = self.watchdog else {
            return;
        };
        // A look at who is ready by now. What it brings is reacted to at once, since
        // the next one writes over it. It fails where the next park fails, too.
        let looked = self.sleep_in_reactor(Wait::No);
        let report = || watchdog.poll_ended(task, |held| victims::of(core, watch, task, held));
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

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    use crate::record::watch::Polled;
    use crate::runtime::{Builder, Runtime};

    /// With a watchdog that will not look.
    fn watched() -> Runtime {
        let mut builder = Builder::new_current_thread();
        builder.watchdog(Duration::from_secs(1_000_000));
        builder.build().unwrap()
    }

    #[test]
    fn nobody_is_polled_any_more_after_a_block_on_that_panicked() {
        let runtime = watched();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(async { panic!("burnt") });
        }));
        assert!(panicked.is_err());
        let watch = runtime.core.scheduler.watch.get().unwrap();
        assert_eq!(watch.look(), Polled::Nothing);
    }

    #[test]
    fn nobody_is_polled_any_more_when_the_shutdown_waits_for_jobs() {
        let runtime = watched();
        drop(runtime.spawn(pending::<()>()));
        runtime.drop_tasks();
        let watch = runtime.core.scheduler.watch.get().unwrap();
        assert_eq!(watch.look(), Polled::Nothing);
    }
}
