//! Who looks at a runtime: what the builder was told, and the making of it.
//!
//! Owns [`Observers`], [`Outputs`] and [`Watching`]. `observe.rs` sets them, `builder.rs` makes a
//! runtime with them.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use crate::machine::core::{Core, OnDeadlock};
use crate::machine::reactor::Reactor;
use crate::machine::scheduler::schedule::Scheduler;
use crate::machine::turn::Observer;
use crate::record::ids::Id;
use crate::record::watch::Watch;
use crate::sync::seen::Looking;
use crate::sys::errors;
use crate::sys::signal_kind::{SignalKind, why_refused};
use crate::sys::stderr::say;
use crate::trace::Dump;
use crate::trace::environment::asked;
use crate::trace::ledger::output::LedgerOutput;
use crate::trace::output::Output;
use crate::trace::watchdog::{Listener, Watchdog, victims};

#[derive(Clone, Debug, Default)]
pub(super) struct Observers {
    pub(super) record: Option<usize>,
    pub(super) on_deadlock: OnDeadlock,
    pub(super) dump_on: Option<SignalKind>,
    pub(super) dump_waits: bool,
    pub(super) watchdog: Option<Duration>,
    pub(super) listener: Option<Listener>,
    pub(super) ledger: bool,
}

/// What is told at the runtime's end, in the order in which it is.
#[derive(Default)]
pub(super) struct Outputs {
    trace: Option<Output>,
    /// Whether the program may ask for a recording.
    is_kept: bool,
    pub(super) ledger: Option<LedgerOutput>,
}

/// What the loop asks of those who look at it.
pub(super) struct Watching {
    pub(super) watchdog: Option<Watchdog>,
    /// At locks and channels.
    pub(super) _looking: Option<Looking>,
}

impl Observer for Watching {
    fn waits(&self, core: &Core) -> String {
        Dump::of(core).to_string()
    }

    fn reported_poll_ended(&self, core: &Core, watch: &Watch, task: Id) {
        if let Some(watchdog) = &self.watchdog {
            watchdog.poll_ended(task, |held| victims::of(core, watch, task, held));
        }
    }
}

impl Outputs {
    /// Whether each event is told, or kept to be.
    pub(super) fn tell_all(&self) -> bool {
        self.is_kept || self.trace.is_some()
    }

    /// Whether there is anything to be told.
    pub(super) fn are_any(&self) -> bool {
        self.trace.is_some() || self.ledger.is_some()
    }
}

impl Observers {
    /// What the program and the environment ask for. Begins to record.
    pub(super) fn outputs(&self, scheduler: &Rc<Scheduler>) -> Outputs {
        if let Some(events) = self.record {
            scheduler.recorder.keep(events);
        }
        Outputs {
            is_kept: self.record.is_some(),
            trace: Output::of(scheduler, self.record),
            ledger: LedgerOutput::of(scheduler, self.ledger),
        }
    }

    /// A watchdog, if one is asked for, or somebody has to answer `signal` while the loop
    /// can't. What the program asks for can fail the build, what the environment does
    /// can't.
    pub(super) fn start_watchdog(
        &self,
        signal: Option<SignalKind>,
    ) -> io::Result<Option<Watchdog>> {
        let limit = self.watchdog.or_else(|| asked().watchdog);
        if limit.is_none() && signal.is_none() {
            return Ok(None);
        }
        let listener = self.listener.clone().unwrap_or_else(Listener::stderr);
        match Watchdog::new(limit, signal, listener) {
            Err(error) if self.watchdog.is_none() && self.dump_on.is_none() => {
                say(format_args!("{error}"));
                Ok(None)
            }
            made => made.map(Some),
        }
    }

    /// Which signal asks for dumps from here on. What the program asks for can fail the
    /// build, what the environment does can't.
    pub(super) fn catch_dump_signal(
        &self,
        reactor: &mut Reactor,
    ) -> io::Result<Option<SignalKind>> {
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
            catch(reactor, signal).map_err(|error| named(signal, error))?;
            return Ok(Some(signal));
        }
        let Some(signal) = asked().dump else {
            return Ok(None);
        };
        match catch(reactor, signal) {
            Ok(()) => Ok(Some(signal)),
            Err(error) => {
                say(format_args!("{}", named(signal, error)));
                Ok(None)
            }
        }
    }
}
