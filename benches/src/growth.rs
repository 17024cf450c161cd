//! How it grows: what an operation costs, and what each thing takes of memory, with ever
//! more of them alive. A table of its own; `main.rs` prints it when asked with `--growth`.
//!
//! Each measure is a process of its own, since a million of something leave a process with
//! other memory than it began with. A column is a number of things alive. The last column is
//! the cost at the largest number through that at the smallest.

use std::env;
use std::process::Command;

use anyhow::{Context as _, ensure};
use clap::ValueEnum;
use comfy_table::{CellAlignment, Table, presets};
use rustix::process::{Resource, getrlimit};

use crate::measure::median;
use crate::rows::Unit;
use crate::setting::Setting;
use crate::{BUZZER, Peer, TOKIO};

/// How many are alive.
const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// What is done with each in all, so that a small number has as much to do as a large one.
const OPERATIONS: usize = 3_000_000;

/// Descriptors that are no sources.
const OTHERS: usize = 100;

/// What is done with many alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Operation {
    /// Spawn a trivial task, and await it
    Spawn,
    /// Wake a task, and poll it
    Wake,
    /// Arm a sleep, and have it fire
    Timer,
    /// Register a source, and poll a task when it becomes ready
    Source,
}

/// A line of the table.
#[derive(Clone, Copy, Debug)]
enum Line {
    Time(Operation),
    /// As the program `weigh` calls it.
    Bytes(&'static str),
}

const LINES: [Line; 7] = [
    Line::Time(Operation::Spawn),
    Line::Time(Operation::Wake),
    Line::Time(Operation::Timer),
    Line::Time(Operation::Source),
    Line::Bytes("waiters"),
    Line::Bytes("sleepers"),
    Line::Bytes("connections"),
];

impl Line {
    fn title(self) -> &'static str {
        match self {
            Self::Time(Operation::Spawn) => "spawn a task, await it",
            Self::Time(Operation::Wake) => "wake a task, poll it",
            Self::Time(Operation::Timer) => "arm a sleep, have it fire",
            Self::Time(Operation::Source) => "register a source, poll its task when ready",
            Self::Bytes("waiters") => "a task that waits",
            Self::Bytes("sleepers") => "a task that sleeps",
            Self::Bytes(_) => "an idle connection and its task",
        }
    }

    fn unit(self) -> Unit {
        match self {
            Self::Time(_) => Unit::Nanos,
            Self::Bytes(_) => Unit::Bytes,
        }
    }

    /// The numbers of them that this process may have, with the most as the last.
    fn sizes(self, shrink: usize) -> Vec<usize> {
        let needs_descriptors = matches!(
            self,
            Self::Time(Operation::Source) | Self::Bytes("connections")
        );
        let most = match getrlimit(Resource::Nofile).maximum {
            Some(most) if needs_descriptors => (most as usize).saturating_sub(OTHERS),
            _ => usize::MAX,
        };
        let mut sizes: Vec<_> = SIZES.map(|size| (size / shrink).min(most)).into();
        sizes.dedup();
        sizes
    }

    fn figure(self, peer: &Peer, alive: usize, setting: &Setting) -> anyhow::Result<f64> {
        match self {
            Self::Bytes(held) => Ok(setting.weigh(peer.name, held, alive)?.live),
            Self::Time(operation) => time_apart(operation, peer, alive, setting.shrink),
        }
    }
}

/// One operation's nanoseconds, measured in this process.
///
/// # Errors
///
/// If there is no such peer, or not all of the work was done.
pub fn time(operation: Operation, peer: &str, alive: usize, shrink: usize) -> anyhow::Result<f64> {
    let mut peers = [&BUZZER, &TOKIO].into_iter();
    let peer = peers.find(|known| known.name == peer);
    let operations = match operation {
        Operation::Spawn | Operation::Wake => OPERATIONS,
        // It waits between the two; and what is made for a source takes longer than it.
        Operation::Timer | Operation::Source => OPERATIONS / 10,
    };
    let passes = (operations / shrink / alive).max(3);
    (peer.context("there is no such peer")?.grow)(operation, alive, passes)
}

/// The same, in another process.
fn time_apart(
    operation: Operation,
    peer: &Peer,
    alive: usize,
    shrink: usize,
) -> anyhow::Result<f64> {
    let name = operation.to_possible_value();
    let name = name.map_or_else(String::new, |name| name.get_name().to_owned());
    let output = Command::new(env::current_exe()?)
        .args(["--grow", &name, "--of", peer.name])
        .args(["--alive", &alive.to_string()])
        .args(["--shrink", &shrink.to_string()])
        .output()?;
    ensure!(
        output.status.success(),
        "{name} of {alive} on {}: {}",
        peer.name,
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// Measures all of it, and gives the table.
///
/// # Errors
///
/// If a process fails.
pub fn table(rounds: usize, setting: &Setting) -> anyhow::Result<Table> {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let sizes = SIZES.map(|size| grouped(size / setting.shrink));
    let header = ["with so many alive", "on"].map(str::to_owned).into_iter();
    table.set_header(header.chain(sizes).chain(["growth".to_owned()]));
    for line in LINES {
        eprintln!("{}", line.title());
        for Grown { peer, figures } in measure(line, rounds, setting)? {
            let mut row = vec![line.title().to_owned(), peer.name.to_owned()];
            for (at, (alive, figure)) in figures.iter().enumerate() {
                let shown = line.unit().show(*figure);
                row.push(match *alive == SIZES[at] / setting.shrink {
                    true => shown,
                    // The most that there may be.
                    false => format!("{shown} ({})", grouped(*alive)),
                });
            }
            row.resize(2 + SIZES.len(), "-".to_owned());
            let (Some(first), Some(last)) = (figures.first(), figures.last()) else {
                continue;
            };
            row.push(format!("{:.2}", last.1 / first.1));
            table.add_row(row);
        }
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    Ok(table)
}

/// A line's figures on one runtime.
struct Grown {
    peer: &'static Peer,
    /// By the number alive.
    figures: Vec<(usize, f64)>,
}

/// The median of each number's rounds. The runtimes take turns.
fn measure(line: Line, rounds: usize, setting: &Setting) -> anyhow::Result<[Grown; 2]> {
    let mut grown = [&BUZZER, &TOKIO].map(|peer| Grown {
        peer,
        figures: Vec::new(),
    });
    // Bytes are the same each time.
    let rounds = match line {
        Line::Time(_) => rounds,
        Line::Bytes(_) => 1,
    };
    for alive in line.sizes(setting.shrink) {
        let mut figures = [Vec::new(), Vec::new()];
        for _ in 0..rounds {
            for (grown, figures) in grown.iter().zip(&mut figures) {
                figures.push(line.figure(grown.peer, alive, setting)?);
            }
        }
        for (grown, figures) in grown.iter_mut().zip(&mut figures) {
            grown.figures.push((alive, median(figures)));
        }
    }
    Ok(grown)
}

/// 1,000,000.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!(grouped(1_000_000), "1,000,000");
        assert_eq!(grouped(19_900), "19,900");
        assert_eq!(grouped(7), "7");
    }

    #[test]
    fn no_more_sources_are_asked_for_than_there_may_be_descriptors() {
        let most = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
        for size in Line::Time(Operation::Source).sizes(1) {
            assert!((size as u64) < most, "{size} of {most}");
        }
        assert_eq!(Line::Time(Operation::Spawn).sizes(1), SIZES);
    }
}
