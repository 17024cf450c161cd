//! How a program of this member is asked to end, and how it ends.

use std::io::{self, ErrorKind};
use std::process::ExitCode;

use anyhow::Result;
use buzzer::race;
use buzzer::signal::unix::{SignalKind, signal};

use crate::chain;

/// Ready when the program is asked to end: by Ctrl-C, or by SIGTERM, as service
/// managers do. From this call on these no longer end it by themselves.
///
/// # Errors
///
/// When the signals can't be caught.
///
/// # Panics
///
/// Outside a runtime.
pub fn asked() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        race!(interrupt.recv(), terminate.recv()).await;
    })
}

/// The exit code for what `main` has come to; an error is told in one line. Whoever
/// read the output has read enough when he closes it (`| head`): that is none.
///
/// `ended` of examples/common is the same for an `io::Error`, which has no chain of causes.
pub fn code(program: &str, outcome: Result<()>) -> ExitCode {
    let Err(error) = outcome else {
        return ExitCode::SUCCESS;
    };
    let closed = |error: &io::Error| error.kind() == ErrorKind::BrokenPipe;
    if error.downcast_ref().is_some_and(closed) {
        return ExitCode::SUCCESS;
    }
    eprintln!("{program}: {}", chain(error.as_ref()));
    ExitCode::FAILURE
}
