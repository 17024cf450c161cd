//! What the stages of the ladder share, and none of them is about: how a line is said,
//! how a program begins and ends, and what it has cost.

use std::fmt::Display;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::process::{self, ExitCode};
use std::time::{Duration, Instant};

pub mod costs;

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

/// How long the programs' seconds are: none with `--no-wait`.
pub fn second() -> Duration {
    match std::env::args_os().any(|argument| argument == "--no-wait") {
        true => Duration::ZERO,
        false => Duration::from_secs(1),
    }
}

/// Runs a stage's program, for which the file is there, and tells what it has cost.
pub fn run(program: impl FnOnce() -> io::Result<()>) -> ExitCode {
    match timed(program) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn timed(program: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
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
