//! buzzer and its peers, in one sitting.
//!
//! ```text
//! cargo bench -p buzzer-benches-peers                        # every row
//! cargo bench -p buzzer-benches-peers -- --rows spawn,arm    # some
//! cargo bench -p buzzer-benches-peers -- --quick             # a tenth of the work
//! cargo bench -p buzzer-benches-peers -- --wide              # every peer in the table
//! cargo bench -p buzzer-benches-peers -- --json FILE --svg FILE
//! ```
//!
//! # Method
//!
//! Each measure is a process of its own; the runtimes take turns, round by round; a figure is
//! the median of its rounds. The work of a row is one source for all (`work/`), in which each
//! runtime is a type, so that nothing of the comparison is between the program and it. Each
//! checks that all of its work was done; one that does not end within two minutes has failed,
//! and is not asked again. Everything is compiled with fat LTO and one codegen
//! unit.
//!
//! `ours/best` is buzzer's figure through that of the best of the others: below 1 buzzer
//! leads, also where what is shown is a rate. monoio's io_uring is there for information;
//! compio and glommio do files in no other way, except that compio's polling driver has
//! threads for them: it does the rows of the pool, which glommio and monoio leave out. *bare* is no runtime and no peer: the same by std's
//! blocking calls, or for sockets by a loop over epoll, which is the limit of rows that have
//! one.
//!
//! Files lie on a disk, in a folder that is removed at the end; [`bench_peers::folder`] says
//! what is in it. They are read from end to end before what is timed, or the page cache is
//! told to drop them, and seen to have done so.
//!
//! Of a server it is the serving process that is measured. Who asks it is another, on the
//! other cores, and as light as a loop over epoll can be ([`bench_peers::load`]). A row has
//! the time that passed, which may be the load's as well as the server's, and what the
//! server's process took of the processor meanwhile, which is its own. HTTP is asked for at a
//! fixed rate, and a request's latency counts from when it was due: so a server that is late
//! with one is late with those behind it. Its percentiles are those of a round.
//!
//! If more runs on the machine than it has cores, at more than one look in twenty between two
//! measures, the figures are void.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use bench_peers::folder::Folder;
use bench_peers::rows::Row;
use bench_peers::runtimes::Runtime;
use bench_peers::sitting::{Measured, measure};
use bench_peers::{chart, load, report};
use clap::{Parser, ValueEnum as _};

/// Measures buzzer beside tokio, smol, monoio, glommio, compio and futures.
#[derive(Parser)]
#[command(bin_name = "cargo bench -p buzzer-benches-peers --")]
struct Arguments {
    /// Only these rows
    #[arg(long, value_delimiter = ',', value_name = "ROW,…")]
    rows: Vec<Row>,

    /// How often each runtime does each row [default: 5, or 3 with --quick]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: Option<u16>,

    /// A tenth of the work, for a first look
    #[arg(long)]
    quick: bool,

    /// A column for each of the runtimes, where the terminal has the room
    #[arg(long)]
    wide: bool,

    /// Where to write the figures
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Where to draw them
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,

    /// Where to make the files that are read; not on a tmpfs
    #[arg(long, default_value = env!("CARGO_TARGET_TMPDIR"))]
    dir: PathBuf,

    /// Does one row on this runtime, and prints what that came to
    #[arg(long, hide = true)]
    apart: Option<Runtime>,

    /// Makes this load on a server, given its address
    #[arg(long, hide = true, num_args = 1.., value_name = "KIND")]
    load: Vec<String>,

    /// Every count is divided by this
    #[arg(long, hide = true, default_value_t = 1)]
    shrink: usize,

    // `cargo bench` says this to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    if let [kind, arguments @ ..] = arguments.load.as_slice() {
        return load::make(kind, arguments);
    }
    if let Some(runtime) = arguments.apart {
        let &[row] = arguments.rows.as_slice() else {
            bail!("one row is done at a time");
        };
        let measured = match runtime.run(row, arguments.shrink) {
            Ok(figures) => Measured::Figures(figures),
            Err(error) => Measured::Failed(format!("{error:#}")),
        };
        println!("{}", serde_json::to_string(&measured)?);
        return Ok(());
    }
    let rows = match arguments.rows.is_empty() {
        true => Row::value_variants(),
        false => &arguments.rows,
    };
    let runtimes = Runtime::value_variants();
    let (rounds, shrink) = match arguments.quick {
        true => (3, 10),
        false => (5, 1),
    };
    let rounds = arguments.rounds.map_or(rounds, usize::from);

    let machine = benches::report::machine();
    let folder = match rows.iter().any(|row| row.needs_files()) {
        true => Some(Folder::make(&arguments.dir, shrink)?),
        false => None,
    };
    let place = folder.as_ref().map_or(Path::new("."), Folder::path);
    let mut watch = report::Watch::default();
    let mut outcomes = Vec::with_capacity(rows.len());
    for (done, row) in rows.iter().enumerate() {
        eprintln!("[{}/{}] {}", done + 1, rows.len(), row.title());
        let look = || watch.look();
        outcomes.extend(measure(*row, runtimes, rounds, shrink, place, look)?);
    }
    let was_busy = watch.was_busy();

    println!("{}", report::table(&outcomes, runtimes, arguments.wide));
    println!("\n{rounds} rounds, {machine}");
    if let Some(folder) = &folder {
        println!("files in {}", folder.path().display());
    }
    if arguments.quick {
        println!("--quick: counts are a tenth");
    }
    if was_busy {
        println!("the machine is busy, the figures are void");
    }
    if let Some(path) = &arguments.json {
        let json = report::json(&outcomes, &machine, rounds, was_busy)?;
        fs::write(path, json).with_context(|| path.display().to_string())?;
    }
    if let Some(path) = &arguments.svg {
        let chart = chart::chart(&outcomes, &machine);
        fs::write(path, chart).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
