//! Draws a run as a timeline: a line for each piece of work, one for the thread.
//! main.rs calls it for both runs, with one scale, so that they can be compared.

use std::io;
use std::time::Duration;

use crate::page::{Colour, Page, time};
use crate::record::{Lane, Record, State, Stretch};

/// The columns before the bars, and those of the bars. What is left of the 80
/// takes the last number on the axis.
const LABEL: usize = 16;
const BAR: usize = 60;

/// More files than this are counted and not drawn.
const DRAWN_FILES: usize = 12;

/// What a column of the bars stands for.
#[derive(Clone, Copy)]
pub struct Scale {
    column: Duration,
}

impl Scale {
    /// The scale at which `longest` fills the width.
    pub fn for_total(longest: Duration) -> Scale {
        // At least a nanosecond: a run of no length is drawn too.
        let column = (longest / BAR as u32).max(Duration::from_nanos(1));
        Scale { column }
    }

    fn column(self, at: Duration) -> usize {
        let column = at.as_nanos() / self.column.as_nanos();
        usize::try_from(column).unwrap_or(usize::MAX).min(BAR - 1)
    }
}

/// The marks, and what they mean.
const LEGEND: [(State, char, Colour, &str); 5] = [
    (State::Runs, '#', Colour::Green, "runs"),
    (
        State::Blocks,
        '=',
        Colour::Red,
        "waits, and blocks the thread",
    ),
    (State::Waits, '~', Colour::Blue, "waits; the thread is free"),
    (
        State::Queues,
        '.',
        Colour::Yellow,
        "ready, but has to wait for the thread",
    ),
    (State::Free, '_', Colour::Dim, "thread free for anyone"),
];

pub fn draw_legend(page: Page, scale: Scale) -> io::Result<()> {
    let entry = |index: usize| {
        let (_, mark, colour, meaning) = LEGEND[index];
        format!("{} {meaning}", page.paint(colour, &mark.to_string()))
    };
    page.line(format_args!("  {}   {}   {}", entry(0), entry(1), entry(2)))?;
    page.line(format_args!("  {}   {}", entry(3), entry(4)))?;
    page.line(format_args!(
        "  A column is {}; a # may stand for far less, but none is left out.",
        time(scale.column)
    ))
}

pub fn draw(page: Page, title: &str, record: &Record, scale: Scale) -> io::Result<()> {
    page.heading(&format!("{title}: {} in all", time(record.total)))?;
    if record.lanes.iter().any(|lane| lane.failed) {
        page.line(page.paint(Colour::Red, "  ! could not be read"))?;
    }
    let (numbers, ruler) = axis(scale);
    page.line(page.paint(Colour::Dim, &format!("{:LABEL$}{numbers}", "")))?;
    page.line(page.paint(Colour::Dim, &format!("{:LABEL$}{ruler}", "")))?;

    let files = record.other_work();
    for lane in 0..files.min(DRAWN_FILES) {
        draw_lane(page, record, lane, scale)?;
    }
    if files > DRAWN_FILES {
        page.line(format_args!(
            "{:LABEL$}({} more files)",
            "",
            files - DRAWN_FILES
        ))?;
    }
    draw_lane(page, record, files, scale)?;

    let thread = bar(page, &record.thread(), scale);
    page.line(format_args!("{:LABEL$}{thread}", "the thread"))?;
    page.line(format_args!(
        "{:LABEL$}blocked {}, running tasks {}, free {}",
        "",
        time(record.thread_time(State::Blocks)),
        time(record.thread_time(State::Runs)),
        time(record.thread_time(State::Free)),
    ))
}

fn draw_lane(page: Page, record: &Record, lane: usize, scale: Scale) -> io::Result<()> {
    let bar = bar(page, &record.stretches(lane), scale);
    let label = format!("{:LABEL$}", label(&record.lanes[lane]));
    page.line(format_args!("{label}{bar}"))
}

/// The end of a name that is too long: that is where names differ.
fn label(lane: &Lane) -> String {
    let failed = if lane.failed { "! " } else { "" };
    let name = lane.name.rsplit('/').next().unwrap_or(&lane.name);
    let (length, room) = (name.chars().count(), LABEL - 1 - failed.len());
    if length <= room {
        return format!("{failed}{name}");
    }
    let end: String = name.chars().skip(length - (room - 2)).collect();
    format!("{failed}..{end}")
}

/// One column after the other: `#` if a task ran in it, be it ever so short, and
/// otherwise what took the most of it.
fn bar(page: Page, stretches: &[Stretch], scale: Scale) -> String {
    let mut columns = [(State::Away, Duration::ZERO); BAR];
    for stretch in stretches {
        let (first, last) = (scale.column(stretch.from), scale.column(stretch.to));
        for (index, column) in columns[..=last].iter_mut().enumerate().skip(first) {
            let start = scale.column * index as u32;
            let from = stretch.from.max(start);
            let to = stretch.to.min(start + scale.column);
            let part = match stretch.state {
                State::Runs => Duration::MAX,
                _ => to.saturating_sub(from),
            };
            if part > column.1 {
                *column = (stretch.state, part);
            }
        }
    }

    // Nothing at the end of a line, and equal marks painted in one go.
    let end = columns.iter().rposition(|column| column.0 != State::Away);
    let columns = &columns[..end.map_or(0, |last| last + 1)];
    let mut bar = String::new();
    for equal in columns.chunk_by(|a, b| a.0 == b.0) {
        let mark = LEGEND.iter().find(|(state, ..)| *state == equal[0].0);
        match mark {
            Some((_, mark, colour, _)) => {
                let marks: String = equal.iter().map(|_| mark).collect();
                bar.push_str(&page.paint(*colour, &marks));
            }
            None => bar.extend(equal.iter().map(|_| ' ')),
        }
    }
    bar
}

/// The numbers of the axis and the marks below them, at round times.
fn axis(scale: Scale) -> (String, String) {
    let whole = (scale.column * BAR as u32).as_secs_f64();
    // The smallest of 1, 2, 5, 10, 20 .. nanoseconds of which six at most fit.
    let steps = (-9..=9).flat_map(|power| [1, 2, 5].map(|digit| (digit, power)));
    let step = |(digit, power): (i32, i32)| f64::from(digit) * 10f64.powi(power);
    let chosen = steps.into_iter().find(|&of| whole / step(of) < 6.5);
    let (digit, power) = chosen.unwrap_or((1, 9));
    let decimals = power.min(0).unsigned_abs() as usize;

    let (mut numbers, mut ruler) = (String::new(), String::new());
    for count in 0..=(whole / step((digit, power))) as usize {
        let at = count as f64 * step((digit, power));
        let column = (at / whole * BAR as f64).round() as usize;
        let unit = if count == 0 { " s" } else { "" };
        numbers = format!("{numbers:column$}{at:.decimals$}{unit}");
        ruler = format!("{ruler:-<column$}|");
    }
    (numbers, ruler)
}
