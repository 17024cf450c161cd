//! What every example has at its edges and none is about: lines for a reader who may go
//! away, and how the program ends.
//!
//! `println!` panics when nobody reads any more, as behind `| head`. So an example's lines
//! are written by [`say`], whose error goes up by `?` like any other, and [`ended`] makes
//! the exit code of it.
#![allow(dead_code, reason = "few examples need all of it")]

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

/// The example's name, which its errors begin with.
const NAME: &str = env!("CARGO_CRATE_NAME");

/// A line on standard output; a reader that has gone away is an error and not a panic.
pub fn say(line: impl Display) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

/// A line on standard error. Where even this can't be written there is nobody to tell.
pub fn report(error: impl Display) {
    let _ = writeln!(io::stderr(), "{NAME}: {error}");
}

/// The exit code for what the program has come to. A reader that has read enough is none
/// of its failures.
pub fn ended(result: io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            report(error);
            ExitCode::FAILURE
        }
    }
}

/// The exit code for a command line that is not understood; says what it may be.
pub fn usage(arguments: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "usage: {NAME} {arguments}");
    ExitCode::from(2)
}
