//! The picture: every row that has a peer, also those in which buzzer does not lead.
//!
//! A line a row, with a mark for each runtime at how many times as long as the best it takes.
//! Logarithmic, for some take a hundred times as long.

use svg::Document;
use svg::node::element::{Circle, Group, Line, Rectangle, Style, Text, Title};

use crate::runtimes::Runtime;
use crate::sitting::Outcome;

const WIDTH: f64 = 860.0;
const LABELS: f64 = 330.0;
const HEAD: f64 = 54.0;
const ROW: f64 = 26.0;
/// Where the scale ends: what takes longer stands there.
const LONGEST: f64 = 100.0;

const STYLE: &str = "
text { font: 13px system-ui, sans-serif; fill: #333; }
.small { font-size: 11px; fill: #666; }
.grid { stroke: #ddd; }
.ours { fill: #d9480f; }
.theirs { fill: #868e96; }
.limit { fill: none; stroke: #868e96; stroke-width: 2; }
.band { fill: #f6f6f6; }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd; }
  .small { fill: #aaa; }
  .grid { stroke: #444; }
  .band { fill: #222; }
}";

/// `machine` says where it was measured.
pub fn chart(outcomes: &[Outcome], machine: &str) -> String {
    // What buzzer alone has is no comparison.
    let compared = outcomes.iter().filter(|outcome| outcome.best().is_some());
    let outcomes: Vec<_> = compared.collect();
    let height = HEAD + ROW * outcomes.len() as f64 + 34.0;
    let mut document = Document::new()
        .set("viewBox", (0, 0, WIDTH as u32, height as u32))
        .set("role", "img")
        .add(Title::new(
            "How many times as long as the best of a row each runtime takes",
        ))
        .add(Style::new(STYLE));
    for times in [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0] {
        let x = across(times);
        let line = Line::new()
            .set("class", "grid")
            .set("x1", x)
            .set("x2", x)
            .set("y1", HEAD - 8.0)
            .set("y2", height - 30.0);
        let text = label(x, HEAD - 14.0, &format!("{times}×"), "small");
        document = document.add(line).add(text.set("text-anchor", "middle"));
    }
    document = document
        .add(dot(LABELS, 16.0, "ours"))
        .add(label(LABELS + 12.0, 20.0, "buzzer", "key"))
        .add(dot(LABELS + 80.0, 16.0, "theirs"))
        .add(label(LABELS + 92.0, 20.0, "the others", "key"))
        .add(dot(LABELS + 180.0, 16.0, "limit"))
        .add(label(
            LABELS + 192.0,
            20.0,
            "no runtime; 1× is the best of the row",
            "key",
        ));
    for (at, outcome) in outcomes.iter().enumerate() {
        document = document.add(row(outcome, HEAD + ROW * at as f64, at % 2 == 0));
    }
    document
        .add(label(0.0, height - 8.0, machine, "small"))
        .to_string()
}

fn row(outcome: &Outcome, top: f64, has_band: bool) -> Group {
    let middle = top + ROW / 2.0;
    let mut group = Group::new();
    if has_band {
        let band = Rectangle::new()
            .set("class", "band")
            .set("y", top)
            .set("width", LABELS - 12.0)
            .set("height", ROW);
        group = group.add(band);
    }
    group = group.add(label(4.0, middle + 4.0, &outcome.line.title, "row"));
    let figures = || {
        let cells = outcome.cells.iter();
        cells.filter_map(|(runtime, cell)| Some((*runtime, cell.figure()?)))
    };
    let Some(least) = figures().map(|(_, figure)| figure).min_by(f64::total_cmp) else {
        return group;
    };
    // Ours last, so that it lies on top.
    let (ours, theirs): (Vec<_>, Vec<_>) =
        figures().partition(|(runtime, _)| *runtime == Runtime::Buzzer);
    for (runtime, figure) in theirs.into_iter().chain(ours) {
        let class = match runtime {
            Runtime::Buzzer => "ours",
            Runtime::Bare => "limit",
            _ => "theirs",
        };
        let says = format!("{}: {}", runtime.name(), outcome.line.unit.show(figure));
        group = group.add(dot(across(figure / least), middle, class).add(Title::new(says)));
    }
    group
}

/// Where so many times as long as the best is.
fn across(times: f64) -> f64 {
    let span = WIDTH - LABELS - 24.0;
    LABELS + span * times.clamp(1.0, LONGEST).ln() / LONGEST.ln()
}

fn dot(x: f64, y: f64, class: &str) -> Circle {
    Circle::new()
        .set("class", class)
        .set("cx", x)
        .set("cy", y)
        .set("r", 5)
}

fn label(x: f64, y: f64, text: &str, class: &str) -> Text {
    Text::new(text).set("class", class).set("x", x).set("y", y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Row;
    use crate::sitting::Cell;

    #[test]
    fn the_best_stands_at_the_beginning_and_the_worst_at_the_end() {
        assert_eq!(across(1.0), LABELS);
        assert_eq!(across(1_000.0), across(LONGEST));
        assert!(across(2.0) < across(3.0));
    }

    #[test]
    fn every_figure_is_a_mark_that_says_whose_it_is() {
        let outcome = Outcome {
            line: Row::Arm.lines().remove(0),
            cells: vec![
                (Runtime::Buzzer, Cell::Figure(80.0)),
                (Runtime::Smol, Cell::Figure(40.0)),
                (Runtime::Futures, Cell::Lacks),
            ],
        };
        let picture = chart(&[outcome], "here");
        for text in [
            "buzzer: 80.0 ns",
            "smol: 40.0 ns",
            "arm a sleep and drop it",
            "here",
        ] {
            assert!(picture.contains(text), "{text}");
        }
        assert!(!picture.contains("futures:"));
    }
}
