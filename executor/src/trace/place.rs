//! Where in executor/src an event happens.
//!
//! Owns the way from an event to the function that a reader should open. Used by the
//! views that show it.

use crate::record::event::{Event, Outcome, Phase, SyncStep, WaitsOn};

impl Event {
    /// The function that does it, as `file.rs: function` from executor/src.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::trace::{Event, Phase};
    /// assert_eq!(Event::Phase(Phase::Park).place(), "machine/turn/mod.rs: park");
    /// ```
    pub fn place(&self) -> &'static str {
        match self {
            Self::Turn { .. } => "machine/turn/mod.rs: turn",
            Self::Phase(Phase::Run) => "machine/turn/mod.rs: run",
            Self::Phase(Phase::Inject) => "machine/turn/mod.rs: inject",
            Self::Phase(Phase::Park) => "machine/turn/mod.rs: park",
            Self::Phase(Phase::React) => "machine/turn/mod.rs: react",
            Self::Phase(Phase::Expire) => "machine/turn/mod.rs: expire",
            Self::MainStarted { .. } => "machine/turn/main.rs: block_on",
            Self::Spawned { .. } => "machine/scheduler/schedule.rs: insert",
            Self::PollBegan { task } | Self::PollEnded { task, .. } if task.is_main() => {
                "machine/turn/main.rs: poll_main"
            }
            Self::PollBegan { .. } => "machine/scheduler/run.rs: poll",
            Self::PollEnded { outcome, .. } => match outcome {
                Outcome::Pending => "machine/scheduler/schedule.rs: suspend",
                Outcome::Ready | Outcome::Panicked => "machine/scheduler/schedule.rs: finish",
                Outcome::Cancelled => "machine/scheduler/run.rs: cancel",
            },
            Self::Woken { .. } => "machine/scheduler/schedule.rs: wake",
            Self::Aborted { .. } => "machine/scheduler/outcome.rs: abort",
            Self::Waits { on, .. } => match on {
                WaitsOn::Timer(_) => "time/sleep.rs: poll_elapsed",
                WaitsOn::Source(..) => "machine/reactor/readiness/mod.rs: poll",
                WaitsOn::Handle(_) => "machine/scheduler/join.rs: poll",
                WaitsOn::Sync(_) => "sync/waiters.rs: enter",
            },
            Self::WaitDropped { on } => match on {
                WaitsOn::Timer(_) => "time/sleep.rs: disarm",
                WaitsOn::Source(..) => "machine/reactor/readiness/mod.rs: forget",
                WaitsOn::Handle(_) => "machine/scheduler/join.rs: drop",
                WaitsOn::Sync(_) => "sync/waiters.rs: leave",
            },
            Self::Parked { .. } | Self::Unparked { .. } => "machine/reactor/mod.rs: sleep",
            Self::ClockJumped { .. } => "machine/clock.rs: jump_to",
            Self::SourceRegistered { .. } => "machine/reactor/mod.rs: register",
            Self::SourceReady { .. } => "machine/reactor/readiness/mod.rs: set",
            Self::SourceCleared { .. } => "machine/reactor/readiness/mod.rs: clear",
            Self::SourceClosed { .. } => "machine/reactor/mod.rs: deregister",
            Self::TimerArmed { .. } => "machine/timers.rs: arm",
            Self::TimerFired { .. } => "machine/timers.rs: expire",
            Self::TimerDropped { .. } => "machine/timers.rs: disarm",
            Self::JobQueued { .. } => "machine/blocking/mod.rs: submit",
            Self::JobStarted { .. } => "machine/blocking/mod.rs: work",
            Self::JobFinished { .. } => "machine/scheduler/packet.rs: run",
            Self::JobCancelled { .. } => "machine/scheduler/packet.rs: cancel",
            Self::FileOp { at_once: true, .. } => "fs/worker.rs: at_once",
            Self::FileOp { at_once: false, .. } => "fs/worker.rs: start",
            Self::SyncMet { .. } => "sync/seen/mod.rs: enter",
            Self::SyncStepped { step, .. } => match step {
                SyncStep::Taken(_) => "sync/permits.rs: try_take",
                SyncStep::Given { .. } => "sync/permits.rs: give",
                SyncStep::Handed { .. } => "sync/waiters.rs: tell",
                SyncStep::ToldAll => "sync/waiters.rs: tell_all",
                SyncStep::Closed => "sync/permits.rs: close",
            },
            Self::InContext { .. } => "machine/scheduler/inherited.rs: current",
            Self::SyncGone { .. } => "sync/seen/mod.rs: drop",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Every place named above, read from this file's own text, so that none is left
    /// out.
    #[test]
    fn every_place_names_a_function_that_exists() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let (named, _) = include_str!("place.rs")
            .split_once("#[cfg(test)]")
            .expect("the tests are below");
        let places: Vec<_> = named
            .split('"')
            .skip(1)
            .step_by(2)
            .map(|place| place.split_once(".rs: ").expect(place))
            .collect();
        assert!(places.len() > 30, "only {places:?}");
        for (file, function) in places {
            let text = fs::read_to_string(source.join(format!("{file}.rs"))).expect(file);
            let defined = ["(", "<"].map(|next| format!("fn {function}{next}"));
            assert!(
                defined.iter().any(|definition| text.contains(definition)),
                "{file}.rs has no {function}"
            );
        }
    }
}
