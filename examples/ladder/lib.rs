//! What the stages of the ladder share, and none of them is about: how a line is said,
//! how a program begins and ends, and what it has cost.
//!
//! The stages are here as well, as modules: a later one uses what an earlier one has
//! finished, and the tests try all of them.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{self, ExitCode};
use std::time::{Duration, Instant};
use std::{env, fs};

/// By this name the stages know this library, also those in it.
extern crate self as ladder;

pub mod costs;
pub mod document;

/// A stage as a module: its `main` is left out of account.
macro_rules! stages {
    ($($name:ident = $path:literal),* $(,)?) => {$(
        #[path = $path]
        #[allow(dead_code, missing_debug_implementations)]
        pub mod $name;
    )*};
}

stages! {
    stage_1 = "1_busy_loop.rs",
    stage_2 = "2_waker.rs",
    stage_3 = "3_queue.rs",
    stage_4 = "4_number.rs",
    stage_5 = "5_handles.rs",
    stage_6 = "6_timers.rs",
    stage_7 = "7_epoll.rs",
    stage_8 = "8_threads.rs",
    stage_9 = "9_end.rs",
}

/// The file that the document's program reads.
pub const PATH: &str = "dummy_async.txt";

/// A line of the document's program. Where it can't be written the process ends: a
/// reader that has read enough, as `| head` has, is no error.
pub fn say(line: impl Display) {
    write(format_args!("ASYNC: {line}\n"));
}

fn write(text: impl Display) {
    if let Err(error) = write!(io::stdout(), "{text}") {
        let _ = fs::remove_file(PATH);
        if error.kind() == ErrorKind::BrokenPipe {
            process::exit(0);
        }
        eprintln!("stdout: {error}");
        process::exit(1);
    }
}

const NO_WAIT: &str = "--no-wait";

/// How long the programs' seconds are: none with `--no-wait`.
pub fn second() -> Duration {
    match env::args_os().any(|argument| argument == NO_WAIT) {
        true => Duration::ZERO,
        false => Duration::from_secs(1),
    }
}

/// Runs a stage's program, as [`timed`] does, if the command asks for nothing else.
pub fn run(program: impl FnOnce() -> io::Result<()>) -> ExitCode {
    match address() {
        Ok(None) => ended(timed(program)),
        _ => usage(""),
    }
}

/// As [`run`], or serves where the command says, if it says so.
pub fn run_or_serve(
    program: impl FnOnce() -> io::Result<()>,
    serve: impl FnOnce(SocketAddr) -> io::Result<()>,
) -> ExitCode {
    match address() {
        Ok(None) => ended(timed(program)),
        Ok(Some(address)) => ended(serve(address)),
        Err(_) => usage(" | ADDRESS:PORT"),
    }
}

/// The one argument, if there is one and it is not `--no-wait`.
fn address() -> Result<Option<SocketAddr>, Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match &arguments[..] {
        [] => Ok(None),
        [argument] if argument == NO_WAIT => Ok(None),
        [argument] => Ok(Some(argument.parse()?)),
        _ => Err("one argument at most".into()),
    }
}

fn usage(or: &str) -> ExitCode {
    let path = env::args().next().unwrap_or_default();
    let name = Path::new(&path).file_name().unwrap_or_default();
    eprintln!("usage: {} [{NO_WAIT}{or}]", name.display());
    ExitCode::from(2)
}

fn ended(result: io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a program, for which the file is there, and tells what it has cost.
pub fn timed(program: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let named = |error| io::Error::other(format!("{PATH}: {error}"));
    fs::write(PATH, "Hello Asynchronous World!").map_err(named)?;
    let (start, busy) = (Instant::now(), costs::processor());
    let result = program();
    let (total, busy) = (start.elapsed(), costs::processor() - busy);
    fs::remove_file(PATH).map_err(named)?;
    result?;
    say(format_args!("Total time: {:.2}s", total.as_secs_f64()));
    write(format_args!("\n{}\n", costs::told(total, busy)));
    Ok(())
}
