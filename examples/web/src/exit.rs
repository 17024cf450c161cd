//! How a program of this member ends.

use std::io::{self, ErrorKind};
use std::process::ExitCode;

use anyhow::Result;

/// The exit code for what `main` has come to; an error is told in one line. Whoever
/// read the output has read enough when he closes it (`| head`): that is none.
pub fn code(program: &str, outcome: Result<()>) -> ExitCode {
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    let closed = |error: &io::Error| error.kind() == ErrorKind::BrokenPipe;
    if error.downcast_ref().is_some_and(closed) {
        return ExitCode::SUCCESS;
    }
    eprintln!("{program}: {error:#}");
    ExitCode::FAILURE
}
