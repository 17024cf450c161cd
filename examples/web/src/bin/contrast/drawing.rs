//! What the clients saw: a drawing, the figures, and what they mean.

use std::io::{self, Write};
use std::time::Duration;

use crate::load::{Round, Wait};

/// Columns of the drawing's time line, within 80 with what is before it.
const WIDTH: usize = 60;

const WHAT_ONE_SEES: &str = "\
One thread serves all of it. What differs is who has it while a request waits.
- /good gives it back at its await. So all wait at the same time.
- /threadpool waits on threads of the pool, which nobody else needs: the same.
- /blocking keeps it: one request goes after the other, and whoever else comes
  stands behind them, as the bystander did, who wanted next to nothing.";

const TABLE_HEAD: &str = "                             \
a request's wait:                   longest wait
                all done    shortest      median     longest      for a ping";

/// The waits of one round.
struct Figures {
    /// When the last request was answered.
    done: Duration,
    /// The shortest, the median and the longest.
    waits: [Duration; 3],
    /// The bystander's longest wait.
    bystander: Duration,
}

impl Figures {
    fn of(round: &Round) -> Self {
        let done = round.requests.iter().map(|wait| wait.answered).max();
        let mut waits: Vec<Duration> = round.requests.iter().map(Wait::time).collect();
        waits.sort();
        let nth = |index| waits.get(index).copied().unwrap_or_default();
        let last = waits.len().saturating_sub(1);
        Self {
            done: done.unwrap_or_default(),
            waits: [nth(0), nth(last / 2), nth(last)],
            bystander: round.pings.iter().map(Wait::time).max().unwrap_or_default(),
        }
    }
}

pub fn draw(out: &mut impl Write, rounds: &[Round], work: Duration) -> io::Result<()> {
    let count = rounds.first().map_or(0, |round| round.requests.len());
    let work = ms(work);
    writeln!(
        out,
        "{count} requests at once, each of which takes {work}, to three routes in turn."
    )?;
    writeln!(
        out,
        "Meanwhile a bystander asks for /ping, again and again.\n"
    )?;
    time_lines(out, rounds)?;
    let all: Vec<Figures> = rounds.iter().map(Figures::of).collect();
    table(out, rounds, &all)?;
    writeln!(out, "\n{WHAT_ONE_SEES}")?;
    Ok(())
}

/// When the answers came.
fn time_lines(out: &mut impl Write, rounds: &[Round]) -> io::Result<()> {
    let waits = rounds
        .iter()
        .flat_map(|round| round.requests.iter().chain(&round.pings));
    let whole = waits.map(|wait| wait.answered).max().unwrap_or_default();
    let end = ms(whole);
    writeln!(out, "{:<18}0{end:>WIDTH$}", "answers at")?;
    for Round {
        route,
        requests,
        pings,
    } in rounds
    {
        writeln!(out, "{route:<11} load  |{}|", line(requests, whole, '#'))?;
        writeln!(out, "{:<11} pings |{}|\n", "", line(pings, whole, '.'))?;
    }
    Ok(())
}

/// How long the waits were.
fn table(out: &mut impl Write, rounds: &[Round], all: &[Figures]) -> io::Result<()> {
    writeln!(out, "{TABLE_HEAD}")?;
    for (round, figures) in rounds.iter().zip(all) {
        let (done, bystander) = (ms(figures.done), ms(figures.bystander));
        let [shortest, median, longest] = figures.waits.map(ms);
        write!(out, "{:<12}{done:>12}{shortest:>12}", round.route)?;
        writeln!(out, "{median:>12}{longest:>12}{bystander:>16}")?;
    }
    Ok(())
}

/// A sign in each column of the time line in which there was an answer.
fn line(waits: &[Wait], whole: Duration, sign: char) -> String {
    let mut line = vec![' '; WIDTH];
    let whole = whole.as_secs_f64().max(f64::MIN_POSITIVE);
    for wait in waits {
        let part = wait.answered.as_secs_f64() / whole;
        line[(part * (WIDTH - 1) as f64) as usize] = sign;
    }
    line.into_iter().collect()
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
