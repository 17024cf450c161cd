//! Random programs, run on buzzer and on tokio, and compared.
//!
//! ```text
//! cargo test -p buzzer-random-tests                           5,000 programs
//! cargo run --release -p buzzer-random-tests -- 10000000      as many as you like
//! cargo run --release -p buzzer-random-tests -- 1 --seed 17   this one
//! ```
//!
//! A program is a tree of steps (`program/`), of a seed. One interpreter (`interpreter/`),
//! compiled on either runtime by a manifest (`on_buzzer/`, `on_tokio/`), runs it with the
//! clock paused and writes down what happens. Where the runtimes differ, the program is
//! shrunk to the smallest that still shows it, and told with both accounts and with what
//! buzzer's recorder says. docs/testing/random.md has what that proves, and what it found.
//!
//! - `generate.rs`: which programs there are.
//! - `compare.rs`: what has to be the same.
//! - `search.rs`: seeds, shrinking, the report.

mod compare;
mod generate;
mod search;
#[path = "../../support/watch.rs"]
mod watch;

pub use compare::Stories;
pub use program::{Fault, Program};
pub use search::{Found, Search};
