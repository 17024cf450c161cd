//! What the benchmark is made of; `main.rs` runs it and explains the method.
//!
//! In reading order:
//!
//! - [`rows`]: what is measured, in which unit, against whom, and what must hold.
//! - `workloads/`: the work itself, written once. [`on_buzzer`], [`on_tokio`] and
//!   [`on_crates`] each compile it against their own names. [`on_bare`] is the echo
//!   server without a runtime.
//! - [`parts`]: what workloads have in common whatever they run on.
//! - [`setting`]: what a workload is given: its size, its files, its programs.
//! - [`load`]: the second process that a server is asked by, and what ours does.
//! - [`growth`]: the same operations with ever more of a kind alive, in a table of its own.
//! - [`measure`]: rounds, medians, ratios.
//! - [`report`]: the table and the line about the machine.
//!
//! To add a runtime: write its `on_….rs`, and give its [`Peer`] a
//! [`Rival`](rows::Rival). To add a row: append it to [`rows::Row`]; the compiler
//! then asks for its description and its workload.

pub mod growth;
pub mod load;
pub mod measure;
pub mod on_bare;
pub mod on_buzzer;
pub mod on_crates;
pub mod on_tokio;
pub mod parts;
pub mod report;
pub mod rows;
pub mod setting;

use std::path::Path;

use growth::Operation;
use rows::Row;
use setting::Setting;

/// One runtime under measurement, or what stands in for one.
#[derive(Debug)]
pub struct Peer {
    pub name: &'static str,
    /// Does a row's work once and returns what one operation took: nanoseconds
    /// or bytes, as [`Row`] says. Fails if the work was not done in full.
    pub run: fn(Row, &Setting) -> anyhow::Result<f64>,
    /// Nanoseconds that an operation takes with that many alive, done so many times with each.
    pub grow: fn(Operation, usize, usize) -> anyhow::Result<f64>,
    /// Keeps that many of a kind, and calls the observer before it makes the first
    /// and once all of them wait.
    pub hold: fn(&Held<'_>, usize, &mut dyn FnMut()) -> anyhow::Result<()>,
}

/// What the program `weigh` weighs.
#[derive(Clone, Copy, Debug)]
pub enum Held<'a> {
    /// Tasks that wait for nothing in particular.
    Waiters,
    /// Sleeping tasks.
    Sleepers,
    /// Idle connections, each with a task that waits for its first message. This
    /// program makes them.
    Connections(&'a Path),
}

/// The subject.
pub static BUZZER: Peer = on_buzzer::PEER;
pub static TOKIO: Peer = on_tokio::PEER;
/// Other locks and channels, on the subject.
pub static CRATES: Peer = on_crates::PEER;
pub static BARE: Peer = on_bare::PEER;
