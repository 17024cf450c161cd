//! Who looks at a runtime: what the builder was told, and the making of it.
//!
//! Owns [`Observers`] and [`Outputs`]. `observe.rs` sets them, `builder.rs` makes a
//! runtime with them.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use crate::context::OnDeadlock;
use crate::environment::asked;
use crate::errors;
use crate::reactor::Reactor;
use crate::scheduler::schedule::Scheduler;
use crate::stderr::say;
use crate::sys::signal_kind::{SignalKind, why_refused};
use crate::trace::ledger::output::LedgerOutput;
use crate::trace::output::Output;
use crate::trace::watchdog::{Listener, Watchdog};

#[derive(Clone, Debug, Default)]
pub(super) struct Observers {
    pub(super) record: Option<usize>,
    pub(super) on_deadlock: OnDeadlock,
    pub(super) dump_on: Option<SignalKind>,
    pub(super) watchdog: Option<Duration>,
    pub(super) listener: Option<Listener>,
    pub(super) ledger: bool,
}

/// What is told at the runtime's end, in the order in which it is.
pub(super) struct Outputs {
    _trace: Option<Output>,
    pub(super) ledger: Option<LedgerOutput>,
}

impl Observers {
    /// What the program and the environment ask for. Begins to record.
    pub(super) fn outputs(&self, scheduler: &Rc<Scheduler>) -> Outputs {
        Outputs {
            _trace: Output::of(scheduler, self.record),
            ledger: LedgerOutput::of(scheduler, self.ledger),
        }
    }

    /// What the program asks for can fail the build, what the environment does can't.
    pub(super) fn start_watchdog(&self) -> io::Result<Option<Watchdog>> {
        let listener = || self.listener.clone().unwrap_or_else(Listener::stderr);
        if let Some(limit) = self.watchdog {
            return Watchdog::new(limit, listener()).map(Some);
        }
        let watchdog = asked()
            .watchdog
            .map(|limit| Watchdog::new(limit, listener()));
        Ok(watchdog.and_then(|made| made.inspect_err(|error| say(format_args!("{error}"))).ok()))
    }

    /// What the program asks for can fail the build, what the environment does can't.
    pub(super) fn catch_dump_signal(&self, reactor: &mut Reactor) -> io::Result<()> {
        let catch = |reactor: &mut Reactor, signal: SignalKind| {
            if let Some(why) = why_refused(signal) {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
            }
            reactor.dump_when(signal.0)
        };
        let named = |signal: SignalKind, error| {
            errors::named("can't catch", format_args!("{signal} for dumps"), error)
        };
        if let Some(signal) = self.dump_on {
            return catch(reactor, signal).map_err(|error| named(signal, error));
        }
        if let Some(signal) = asked().dump
            && let Err(error) = catch(reactor, signal)
        {
            say(format_args!("{}", named(signal, error)));
        }
        Ok(())
    }
}
