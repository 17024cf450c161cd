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
    table.set_header(header.chain(["ours/best".to_owned()]));
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
        line.push(match outcome.ratio() {
            Some(ratio) => format!("{ratio:.2}"),
            None => String::new(),
        });
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

/// Whether more runs than there are cores, this program included.
pub fn is_busy() -> bool {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    is_above(&load, cores)
}

fn is_above(load: &str, cores: usize) -> bool {
    let minute = load.split_whitespace().next();
    minute.and_then(|load| load.parse::<f64>().ok()) > Some(cores as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_above_the_cores_is_busy() {
        assert!(is_above("2.01 1.00 0.50 3/99 1234\n", 2));
        assert!(!is_above("2.00 9.00 9.00 3/99 1234\n", 2));
        assert!(!is_above("", 2));
    }
}
