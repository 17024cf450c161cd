//! Runs a program on both runtimes, and lays the transcripts side by side.

use program::{Fault, Line, Program, Promise};
use std::fmt::Write;

/// What both made of a program, lines in an order in which they can be compared.
#[derive(Debug)]
pub struct Stories {
    buzzer: Vec<Line>,
    tokio: Vec<Line>,
}

impl Stories {
    pub fn of(program: &Program, fault: Fault) -> Self {
        let arranged = |lines| arranged(lines, program.promise);
        Self {
            buzzer: arranged(on_buzzer::run(program, fault)),
            tokio: arranged(on_tokio::run(program, Fault::None)),
        }
    }

    /// A runtime that panics agrees with nobody, not with the other that does.
    pub fn agree(&self) -> bool {
        self.buzzer == self.tokio && !self.buzzer.iter().any(Line::is_a_panic)
    }

    /// Two columns, with a `!` before each line in which they differ.
    pub fn side_by_side(&self) -> String {
        let text = |lines: &[Line]| lines.iter().map(Line::to_string).collect::<Vec<_>>();
        let (left, right) = (text(&self.buzzer), text(&self.tokio));
        let longest = left.iter().map(|line| line.chars().count()).max();
        let width = longest.unwrap_or(0).max("buzzer".len());
        let mut table = format!("  {:width$} | tokio\n", "buzzer");
        for row in 0..left.len().max(right.len()) {
            let cell = |column: &[String]| column.get(row).cloned().unwrap_or_default();
            let (left, right) = (cell(&left), cell(&right));
            let mark = if left == right { ' ' } else { '!' };
            writeln!(table, "{mark} {left:width$} | {right}").expect("a String takes any text");
        }
        table
    }
}

/// The lines in the order in which they were written where that is promised; else those of
/// each strand in theirs.
fn arranged(mut lines: Vec<Line>, promise: Promise) -> Vec<Line> {
    let is_end = |line: &Line| line.at.is_none();
    match promise {
        Promise::Order => {
            // In which order a runtime drops what is left, tokio does not promise.
            let end = lines.iter().position(is_end).unwrap_or(lines.len());
            lines[end..].sort();
        }
        Promise::Strands => {
            lines.sort_by(|a, b| (is_end(a), &a.strand).cmp(&(is_end(b), &b.strand)));
        }
    }
    lines
}
