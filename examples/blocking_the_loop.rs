//! What one blocking call does to everybody else. A task ticks at a steady
//! pace; next to it a job takes its time in three ways: waiting as a task
//! should, blocking the thread, and blocking a thread of the pool instead.
//!
//!     cargo run --example blocking_the_loop
//!     cargo run --example blocking_the_loop -- 1000     (milliseconds of job)
//!
//! The tasks share one thread, and a task gives it back only at an `.await`
//! that has to wait. `std::thread::sleep`, a blocking read, a long computation
//! have none: the loop stands still, and with it every timer and socket.
//! `spawn_blocking` hands such a call to a thread that nobody else needs.
//!
//! Whoever looks for such a call in a program of any size has it named by the
//! watchdog, while it blocks and by the place where its task was spawned; and then
//! those who had to wait for it:
//!
//!     BUZZER_WATCHDOG=100ms cargo run --example blocking_the_loop
//!
//! Next: deadlock, tasks that wait for each other.

mod common;

use std::cell::Cell;
use std::io::{self, Write};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;
use std::{env, thread};

use buzzer::runtime::Runtime;
use buzzer::task::spawn_blocking;
use buzzer::time::{Instant, interval, sleep};
use buzzer::{gather, spawn};
use common::{ended, usage};

/// One way of taking time.
#[derive(Clone, Copy)]
enum Job {
    Waits,
    Blocks,
    BlocksElsewhere,
}

impl Job {
    async fn run(self, time: Duration) -> io::Result<()> {
        match self {
            Job::Waits => sleep(time).await,
            Job::Blocks => thread::sleep(time), // The mistake.
            // Its error: the pool had no thread, and the system gave it none.
            Job::BlocksElsewhere => spawn_blocking(move || thread::sleep(time)).await?,
        }
        Ok(())
    }
}

/// When a tick ran, and how long after the time that it was due.
struct Tick {
    at: Instant,
    late: Duration,
}

/// Ticks until it has seen the end of the job. So the last tick is one that had
/// to wait if the job kept the thread to itself.
async fn ticker(period: Duration, job_is_done: Rc<Cell<bool>>) -> Vec<Tick> {
    let mut interval = interval(period);
    let mut ticks = Vec::new();
    while !job_is_done.get() {
        let due = interval.tick().await;
        let at = Instant::now();
        let late = at - due;
        ticks.push(Tick { at, late });
    }
    ticks
}

/// What one run has shown.
struct Report {
    /// Ticks that ran between the job's begin and its end.
    meanwhile: usize,
    longest: Duration,
    picture: String,
}

async fn watch(job: Job, time: Duration, period: Duration) -> io::Result<Report> {
    let done = Rc::new(Cell::new(false));
    let ticker = spawn(ticker(period, Rc::clone(&done)));
    let job = spawn(async move {
        let begin = Instant::now();
        let result = job.run(time).await;
        done.set(true);
        result.map(|()| (begin, Instant::now()))
    });
    let (ticks, job) = gather!(ticker, job).await;
    let (ticks, (begin, end)) = (ticks?, job??);
    let meanwhile = |tick: &&Tick| begin < tick.at && tick.at < end;
    Ok(Report {
        meanwhile: ticks.iter().filter(meanwhile).count(),
        longest: ticks.iter().map(|tick| tick.late).max().unwrap_or_default(),
        picture: draw(&ticks, begin),
    })
}

/// A bar for each tick, the whole run stretched over the line's width.
fn draw(ticks: &[Tick], begin: Instant) -> String {
    const WIDTH: usize = 61;
    let since = |tick: &Tick| tick.at.duration_since(begin).as_secs_f64();
    let whole = ticks.last().map_or(0.0, since).max(f64::MIN_POSITIVE);
    let mut picture = [b' '; WIDTH];
    for tick in ticks {
        picture[(since(tick) / whole * (WIDTH - 1) as f64).round() as usize] = b'|';
    }
    String::from_utf8_lossy(&picture).into_owned()
}

fn show(out: &mut impl Write, time: Duration) -> io::Result<()> {
    let period = time / 30;
    writeln!(
        out,
        "A task ticks every {}, next to a job of {}.",
        ms(period),
        ms(time)
    )?;
    writeln!(
        out,
        "Each | is a tick; a gap is time in which nobody else could run."
    )?;
    let runtime = Runtime::new()?;
    for (job, code) in [
        (Job::Waits, "1. The job waits: time::sleep(..).await"),
        (Job::Blocks, "2. The job blocks the loop: thread::sleep(..)"),
        (
            Job::BlocksElsewhere,
            "3. The job blocks elsewhere: spawn_blocking(|| thread::sleep(..)).await",
        ),
    ] {
        let report = runtime.block_on(watch(job, time, period))?;
        writeln!(out, "\n{code}\n   {}", report.picture)?;
        writeln!(
            out,
            "   ticks while it lasted: {}; the longest any tick was late: {}",
            report.meanwhile,
            ms(report.longest)
        )?;
    }
    Ok(())
}

fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

fn main() -> ExitCode {
    let time = match env::args_os().nth(1) {
        None => Some(300),
        Some(argument) => argument.to_str().and_then(|text| text.parse().ok()),
    };
    let Some(time @ 1..) = time else {
        return usage("[MILLISECONDS]     (1 or more)");
    };
    ended(show(&mut io::stdout(), Duration::from_millis(time)))
}
