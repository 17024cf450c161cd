//! The interpreter on buzzer, which has the name of tokio here; and what buzzer tells of
//! itself.

#[path = "../interpreter/mod.rs"]
mod interpreter;
mod own;

pub use interpreter::run;

use program::{Fault, Program};
use tokio::runtime::Builder;

/// More than a program of this size makes.
const EVENTS: usize = 1 << 14;

/// What the runtime did in this program, by its own recorder.
pub fn story(program: &Program, fault: Fault) -> String {
    let mut builder = Builder::new_current_thread();
    let mut story = String::new();
    interpreter::run_on(builder.record(EVENTS), program, fault, |runtime| {
        story = runtime.recording().story().to_string();
    });
    story
}
