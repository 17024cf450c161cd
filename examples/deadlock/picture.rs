//! The circles of a few dumps as one SVG, in light and in dark.
//!
//! Owns the way round a circle (from a task to what it waits for, and on to who can end
//! that wait) and how it is drawn: a ring of tasks, which are round, and of what stands
//! between them, which is square.

use std::f64::consts::TAU;
use std::fmt::Write;

use buzzer::task::Id;
use buzzer::trace::{Dump, SyncWant, WaitFor};

const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 400.0;
const MIDDLE: f64 = 215.0;
const RADIUS: f64 = 118.0;
/// Half the size of what stands on the ring, and of the gap before an arrow's head.
const HALF: (f64, f64) = (68.0, 25.0);

const STYLE: &str = "\
svg { color-scheme: light dark; }
.back { fill: #ffffff; } .ink, .name { fill: #1d2733; } .soft { fill: #5b6876; }
.task { fill: #e3f0ff; stroke: #2f74c0; } .sync { fill: #fff1d6; stroke: #b97a10; }
.way { fill: none; stroke: #b3261e; stroke-width: 2.5; } .head { fill: #b3261e; }
text { font: 12px system-ui, sans-serif; text-anchor: middle; }
.title { font-size: 16px; font-weight: 600; } .name { font-size: 14px; font-weight: 600; }
@media (prefers-color-scheme: dark) {
  .back { fill: #12171d; } .ink, .name { fill: #e8edf2; } .soft { fill: #a3afbb; }
  .task { fill: #16304d; stroke: #6fb0f5; } .sync { fill: #40300f; stroke: #e2ac4b; }
  .way { stroke: #ff8a80; } .head { fill: #ff8a80; }
}
";

/// One on the ring, and the way on from it.
struct Stop {
    is_task: bool,
    name: String,
    below: String,
    way: &'static str,
}

/// From one task to the next that it waits for, by way of what lies between them.
fn step(dump: &Dump, task: Id) -> Option<(Vec<Stop>, Id)> {
    let known = dump.task(task)?;
    let stop = |way| Stop {
        is_task: true,
        name: known.name().unwrap_or("block_on").to_owned(),
        below: format!("task #{task}"),
        way,
    };
    match known.waits().first()?.on {
        WaitFor::Task(next) => Some((vec![stop("awaits")], next)),
        WaitFor::Sync { sync, want } => {
            let sync = dump.sync(sync)?;
            let is_channel = sync.holders().is_empty();
            let (next, way, below) = match want {
                SyncWant::Permits(_) if is_channel => {
                    (sync.last_receiver()?, "is emptied by", ", full")
                }
                SyncWant::Permits(_) => (sync.holders().first()?.task?, "is held by", ""),
                SyncWant::Told | SyncWant::Closed => (sync.last_sender()?, "is told by", ""),
            };
            let between = Stop {
                is_task: false,
                name: sync.name().unwrap_or("(no name)").to_owned(),
                below: format!("{}{below}", sync.kind()),
                way,
            };
            Some((vec![stop("waits for"), between], next))
        }
        _ => None,
    }
}

/// The stops of the circle that a dump has.
fn circle(dump: &Dump) -> Vec<Stop> {
    for first in dump.tasks() {
        let (mut stops, mut at) = (Vec::new(), first.id());
        while let Some((more, next)) = step(dump, at) {
            stops.extend(more);
            if next == first.id() {
                return stops;
            }
            if stops.len() > 2 * dump.tasks().len() {
                break; // It leads into a circle, and is not of it.
            }
            at = next;
        }
    }
    Vec::new()
}

/// Where the way from the middle of a stop leaves its box.
fn edge((x, y): (f64, f64), (to_x, to_y): (f64, f64), gap: f64) -> (f64, f64) {
    let (dx, dy) = (to_x - x, to_y - y);
    let part = ((HALF.0 + gap) / dx.abs()).min((HALF.1 + gap) / dy.abs());
    (x + dx * part, y + dy * part)
}

/// The picture, as SVG.
pub fn of(dumps: &[(&str, Dump)]) -> String {
    let (width, mut body) = (WIDTH * dumps.len() as f64, String::new());
    for (index, (title, dump)) in dumps.iter().enumerate() {
        let left = WIDTH * index as f64 + WIDTH / 2.0;
        draw(&mut body, title, left, &circle(dump)).expect("a String takes all");
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {HEIGHT}\" role=\"img\" \
         aria-label=\"Three circles of tasks that wait for each other\">\n<style>\n{STYLE}</style>\n\
         <rect class=\"back\" width=\"{width}\" height=\"{HEIGHT}\"/>\n{body}</svg>\n"
    )
}

fn draw(out: &mut String, title: &str, x: f64, stops: &[Stop]) -> std::fmt::Result {
    writeln!(
        out,
        "<text class=\"ink title\" x=\"{x}\" y=\"36\">{title}</text>"
    )?;
    let place = |index: usize| {
        let angle = TAU * index as f64 / stops.len() as f64 - TAU / 4.0;
        (x + RADIUS * angle.cos(), MIDDLE + RADIUS * angle.sin())
    };
    for (index, stop) in stops.iter().enumerate() {
        let (here, next) = (place(index), place((index + 1) % stops.len()));
        let ((x1, y1), (x2, y2)) = (edge(here, next, 3.0), edge(next, here, 12.0));
        let length = (x2 - x1).hypot(y2 - y1);
        let (dx, dy) = ((x2 - x1) / length, (y2 - y1) / length);
        writeln!(
            out,
            "<path class=\"way\" d=\"M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}\"/>\n\
             <path class=\"head\" d=\"M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}Z\"/>",
            x2 + 10.0 * dx,
            y2 + 10.0 * dy,
            x2 - 6.0 * dy,
            y2 + 6.0 * dx,
            x2 + 6.0 * dy,
            y2 - 6.0 * dx,
        )?;
        // Beside its middle, on the outside of the ring.
        let (mid_x, mid_y) = ((here.0 + next.0) / 2.0, (here.1 + next.1) / 2.0);
        let (side, down, anchor) = match mid_x - x {
            off if off.abs() < 1.0 => (0.0, 22.0, "middle"),
            off if off > 0.0 => (16.0, 0.0, "start"),
            _ => (-16.0, 0.0, "end"),
        };
        let down = match mid_y < MIDDLE {
            true => -6.0,
            false if side != 0.0 => 14.0,
            false => down,
        };
        writeln!(
            out,
            "<text class=\"soft\" style=\"text-anchor: {anchor}\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            mid_x + side,
            mid_y + down,
            stop.way
        )?;
    }
    for (index, stop) in stops.iter().enumerate() {
        let (x, y) = place(index);
        let (class, round) = if stop.is_task {
            ("task", HALF.1)
        } else {
            ("sync", 4.0)
        };
        writeln!(
            out,
            "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{}\" height=\"{}\" rx=\"{round}\"/>\n\
             <text class=\"name\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>\n\
             <text class=\"soft\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
            x - HALF.0,
            y - HALF.1,
            2.0 * HALF.0,
            2.0 * HALF.1,
            y - 2.0,
            stop.name,
            y + 14.0,
            stop.below
        )?;
    }
    Ok(())
}
