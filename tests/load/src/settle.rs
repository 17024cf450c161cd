//! Turning until nothing can run.
//!
//! Owns that loop, for what drives a runtime from outside.

use std::time::Duration;

use buzzer::runtime::Runtime;

/// Turns until nothing is queued and nothing was sent. A paused clock stands still.
pub fn settle(runtime: &Runtime) {
    let polls = || runtime.turn(Some(Duration::ZERO)).unwrap().polls();
    // What a turn takes in, it queues for the next.
    while polls() > 0 || polls() > 0 {}
}
