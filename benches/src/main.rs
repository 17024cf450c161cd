//! buzzer against tokio, against other crates' locks and channels, and against no runtime at
//! all, in one table.
//!
//! ```text
//! cargo bench -p buzzer-benches                        # about eight minutes
//! cargo bench -p buzzer-benches -- --rows spawn,files  # some rows
//! cargo bench -p buzzer-benches -- --quick             # a tenth of the work
//! cargo bench -p buzzer-benches -- --check             # fail if a bound is missed
//! cargo bench -p buzzer-benches -- --growth            # another table: with ever more alive
//! ```
//!
//! # Method
//!
//! The machines at hand are noisy, so a figure is only good next to the others
//! of its row. Within a row buzzer and its rivals take turns, round by round, and
//! every round gives one ratio: the rival's time (or bytes) through buzzer's, so
//! that above 1 buzzer is ahead. The table has a line for each rival, with the
//! median of the ratios, their spread (least to most), and the median of each one's
//! figures. A row's first round is a warm-up and not counted.
//!
//! buzzer and tokio run the same source (`workloads/`), each compiled against its own
//! runtime, with fat LTO and one codegen unit. Each workload checks that all of
//! its work was done.
//!
//! # Fair to tokio
//!
//! tokio runs its `current_thread` runtime with clock and I/O enabled, and its
//! tasks in a `LocalSet`, which spawns faster than `tokio::spawn` and
//! is no slower in any other row: the figures are at the head of `on_tokio.rs`.
//! Nothing of its `test-util` is compiled in. buzzer runs with its defaults.
//! hyper gets tokio's streams through hyper-util's `TokioIo`, as nearly every
//! program has it.
//!
//! # Sockets
//!
//! A server has one core, and its load the others: the thread that runs the server
//! is pinned to the first core that the process may use, and the load is a second
//! process (`load/`). With one core only they share it.
//!
//! - The echo's load is `load/echo.rs`: each of its connections has one message of
//!   64 bytes on its way, all the time, and every answer is checked. It works as
//!   little as a loop over epoll can; the servers were seen to be busy for 98 % of
//!   the time, so it is they that are measured. Both sides set `TCP_NODELAY`.
//! - The *bare* loop (`on_bare.rs`) is the server without a runtime, and with
//!   nothing that its work does not need: one `recv`, one `send` and a part of an
//!   `epoll_wait` a message, straight to the kernel. Nine tenths of its time are
//!   the kernel's. What a runtime adds is the distance to it.
//! - *wrk* makes the load of the HTTP row, with one thread. It needs about as long
//!   for a request as the server does: on two cores a server that is faster than wrk
//!   has to wait for it, which draws the ratio towards 1. How far shows the bare
//!   loop's line, whose answer costs no HTTP at all. Where wrk is not installed
//!   a line says that the row was skipped.
//! - *Idle connections* are accepted and have a task each, which waits for a first
//!   message. Their bytes are counted in a process of their own, as the sleepers'
//!   are; the kernel's part of them is not.
//!
//! # Rows
//!
//! `--help` lists them. Some have a bound: at 1 buzzer may not be slower (or
//! bigger), at 5 it has to be five times faster. `Row::rivals` has them with
//! their reasons. The other rows inform.
//!
//! - A *self-wake* is a task that wakes its own waker and returns `Pending`:
//!   waker, run queue, poll, and nothing else. `yield_now` is a row of its own,
//!   because tokio's also turns to the driver each time.
//! - *Sleeps* counts from before the first spawn, and ends 100 ms later at the
//!   earliest, which is 500 ns for each of 200,000 tasks.
//! - *Recorded* does the row of that name twice, without and with a recording that
//!   keeps 10,000 events. The difference is divided among the events, three for an
//!   operation. Its rival is the limit that the figure has to keep. *With a ledger* is
//!   the same with a ledger instead of a recording, and *watched* with a watchdog, for
//!   each self-wake.
//! - Of *locks and channels* there are three: buzzer's, tokio's on tokio, and those of
//!   crates that belong to no runtime, on buzzer (`on_crates.rs` says which). A value that is
//!   watched none of the crates has. All do the same work in full; where the work is to wait
//!   for each other it is such that nobody can have a second turn before those in line had
//!   their first, since async-lock's locks go to whoever asks first.
//! - *Bytes* counts what is asked of the allocator, *resident* what the process
//!   then takes; both in a child process (`weigh.rs`), so that no other row
//!   pays for the counting.
//! - *Files* are in the page cache: read again from end to end before each
//!   round. They lie under `target/` unless `--dir` says otherwise, on a disk,
//!   and are removed at the end.

