//! What the benchmark is made of; `main.rs` runs it and explains the method.
//!
//! In reading order:
//!
//! - [`rows`]: what is measured, in which unit, and what must hold.
//! - `workloads/`: the work itself, written once. [`on_buzzer`] and [`on_tokio`]
//!   each compile it against their own runtime's names.
//! - [`setting`]: what a workload is given: its size, its files.
//! - [`measure`]: rounds, medians, ratios.
//! - [`report`]: the table and the line about the machine.
//!
//! To add a runtime: write its `on_….rs` and append its [`Peer`] to [`PEERS`].
//! To add a row: append it to [`rows::Row`]; the compiler then asks for its
//! description and its workload.

pub mod measure;
pub mod on_buzzer;
pub mod on_tokio;
pub mod report;
pub mod rows;
pub mod setting;

use rows::Row;
use setting::Setting;

/// One runtime under measurement.
#[derive(Debug)]
pub struct Peer {
    pub name: &'static str,
    /// Does a row's work once and returns what one operation took: nanoseconds
    /// or bytes, as [`Row`] says. Fails if the work was not done in full.
    pub run: fn(Row, &Setting) -> anyhow::Result<f64>,
    /// Keeps that many tasks asleep, and calls the observer before the first
    /// is spawned and after the last has been polled once.
    pub hold_sleepers: fn(usize, &mut dyn FnMut()) -> anyhow::Result<()>,
}

/// The first is the subject, the second the one the bounds are stated against.
/// Every further one only adds its columns.
pub const PEERS: &[Peer] = &[on_buzzer::PEER, on_tokio::PEER];
