//! The promise: a recording has each thing that happens in a runtime, in its order,
//! with its true cause; the same run gives the same recording; and its memory is
//! bounded.

mod causes;
mod kept;
mod kinds;
mod line;

#[path = "../support/asleep.rs"]
mod asleep;
#[path = "../support/on_drop.rs"]
mod on_drop;
#[path = "../support/polled.rs"]
mod polled;

use buzzer::runtime::{Builder, Runtime};
use buzzer::trace::Recording;

/// A runtime that records all of a test, on a clock that moves only when nothing else
/// can happen, and with one worker, so that it is known which one does a job.
fn recorded() -> Runtime {
    Builder::new_current_thread()
        .start_paused(true)
        .max_blocking_threads(1)
        .record(10_000)
        .build()
        .unwrap()
}

/// What is recorded of `test`, which is the main future.
fn recording_of<R>(test: impl Future<Output = R>) -> Recording {
    let runtime = recorded();
    runtime.block_on(test);
    runtime.recording()
}