use std::path::PathBuf;
use std::process::ExitCode;

use benches::growth::{self, Operation};
use benches::measure::measure;
use benches::report;
use benches::rows::Row;
use benches::setting::Setting;
use clap::{Parser, ValueEnum as _};

/// Measures buzzer against tokio, other crates and a bare epoll loop, and prints one table.
#[derive(Parser)]
#[command(bin_name = "cargo bench -p buzzer-benches --")]
struct Arguments {
    /// Only these rows
    #[arg(long, value_delimiter = ',', value_name = "ROW,…")]
    rows: Vec<Row>,

    /// How often each runtime does each row [default: 9, or 3 with --quick]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: Option<u16>,

    /// A tenth of the work, for a first look
    #[arg(long)]
    quick: bool,

    /// Exit with status 1 if a row's bound is missed
    #[arg(long)]
    check: bool,

    /// Print, in the place of the rows, what operations cost and things weigh with 1,000 to
    /// 1,000,000 of them alive
    #[arg(long, conflicts_with_all = ["rows", "check"])]
    growth: bool,

    /// Does this operation, with `--alive` of them `--of` a runtime, and prints what it took
    #[arg(long, hide = true, requires_all = ["of", "alive"])]
    grow: Option<Operation>,

    #[arg(long, hide = true)]
    of: Option<String>,

    #[arg(long, hide = true)]
    alive: Option<usize>,

    #[arg(long, hide = true, default_value_t = 1)]
    shrink: usize,

    /// Where to make the files that are read; not on a tmpfs
    #[arg(long, default_value = env!("CARGO_TARGET_TMPDIR"))]
    dir: PathBuf,

    // `cargo bench` says this to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    if let (Some(operation), Some(peer), Some(alive)) =
        (arguments.grow, &arguments.of, arguments.alive)
    {
        println!(
            "{}",
            growth::time(operation, peer, alive, arguments.shrink)?
        );
        return Ok(ExitCode::SUCCESS);
    }
    let rounds = usize::from(match arguments.rounds {
        Some(rounds) => rounds,
        None if arguments.quick => 3,
        None => 9,
    });
    let rows = if arguments.rows.is_empty() {
        Row::value_variants()
    } else {
        &arguments.rows
    };
    let setting = Setting::new(
        if arguments.quick { 10 } else { 1 },
        arguments.dir,
        env!("CARGO_BIN_EXE_weigh").into(),
        env!("CARGO_BIN_EXE_echo-load").into(),
    );

    // Taken before, so that the load shown is not our own.
    let machine = report::machine();
    if arguments.growth {
        println!("{}", growth::table(rounds, &setting)?);
        println!("\n{rounds} rounds, {machine}");
        return Ok(ExitCode::SUCCESS);
    }
    let mut outcomes = Vec::with_capacity(rows.len());
    let mut skipped = Vec::new();
    for (done, &row) in rows.iter().enumerate() {
        if let Some(lack) = row.lacks() {
            skipped.push(format!("skipped \"{}\": {lack}", row.title()));
            continue;
        }
        eprintln!("[{}/{}] {}", done + 1, rows.len(), row.title());
        outcomes.push(measure(row, row.rounds(rounds), &setting)?);
    }

    println!("{}", report::table(&outcomes));
    println!();
    for line in &skipped {
        println!("{line}");
    }
    println!("{rounds} rounds, {machine}");
    if arguments.quick {
        println!("--quick: counts are a tenth of those in the table's first column");
    }

    let missed: Vec<&str> = outcomes
        .iter()
        .filter(|outcome| !outcome.passes())
        .map(|outcome| outcome.row.title())
        .collect();
    if arguments.check && !missed.is_empty() {
        eprintln!("missed: {}", missed.join("; "));
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
