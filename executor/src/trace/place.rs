//! Where in executor/src an event happens.
//!
//! Owns the way from an event to the function that a reader should open. Used by the
//! views that show it.

use crate::record::event::{Event, Outcome, Phase, WaitsOn};

impl Event {
    /// The function that does it, as `file.rs: function` from executor/src.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::trace::{Event, Phase};
    /// assert_eq!(Event::Phase(Phase::Park).place(), "runtime/turn.rs: park");
    /// ```
    pub fn place(&self) -> &'static str {
        match self {
            Self::Turn { .. } => "runtime/turn.rs: turn",
            Self::Phase(Phase::Run) => "runtime/turn.rs: run",
            Self::Phase(Phase::Inject) => "runtime/turn.rs: inject",
            Self::Phase(Phase::Park) => "runtime/turn.rs: park",
            Self::Phase(Phase::React) => "runtime/turn.rs: react",
            Self::Phase(Phase::Expire) => "runtime/turn.rs: expire",
            Self::MainStarted { .. } => "runtime/mod.rs: block_on",
            Self::Spawned { .. } => "scheduler/schedule.rs: insert",
            Self::PollBegan { task } | Self::PollEnded { task, .. } if task.is_main() => {
                "runtime/turn.rs: poll_main"
            }
            Self::PollBegan { .. } => "scheduler/run.rs: poll",
            Self::PollEnded { outcome, .. } => match outcome {
                Outcome::Pending => "scheduler/schedule.rs: suspend",
                Outcome::Ready | Outcome::Panicked => "scheduler/schedule.rs: finish",
                Outcome::Cancelled => "scheduler/run.rs: cancel",
            },
            Self::Woken { .. } => "scheduler/schedule.rs: wake",
            Self::Aborted { .. } => "scheduler/outcome.rs: abort",
            Self::Waits { on, .. } => match on {
                WaitsOn::Timer(_) => "time/sleep.rs: poll_elapsed",
                WaitsOn::Source(..) => "reactor/readiness.rs: poll",
                WaitsOn::Handle(_) => "scheduler/join.rs: poll",
            },
            Self::WaitDropped { on } => match on {
                WaitsOn::Timer(_) => "time/sleep.rs: disarm",
                WaitsOn::Source(..) => "reactor/readiness.rs: forget",
                WaitsOn::Handle(_) => "scheduler/join.rs: drop",
            },
            Self::Parked { .. } | Self::Unparked { .. } => "reactor/mod.rs: sleep",
            Self::ClockJumped { .. } => "clock.rs: jump_to",
            Self::SourceRegistered { .. } => "reactor/mod.rs: register",
            Self::SourceReady { .. } => "reactor/readiness.rs: set",
            Self::SourceCleared { .. } => "reactor/readiness.rs: clear",
            Self::SourceClosed { .. } => "reactor/mod.rs: deregister",
            Self::TimerArmed { .. } => "timers.rs: arm",
            Self::TimerFired { .. } => "timers.rs: expire",
            Self::TimerDropped { .. } => "timers.rs: disarm",
            Self::JobQueued { .. } => "blocking.rs: submit",
            Self::JobStarted { .. } => "blocking.rs: work",
            Self::JobFinished { .. } => "scheduler/packet.rs: run",
            Self::JobCancelled { .. } => "scheduler/packet.rs: cancel",
            Self::FileOp { at_once: true, .. } => "fs/worker.rs: at_once",
            Self::FileOp { at_once: false, .. } => "fs/worker.rs: start",
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
