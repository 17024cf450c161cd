//! Random steps with timers, locks and channels, each against a model of a few lines.
//!
//! ```text
//! cargo test -p buzzer-random-models                          40,000 sequences
//! cargo run --release -p buzzer-random-models -- 10000000     as many as you like
//! cargo run --release -p buzzer-random-models -- 1 --seed 17  this one
//! ```
//!
//! Futures are polled by hand, one step at a time, and dropped at any point. After each step
//! the library and the model have to say the same: what came of it, and who was woken, in
//! which order. Where they differ, the sequence is shrunk, and told with both accounts.
//! docs/testing/small.md has what that proves.
//!
//! - `timers/`: sleeps, timeouts and intervals against a sorted list
//! - `sync/`: each lock and each channel against a model
//! - `search.rs`: seeds, shrinking, the report

#[path = "../../support/caught.rs"]
mod caught;
mod search;
mod sync;
mod timers;
#[path = "../../support/watch.rs"]
mod watch;

pub use search::{About, Fault, Found, Search};
