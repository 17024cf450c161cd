//! Random conversations over sockets and pipes, with one end or both on buzzer, compared
//! with the same by plain blocking calls.
//!
//! ```text
//! cargo test -p buzzer-random-sockets                           2,000 scripts
//! cargo run --release -p buzzer-random-sockets -- 100000        as many as you like
//! cargo run --release -p buzzer-random-sockets -- 1 --seed 17   this one
//! ```
//!
//! A script says what two ends do, made from a seed. Its twin is run first: blocking calls
//! on threads, with no runtime. Then it is run with both ends on buzzer, and with either
//! alone. What each end does, and what it finds, is written down; where an account differs
//! from the twin's, the script is shrunk and told with both. docs/testing/sockets.md has
//! what that proves.
//!
//! - `talk.rs`, `plan.rs`: streams; what is drawn, and what it comes to
//! - `mail/`: datagrams; `door/`: listeners
//! - `generate.rs`: which scripts there are
//! - `ends.rs`, `conduct.rs`: two ends of a stream, and what they do phase by phase
//! - `by_blocking.rs`: an end by blocking calls; `on_buzzer/`: an end on buzzer
//! - `pattern.rs`, `system.rs`: bytes that tell their place; calls that std has not
//! - `search.rs`: seeds, shrinking, the report

mod by_blocking;
#[path = "../../support/caught.rs"]
mod caught;
mod conduct;
mod door;
mod ends;
mod generate;
mod mail;
mod on_buzzer;
mod pattern;
mod plan;
pub mod search;
mod system;
mod talk;
#[path = "../../support/watch.rs"]
mod watch;
