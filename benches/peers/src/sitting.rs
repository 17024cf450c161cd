//! A sitting: every row on every runtime, round by round, each measure in a process of its
//! own.
//!
//! A process of its own, since runtimes leave threads and warm memory behind, and one of them
//! may not run here at all. Round by round, since a shared machine's speed drifts: what is
//! measured within seconds drifts together.

use std::env;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use benches::measure::median;
use buzzer::process::Command;
use buzzer::time::timeout;
use serde::{Deserialize, Serialize};

use crate::rows::{Line, Row};
use crate::runtimes::Runtime;

/// What a measure may take, which is seconds. What takes longer does not end: a peer that
/// hangs is a failure of that row, and not the end of the sitting.
const LIMIT: Duration = Duration::from_secs(120);

/// What came of a figure of a row.
#[derive(Debug)]
pub struct Outcome {
    pub line: Line,
    pub cells: Vec<(Runtime, Cell)>,
}

/// What a runtime did there.
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
    /// In the order of the row's lines; `None` if the runtime has no such thing.
    Figures(Option<Vec<f64>>),
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
    pub fn cell(&self, runtime: Runtime) -> Option<&Cell> {
        let mut cells = self.cells.iter();
        cells.find_map(|(other, cell)| (*other == runtime).then_some(cell))
    }

    /// Who could not, and why.
    pub fn failures(&self) -> impl Iterator<Item = (Runtime, &str)> {
        self.cells.iter().filter_map(|(runtime, cell)| match cell {
            Cell::Failed(why) => Some((*runtime, why.as_str())),
            Cell::Figure(_) | Cell::Lacks => None,
        })
    }

    pub fn ours(&self) -> Option<f64> {
        self.cell(Runtime::Buzzer)?.figure()
    }

    /// Without a runtime.
    pub fn limit(&self) -> Option<f64> {
        self.cell(Runtime::Bare)?.figure()
    }

    /// The best of the others, without what is there for information.
    pub fn best(&self) -> Option<(Runtime, f64)> {
        let others = self.cells.iter().filter_map(|(runtime, cell)| {
            let counts = *runtime != Runtime::Buzzer && !runtime.informs();
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
) -> anyhow::Result<Vec<Outcome>> {
    let mut figures = vec![Vec::with_capacity(rounds); runtimes.len()];
    let mut others: Vec<Option<Cell>> = vec![None; runtimes.len()];
    for round in 0..=rounds {
        for (at, runtime) in runtimes.iter().enumerate() {
            if others[at].is_some() {
                continue;
            }
            look();
            match measure_apart(row, *runtime, shrink, folder)? {
                Measured::Figures(Some(measured)) if round > 0 => figures[at].push(measured),
                Measured::Figures(Some(_)) => {}
                Measured::Figures(None) => others[at] = Some(Cell::Lacks),
                Measured::Failed(why) => others[at] = Some(Cell::Failed(why)),
            }
        }
    }
    let lines = row.lines().into_iter().enumerate();
    let outcomes = lines.map(|(number, line)| {
        let cells = figures.iter().zip(&others).map(|(rounds, other)| {
            other.clone().unwrap_or_else(|| {
                let mut figures: Vec<f64> = rounds.iter().map(|round| round[number]).collect();
                Cell::Figure(median(&mut figures))
            })
        });
        let cells = runtimes.iter().copied().zip(cells).collect();
        Outcome { line, cells }
    });
    Ok(outcomes.collect())
}

fn measure_apart(
    row: Row,
    runtime: Runtime,
    shrink: usize,
    folder: &Path,
) -> anyhow::Result<Measured> {
    let mut command = Command::new(env::current_exe()?);
    command
        .args(["--apart", &runtime.name()])
        .args(["--rows", &row.name()])
        .args(["--shrink", &shrink.to_string()])
        .current_dir(folder);
    measured_by(&mut command, LIMIT)
}

/// What the process of one measure prints, if it ends within `limit`.
fn measured_by(command: &mut Command, limit: Duration) -> anyhow::Result<Measured> {
    command.kill_on_drop(true);
    let output = buzzer::block_on(async { timeout(limit, command.output()).await });
    let Ok(output) = output else {
        return Ok(Measured::Failed(format!("it did not end within {limit:?}")));
    };
    let output = output.context("a process for one measure")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let mut said = said.lines().map(str::trim);
    let why = said.find(|line| !line.is_empty() && !line.starts_with("thread"));
    if output.status.success() {
        return Ok(match (serde_json::from_slice(&output.stdout)?, why) {
            // Its load's process may have said more.
            (Measured::Failed(error), Some(why)) => Measured::Failed(format!("{error}: {why}")),
            (measured, _) => measured,
        });
    }
    // A panic, or a signal.
    let why = why.map_or_else(|| output.status.to_string(), str::to_owned);
    Ok(Measured::Failed(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_the_least_of_those_that_count() {
        let outcome = Outcome {
            line: Row::Spawn.lines().remove(0),
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

    /// What is made of a process that says and does this.
    fn failed(script: &str, limit: Duration) -> String {
        let measured = measured_by(Command::new("sh").args(["-c", script]), limit);
        match measured.unwrap() {
            Measured::Failed(why) => why,
            Measured::Figures(figures) => panic!("{figures:?}"),
        }
    }

    #[test]
    fn a_measure_that_does_not_end_has_failed_and_says_so() {
        let why = failed("exec sleep 600", Duration::from_millis(10));
        assert_eq!(why, "it did not end within 10ms");
    }

    #[test]
    fn a_measure_that_was_killed_or_panicked_says_which() {
        assert!(failed("kill -9 $$", LIMIT).contains("signal: 9"));
        let panics = "echo \"thread 'main' panicked at here:\" >&2; echo why >&2; exit 101";
        assert_eq!(failed(panics, LIMIT), "why");
    }

    #[test]
    fn without_a_peer_there_is_no_ratio() {
        let cells = vec![
            (Runtime::Buzzer, Cell::Figure(1.0)),
            (Runtime::Futures, Cell::Lacks),
        ];
        let line = Row::Arm.lines().remove(0);
        assert_eq!(Outcome { line, cells }.ratio(), None);
    }
}
