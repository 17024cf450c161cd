//! A sitting: every row on every runtime, round by round, each measure in a process of its
//! own.
//!
//! A process of its own, since runtimes leave threads and warm memory behind, and one of them
//! may not run here at all. Round by round, since a shared machine's speed drifts: what is
//! measured within seconds drifts together.

use std::env;
use std::path::Path;
use std::process::Command;

use anyhow::Context;
use benches::measure::median;
use serde::{Deserialize, Serialize};

use crate::rows::Row;
use crate::runtimes::Runtime;

/// What came of a row.
#[derive(Debug)]
pub struct Outcome {
    pub row: Row,
    pub cells: Vec<(Runtime, Cell)>,
}

/// What a runtime did in a row.
#[derive(Clone, PartialEq, Debug)]
pub enum Cell {
    /// The median of its rounds, in nanoseconds.
    Figure(f64),
    /// It has no such thing.
    Lacks,
    /// It could not, and why.
    Failed(String),
}

/// What a process with one measure prints.
#[derive(Debug, Serialize, Deserialize)]
pub enum Measured {
    Figure(Option<f64>),
    Failed(String),
}

impl Cell {
    pub fn figure(&self) -> Option<f64> {
        match self {
            Self::Figure(figure) => Some(*figure),
            Self::Lacks | Self::Failed(_) => None,
        }
    }
}

impl Outcome {
    fn figure(&self, runtime: Runtime) -> Option<f64> {
        let cell = self.cells.iter().find(|(other, _)| *other == runtime);
        cell.and_then(|(_, cell)| cell.figure())
    }

    pub fn ours(&self) -> Option<f64> {
        self.figure(Runtime::Buzzer)
    }

    /// Without a runtime.
    pub fn limit(&self) -> Option<f64> {
        self.figure(Runtime::Bare)
    }

    /// The best of the others, but for monoio by io_uring: that is for information. Nor is
    /// the limit a peer.
    pub fn best(&self) -> Option<(Runtime, f64)> {
        use Runtime::{Bare, Buzzer, MonoioUring};
        let others = self.cells.iter().filter_map(|(runtime, cell)| {
            let counts = !matches!(runtime, Buzzer | MonoioUring | Bare);
            counts.then_some((*runtime, cell.figure()?))
        });
        others.min_by(|(_, one), (_, other)| one.total_cmp(other))
    }

    /// Ours through the best one's: below 1 buzzer leads.
    pub fn ratio(&self) -> Option<f64> {
        Some(self.ours()? / self.best()?.1)
    }

    /// Ours through what the same takes without a runtime.
    pub fn above_limit(&self) -> Option<f64> {
        Some(self.ours()? / self.limit()?)
    }
}

/// Measures one row, in `folder`. The first round is a warm-up and not counted. `look` is
/// called between two measures.
///
/// # Errors
///
/// If a process could not be started, or printed something else.
pub fn measure(
    row: Row,
    runtimes: &[Runtime],
    rounds: usize,
    shrink: usize,
    folder: &Path,
    mut look: impl FnMut(),
) -> anyhow::Result<Outcome> {
    let mut figures = vec![Vec::with_capacity(rounds); runtimes.len()];
    let mut others: Vec<Option<Cell>> = vec![None; runtimes.len()];
    for round in 0..=rounds {
        for (at, runtime) in runtimes.iter().enumerate() {
            if others[at].is_some() {
                continue;
            }
            look();
            match measure_apart(row, *runtime, shrink, folder)? {
                Measured::Figure(Some(figure)) if round > 0 => figures[at].push(figure),
                Measured::Figure(Some(_)) => {}
                Measured::Figure(None) => others[at] = Some(Cell::Lacks),
                Measured::Failed(why) => others[at] = Some(Cell::Failed(why)),
            }
        }
    }
    let cells = others.into_iter().zip(&mut figures);
    let cells = cells.map(|(other, figures)| match other {
        Some(cell) => cell,
        None => Cell::Figure(median(figures)),
    });
    Ok(Outcome {
        row,
        cells: runtimes.iter().copied().zip(cells).collect(),
    })
}

fn measure_apart(
    row: Row,
    runtime: Runtime,
    shrink: usize,
    folder: &Path,
) -> anyhow::Result<Measured> {
    let output = Command::new(env::current_exe()?)
        .args(["--apart", &runtime.name()])
        .args(["--rows", &row.name()])
        .args(["--shrink", &shrink.to_string()])
        .current_dir(folder)
        .output()
        .context("a process for one measure")?;
    if output.status.success() {
        return Ok(serde_json::from_slice(&output.stdout)?);
    }
    // A panic, or a signal.
    let said = String::from_utf8_lossy(&output.stderr);
    let why = said
        .lines()
        .find(|line| !line.trim().is_empty() && !line.starts_with("thread"));
    Ok(Measured::Failed(why.map_or_else(
        || output.status.to_string(),
        |why| why.trim().to_owned(),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_the_least_of_the_others_by_epoll() {
        let outcome = Outcome {
            row: Row::Spawn,
            cells: vec![
                (Runtime::Buzzer, Cell::Figure(40.0)),
                (Runtime::Tokio, Cell::Figure(120.0)),
                (Runtime::Monoio, Cell::Figure(32.0)),
                (Runtime::MonoioUring, Cell::Figure(20.0)),
                (Runtime::Glommio, Cell::Failed("no io_uring".to_owned())),
                (Runtime::Futures, Cell::Lacks),
                (Runtime::Bare, Cell::Figure(16.0)),
            ],
        };
        assert_eq!(outcome.best(), Some((Runtime::Monoio, 32.0)));
        assert_eq!(outcome.ratio(), Some(1.25));
        assert_eq!(outcome.above_limit(), Some(2.5));
    }

    #[test]
    fn without_a_peer_there_is_no_ratio() {
        let cells = vec![
            (Runtime::Buzzer, Cell::Figure(1.0)),
            (Runtime::Futures, Cell::Lacks),
        ];
        let row = Row::Arm;
        assert_eq!(Outcome { row, cells }.ratio(), None);
    }
}
