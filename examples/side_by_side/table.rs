//! The document's table of seven differences, each with the figures that this
//! very run has for it. main.rs calls it last.

use std::io;
use std::time::Duration;

use crate::costs::Costs;
use crate::page::{Colour, Page, time, wrap};
use crate::record::{Record, State};

/// Two columns, indented by two and two apart: 80 in all.
const LEFT: usize = 37;
const RIGHT: usize = 39;

/// What the document says of a feature, and what was measured of it.
struct Row {
    feature: &'static str,
    says: [&'static str; 2],
    measured: [String; 2],
}

pub fn draw(page: Page, sync: &Record, asynch: &Record, costs: &Costs) -> io::Result<()> {
    page.heading("THE SEVEN DIFFERENCES, each with what was measured in this run (>)")?;
    columns(page, Colour::Bold, ["SYNCHRONOUS", "ASYNCHRONOUS"])?;
    for row in rows(sync, asynch, costs) {
        page.line(page.paint(Colour::Bold, row.feature))?;
        columns(page, Colour::Plain, row.says)?;
        columns(page, Colour::Cyan, [&row.measured[0], &row.measured[1]])?;
    }
    Ok(())
}

fn columns(page: Page, colour: Colour, cells: [&str; 2]) -> io::Result<()> {
    let (left, right) = (wrap(cells[0], LEFT), wrap(cells[1], RIGHT));
    for index in 0..left.len().max(right.len()) {
        let cell = |lines: &[String]| lines.get(index).cloned().unwrap_or_default();
        let left = page.paint(colour, &format!("{:LEFT$}", cell(&left)));
        let right = page.paint(colour, &cell(&right));
        page.line(format_args!("  {left}  {right}"))?;
    }
    Ok(())
}

fn rows(sync: &Record, asynch: &Record, costs: &Costs) -> [Row; 7] {
    // Most figures are the same question put to both runs.
    let both = |figure: fn(&Record) -> String| [figure(sync), figure(asynch)];
    let Costs {
        threads,
        tasks,
        computing,
    } = costs;
    [
        Row {
            feature: "Execution",
            says: [
                "Sequential, one task at a time",
                "Concurrent, tasks can overlap (especially during waits)",
            ],
            measured: both(|run| {
                format!(
                    "> two or more tasks were under way for {}",
                    time(run.overlap())
                )
            }),
        },
        Row {
            feature: "Waiting (I/O)",
            says: [
                "Blocks the thread",
                "Non-blocking, yields control to event loop",
            ],
            measured: both(|run| {
                let (held, total) = (time(held(run)), time(run.total));
                format!("> tasks held the thread for {held} of {total}")
            }),
        },
        Row {
            feature: "Responsiveness",
            says: [
                "Can become unresponsive during long waits",
                "Remains responsive, handles other tasks during waits",
            ],
            measured: both(|run| {
                let longest = time(run.kept_waiting(run.other_work()));
                format!("> other work was ready, but kept waiting for up to {longest}")
            }),
        },
        Row {
            feature: "Concurrency",
            says: [
                "Achieved via multi-threading/multi-processing",
                "Achieved via event loop & cooperative multitasking (within a \
                 single thread) or combined with threads/processes",
            ],
            measured: both(|run| {
                let most = run.most_under_way();
                let pool = match run.pool_threads {
                    0 => String::new(),
                    count => format!(", of which {count} in the pool for files"),
                };
                let threads = run.threads;
                format!("> most tasks under way at once: {most}, on threads: {threads}{pool}")
            }),
        },
        Row {
            feature: "Complexity",
            says: [
                "Simpler to reason about for linear flows",
                "Can be more complex (callbacks, async/await state)",
            ],
            measured: both(|run| {
                let resumed = run.resumed();
                let state = match run.kept {
                    None => String::from("their state is the stack"),
                    Some(bytes) => format!("their state takes {bytes} bytes"),
                };
                format!("> tasks left half-way and resumed {resumed} times; {state}")
            }),
        },
        Row {
            feature: "Resource Use",
            says: [
                "Threads can be heavy for high I/O concurrency",
                "More lightweight for I/O concurrency (fewer threads)",
            ],
            measured: [
                format!(
                    "> a thread that waits: {} KiB of stack, {} KiB of them in memory; \
                     started in {} (mean of {})",
                    threads.stack / 1024,
                    threads.touched / 1024,
                    time(threads.start),
                    threads.count
                ),
                format!(
                    "> a task that waits: {} bytes, all in memory; started in {} (mean of {})",
                    tasks.bytes,
                    time(tasks.start),
                    tasks.count
                ),
            ],
        },
        Row {
            feature: "Best For",
            says: [
                "CPU-bound tasks, simple scripts",
                "I/O-bound tasks, network services, GUIs",
            ],
            measured: [
                best_for("in turn", computing.in_turn, sync),
                best_for("as tasks", computing.as_tasks, asynch),
            ],
        },
    ]
}

fn best_for(how: &str, computing: Duration, run: &Record) -> String {
    let (computing, waiting) = (time(computing), time(run.total));
    format!("> two computations {how}: {computing}; this job, which waits: {waiting}")
}

/// How long the thread could do nothing else, computing or blocked.
fn held(run: &Record) -> Duration {
    run.thread_time(State::Runs) + run.thread_time(State::Blocks)
}
