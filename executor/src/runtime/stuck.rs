//! When a runtime is asked what it waits for, or finds that nothing can ever come.
//!
//! Owns the deadlock report and the answer to the signal that asks for a dump. Only
//! `turn.rs` calls it.

use super::turn::Turning;
use crate::context::OnDeadlock;
use crate::trace::{Dump, output};

impl Turning<'_> {
    /// To be called before a sleep without a deadline. What it looks at, and what it
    /// can't know, is written at `Builder::on_deadlock`.
    ///
    /// # Panics
    ///
    /// If nothing can ever come, and the builder asked for a panic.
    pub(super) fn check_deadlock(&self) {
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
        let text = format!(
            "a deadlock: every task waits, and nothing is armed that could wake one.\n{}",
            Dump::of(core)
        );
        match core.on_deadlock {
            OnDeadlock::Panic => panic!("{text}"),
            _ => output::say(format_args!("{text}")),
        }
    }

    /// Answers the signal, if it has come.
    pub(super) fn answer_dump(&self) {
        if self.core.reactor.borrow_mut().is_dump_asked() {
            output::say(format_args!("{}", Dump::of(self.core)));
        }
    }
}
