//! The table, the JSON, and whether the machine was free.

use std::collections::BTreeMap;
use std::fs;
use std::thread;

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use crate::runtimes::Runtime;
use crate::sitting::{Cell, Outcome};

/// The table as Markdown, which is readable as it stands, and a line for each that could not.
///
/// It has buzzer beside the best of the others, tokio and the limit, and if it may be `wide`
/// all of them.
pub fn table(outcomes: &[Outcome], runtimes: &[Runtime], wide: bool) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let columns = match wide {
        true => runtimes,
        false => &[Runtime::Buzzer, Runtime::Tokio, Runtime::Bare],
    };
    let names = columns.iter().map(|runtime| match runtime.informs() {
        true => format!("{}*", runtime.name()),
        false => runtime.name(),
    });
    let ratios = ["best of the others", "ours/best", "ours/bare"];
    let header = ["row".to_owned()].into_iter().chain(names);
    table.set_header(header.chain(ratios.map(str::to_owned)));
    let mut notes = vec!["*: for information, and not among the best".to_owned()];
    for outcome in outcomes {
        let show = |figure| outcome.line.unit.show(figure);
        let mut line = vec![outcome.line.title.clone()];
        line.extend(columns.iter().map(|runtime| match outcome.cell(*runtime) {
            Some(Cell::Figure(figure)) => show(*figure),
            Some(Cell::Failed(_)) => "failed".to_owned(),
            Some(Cell::Lacks) | None => "-".to_owned(),
        }));
        let best = outcome.best();
        line.push(best.map_or_else(String::new, |(runtime, figure)| {
            format!("{} {}", runtime.name(), show(figure))
        }));
        for ratio in [outcome.ratio(), outcome.above_limit()] {
            line.push(ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")));
        }
        table.add_row(line);
        for (runtime, why) in outcome.failures() {
            notes.push(format!("{}, {}: {why}", runtime.name(), outcome.line.name));
        }
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{table}\n\n{}", notes.join("\n"))
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
        (outcome.line.name.clone(), cells.collect())
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
    use crate::rows::Row;

    #[test]
    fn the_table_has_the_best_and_the_limit_and_a_wide_one_everybody() {
        let outcome = Outcome {
            line: Row::Echo50.lines().remove(1),
            cells: vec![
                (Runtime::Buzzer, Cell::Figure(6_000.0)),
                (Runtime::Smol, Cell::Figure(8_000.0)),
                (Runtime::Compio, Cell::Failed("no ring".to_owned())),
                (Runtime::Futures, Cell::Lacks),
                (Runtime::Bare, Cell::Figure(5_000.0)),
            ],
        };
        let runtimes: Vec<_> = outcome.cells.iter().map(|(runtime, _)| *runtime).collect();
        let outcomes = [outcome];

        let narrow = table(&outcomes, &runtimes, false);
        for text in ["smol 8.00 µs", "0.75", "bare*", "1.20", "no ring"] {
            assert!(narrow.contains(text), "{text} in\n{narrow}");
        }
        assert!(!narrow.contains("futures"));

        let wide = table(&outcomes, &runtimes, true);
        for text in ["| compio", "| futures", "failed", "1.20"] {
            assert!(wide.contains(text), "{text} in\n{wide}");
        }
    }

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
