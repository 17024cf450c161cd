//! Running a program as a child, and waiting for what it comes to.
//!
//! Owns the methods of [`Command`] that start one; `start.rs` has the start itself.

use std::io;
use std::process::{self, ExitStatus, Output, Stdio};

use super::blame::blame;
use super::child::Child;
use super::command::Command;
use super::reap::sweep;
use super::start::start;
use crate::io::error::named;
use crate::machine::context;
use crate::sys::descriptor::fill_standard;

impl Command {
    /// Starts the program.
    ///
    /// One that is open for writing can't be run. That may be so for a moment after it
    /// was written and closed, while another child is being started, so it is tried
    /// again for up to 0.4 seconds, in which the loop waits.
    ///
    /// # Errors
    ///
    /// If the program can't be run. The error names what was in the way: the working
    /// directory, the program or the place where it was looked for, the interpreter of
    /// a script, the user that it should run as, another process for which there is no
    /// room. If a pipe can't be registered (no descriptors or no memory left), the
    /// child has been started all the same: it is killed then, and waited for on the
    /// spot.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::process::Command;
    ///
    /// # buzzer::block_on(async {
    /// let mut child = Command::new("true").spawn()?;
    /// assert!(child.wait().await?.success());
    /// let error = Command::new("no such program").spawn().unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn spawn(&mut self) -> io::Result<Child> {
        let runtime = context::with("Command::spawn", |core| core.inject.id());
        sweep();
        // std makes pipes, of which the child's ends are put in their places by number.
        let spawned = fill_standard().and_then(|_filled| start(&mut self.std, &mut self.is_forked));
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => return Err(blame(&self.std, self.told, error)),
        };
        Child::adopt(&mut child, runtime, self.kill_on_drop).map_err(|error| {
            end(&mut child);
            let program = self.std.get_program().display();
            named("register the pipes of", program, error)
        })
    }

    /// Runs the program, and waits until it has ended. It is started by the call, not
    /// by the first poll. Its input and outputs are closed at once where they are
    /// piped.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn) and [`Child::wait`].
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the [`Child`].
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::process::Command;
    ///
    /// # buzzer::block_on(async {
    /// assert!(Command::new("true").status().await?.success());
    /// assert_eq!(Command::new("sh").args(["-c", "exit 7"]).status().await?.code(), Some(7));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn status(&mut self) -> impl Future<Output = io::Result<ExitStatus>> + use<> {
        let child = self.spawn();
        async move {
            let mut child = child?;
            (child.stdin, child.stdout, child.stderr) = (None, None, None);
            child.wait().await
        }
    }

    /// Runs the program, and waits until it has ended, with all that it has written
    /// to its outputs; these are piped, whatever was set before, and its input is
    /// as set. It is started by the call, not by the first poll.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn) and [`Child::wait_with_output`].
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the [`Child`], and what was read.
    ///
    /// # Examples
    ///
    /// Standard error is told, too, and so is how it ended:
    ///
    /// ```
    /// use buzzer::process::Command;
    ///
    /// # buzzer::block_on(async {
    /// let mut shell = Command::new("sh");
    /// let output = shell.args(["-c", "echo no beans >&2; exit 7"]).output().await?;
    /// assert_eq!((output.status.code(), &*output.stderr), (Some(7), &b"no beans\n"[..]));
    /// assert!(output.stdout.is_empty());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn output(&mut self) -> impl Future<Output = io::Result<Output>> + use<> {
        self.std.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.spawn();
        async move { child?.wait_with_output().await }
    }
}

/// A child that can't be handed over is not to run on. Blocks until it has ended,
/// which is soon after a SIGKILL.
#[cold]
fn end(child: &mut process::Child) {
    // One that is gone is an error here. Its number is not to be killed: it may be
    // another process's.
    if let Ok(None) = child.try_wait() {
        // Whatever these say, nothing more can be done.
        let _ = child.kill();
        let _ = child.wait();
    }
}
