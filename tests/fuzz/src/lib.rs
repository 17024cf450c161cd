//! Harnesses: each takes any bytes, makes of them what comes from outside, and asserts.
//!
//! Owns the list of them. libFuzzer calls them from `fuzz/fuzz_targets/`, and
//! `tests/corpus.rs` with every file of the corpora; a harness panics where the library is
//! wrong, whatever the bytes are, and does nothing else that is seen.
//!
//! - `number.rs`: how a waker's number is packed
//! - `machine/`: a program of tasks, against a model of the loop
//! - `lines.rs`, `copies.rs` with `pipes.rs`: bytes that come and go in pieces (`pieces.rs`)
//! - `environment.rs`: what the variables hold
//! - `names.rs`: names with anything in them, in all that a run is shown as

#![allow(
    clippy::duplicate_mod,
    reason = "a private module's file is looked into by being a module here"
)]

pub mod copies;
pub mod environment;
pub mod lines;
pub mod machine;
pub mod names;
pub mod number;
mod pieces;
mod pipes;
#[allow(
    dead_code,
    reason = "files of the library, of which not all is asked for"
)]
mod sys;

/// What is called with bytes. It says whether these came to anything: some make no program,
/// or one of no steps.
pub type Harness = fn(&[u8]) -> bool;

/// Every harness, by the name that its target and its corpus have.
pub const ALL: [(&str, Harness); 6] = [
    ("copies", copies::run),
    ("environment", environment::run),
    ("lines", lines::run),
    ("machine", machine::run),
    ("names", names::run),
    ("number", number::run),
];
