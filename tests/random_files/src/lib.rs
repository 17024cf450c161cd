//! Random sequences of file operations, on buzzer and on std, compared after each step.
//!
//! ```text
//! cargo test -p buzzer-random-files-tests                          the short form
//! cargo run --release -p buzzer-random-files-tests -- 200000       as many as you like
//! cargo run --release -p buzzer-random-files-tests -- 1 --seed 17  this one
//! cargo run --release -p buzzer-random-files-tests -- 200000 --on ext4
//! ```
//!
//! docs/testing/files.md has what that proves, and what it found.
//!
//! - `program.rs`, `places.rs`: what a program is, and the paths in it.
//! - `generate/`: which programs there are.
//! - `on_buzzer/`, `twin/`: what a step does on either side; what is promised of dropped
//!   operations is in `twin/`.
//! - `outcome.rs`, `run.rs`: what has to be the same.
//! - `search.rs`: seeds, shrinking, the report.
//! - `ground/`: the file systems.

#[path = "../../support/caught.rs"]
mod caught;
mod fault;
mod generate;
pub mod ground;
mod on_buzzer;
mod outcome;
mod places;
mod program;
mod run;
mod search;
mod tree;
mod twin;
#[path = "../../support/watch.rs"]
mod watch;

pub use fault::Fault;
pub use ground::Ground;
pub use program::Program;
pub use search::{Found, Search};
