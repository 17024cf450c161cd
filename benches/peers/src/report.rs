//! The table, the JSON, and whether the machine was free.

use std::collections::BTreeMap;
use std::fs;
use std::thread;

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use crate::runtimes::Runtime;
use crate::sitting::{Cell, Outcome};

/// The table as Markdown, which is readable as it stands, and a line for each that could not.
pub fn table(outcomes: &[Outcome], runtimes: &[Runtime]) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let names = runtimes.iter().map(|runtime| runtime.name());
    let header = ["row".to_owned()].into_iter().chain(names);
    table.set_header(header.chain(["ours/best".to_owned(), "ours/bare".to_owned()]));
    let mut notes = Vec::new();
    for outcome in outcomes {
        let mut line = vec![outcome.row.title().to_owned()];
        for (runtime, cell) in &outcome.cells {
            line.push(match cell {
                Cell::Figure(figure) => outcome.row.unit().show(*figure),
                Cell::Lacks => "-".to_owned(),
                Cell::Failed(why) => {
                    let note = format!("{}, {}: {why}", runtime.name(), outcome.row.name());
                    notes.push(note);
                    "failed".to_owned()
                }
            });
        }
        for ratio in [outcome.ratio(), outcome.above_limit()] {
            line.push(ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")));
        }
        table.add_row(line);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut text = table.to_string();
    for note in notes {
        text.push('\n');
        text.push_str(&note);
    }
    text
}

#[derive(Serialize)]
struct Sitting<'a> {
    machine: &'a str,
    rounds: usize,
    /// Whether the figures are void.
    was_busy: bool,
    /// Nanoseconds by row and runtime.
    rows: BTreeMap<String, BTreeMap<String, Option<f64>>>,
}

/// The same for programs.
///
/// # Errors
///
/// If a figure is no number.
pub fn json(
    outcomes: &[Outcome],
    machine: &str,
    rounds: usize,
    was_busy: bool,
) -> anyhow::Result<String> {
    let rows = outcomes.iter().map(|outcome| {
        let cells = outcome.cells.iter();
        let cells = cells.map(|(runtime, cell)| (runtime.name(), cell.figure()));
        (outcome.row.name(), cells.collect())
    });
    let sitting = Sitting {
        machine,
        rounds,
        was_busy,
        rows: rows.collect(),
    };
    Ok(serde_json::to_string_pretty(&sitting)?)
}

/// How busy others keep the machine.
///
/// The load of the last minute has what is measured in it, which a pool's threads alone raise
/// above the cores. So it is looked at between two measures, when nothing of ours runs but
/// this program: how many do.
#[derive(Default, Debug)]
pub struct Watch {
    looks: usize,
    busy: usize,
}

impl Watch {
    /// To be called while nothing is measured.
    pub fn look(&mut self) {
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
        self.looks += 1;
        self.busy += usize::from(running(&load) > Some(cores));
    }

    /// Whether more ran than there are cores, at more than one look in twenty.
    pub fn was_busy(&self) -> bool {
        self.busy * 20 > self.looks
    }
}

/// How many run now, of `0.92 0.70 1.14 3/321 4711`.
fn running(load: &str) -> Option<usize> {
    let (running, _) = load.split_whitespace().nth(3)?.split_once('/')?;
    running.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_run_now_are_counted() {
        assert_eq!(running("2.01 1.00 0.50 3/99 1234\n"), Some(3));
        assert_eq!(running(""), None);
    }

    #[test]
    fn a_machine_that_was_busy_at_more_than_one_look_in_twenty_is_no_measure() {
        let watch = |busy| Watch { looks: 100, busy };
        assert!(!watch(5).was_busy() && watch(6).was_busy());
        assert!(!Watch::default().was_busy());
    }
}
