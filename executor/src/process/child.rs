//! One child process that was started.
//!
//! Owns [`Child`]. `command.rs` makes it.

use std::io;
use std::process::{self, ExitStatus, Output};
use std::sync::Arc;

use super::end::end_of;
use super::reap::reap;
use super::stdio::{ChildStderr, ChildStdin, ChildStdout};
use crate::io::error::named;
use crate::io::kind::Kind;
use crate::io::{AsyncRead, AsyncReadExt};
use crate::machine::context;
use crate::machine::scheduler::number::RuntimeId;
use crate::machine::scheduler::whereabouts::{Since, elsewhere};
use crate::sys::process::Process;
use crate::try_gather;

/// A child process.
///
/// Dropping it leaves the child running, or kills it if the command said so by
/// [`kill_on_drop`](super::Command::kill_on_drop). In both cases it does not stay a
/// zombie: see the [module's docs](super). It holds no descriptor but those of its
/// pipes: one that tells of its end is opened for a wait, and closed with it.
///
/// # Examples
///
/// ```
/// use std::process::Stdio;
/// use buzzer::io::{AsyncReadExt, AsyncWriteExt};
/// use buzzer::process::Command;
///
/// buzzer::block_on(async {
///     let mut cat = Command::new("cat")
///         .stdin(Stdio::piped())
///         .stdout(Stdio::piped())
///         .spawn()?;
///     let mut orders = cat.stdin.take().unwrap();
///     orders.write_all(b"one mocha").await?;
///     drop(orders);
///     let mut said = String::new();
///     cat.stdout.take().unwrap().read_to_string(&mut said).await?;
///     assert_eq!(said, "one mocha");
///     assert!(cat.wait().await?.success());
///     Ok::<(), std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[derive(Debug)]
pub struct Child {
    /// Dropped before the pipes: fields are dropped in this order. By a field of its own,
    /// so that the pipes may be moved out.
    started: Started,
    /// Writes to the child's standard input, if that is piped. Take it out to keep
    /// it while the child is awaited.
    pub stdin: Option<ChildStdin>,
    /// Reads the child's standard output, if that is piped.
    pub stdout: Option<ChildStdout>,
    /// Reads the child's standard error, if that is piped.
    pub stderr: Option<ChildStderr>,
}

/// What a child that is dropped is left to.
#[derive(Debug)]
struct Started {
    process: Arc<Process>,
    /// The runtime that it was made in.
    runtime: RuntimeId,
    kill_on_drop: bool,
}

impl Child {
    /// Takes a child over that std has started, with its pipes.
    #[track_caller]
    pub(super) fn adopt(
        child: &mut process::Child,
        runtime: RuntimeId,
        kill_on_drop: bool,
    ) -> io::Result<Self> {
        let pid = child.id();
        // Called by name, so that each is known by our caller's line.
        let stdin = match child.stdin.take() {
            Some(pipe) => Some(ChildStdin::of(pipe, Some(pid))?),
            None => None,
        };
        let stdout = match child.stdout.take() {
            Some(pipe) => Some(ChildStdout::of(pipe, Some(pid))?),
            None => None,
        };
        let stderr = match child.stderr.take() {
            Some(pipe) => Some(ChildStderr::of(pipe, Some(pid))?),
            None => None,
        };
        // Last of all that may fail comes the child itself, whose drop would wait for
        // it where the caller does.
        Ok(Self {
            started: Started {
                process: Arc::new(Process::of_child(pid)),
                runtime,
                kill_on_drop,
            },
            stdin,
            stdout,
            stderr,
        })
    }

    fn process(&self) -> &Arc<Process> {
        &self.started.process
    }

    /// The child's number; `None` once it has been waited for, since the number may
    /// then be another process's.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::process::Command;
    ///
    /// # buzzer::block_on(async {
    /// let mut child = Command::new("true").spawn()?;
    /// assert!(child.id().is_some());
    /// child.wait().await?;
    /// assert_eq!(child.id(), None); // The number may be another's by now.
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn id(&self) -> Option<u32> {
        let number = self.process().number();
        self.process().has_number().then_some(number)
    }

    /// Sends the child a SIGKILL, and does not wait for its end. Nothing is sent to
    /// one that has been waited for.
    ///
    /// # Errors
    ///
    /// If the child may not be killed: it runs a program of another user's. If it is
    /// gone: something else in this process has waited for it. Nothing is sent then,
    /// as its number may be another process's.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::os::unix::process::ExitStatusExt;
    /// use buzzer::process::Command;
    ///
    /// # buzzer::block_on(async {
    /// let mut child = Command::new("sleep").arg("3600").spawn()?;
    /// child.start_kill()?;
    /// assert_eq!(child.wait().await?.signal(), Some(9));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn start_kill(&mut self) -> io::Result<()> {
        let killed = self.process().kill();
        killed.map_err(|error| about("kill", self.process(), error))
    }

    /// Sends the child a SIGKILL, and waits for its end.
    ///
    /// # Errors
    ///
    /// As [`start_kill`](Self::start_kill) and [`wait`](Self::wait).
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// A dropped call has sent the signal, and not waited.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::process::Command;
    ///
    /// # buzzer::block_on(async {
    /// let mut child = Command::new("sleep").arg("3600").spawn()?;
    /// child.kill().await?; // And waits for its end.
    /// assert_eq!(child.id(), None);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn kill(&mut self) -> io::Result<()> {
        self.start_kill()?;
        self.wait().await.map(drop)
    }

    /// Waits until the child has ended, and says how. Closes
    /// [`stdin`](Self::stdin) first, so that a child that reads it to its end
    /// gets there; take it out to keep it open. Once it has ended, each further call
    /// says the same.
    ///
    /// # It reads nothing
    ///
    /// A child whose output is piped waits once the pipe is full, by default after
    /// 64 KiB, until somebody reads. If nobody does, it never ends, and this waits for
    /// ever. Where the output is wanted,
    /// [`wait_with_output`](Self::wait_with_output) reads while it waits, and so does
    /// a task of its own, or a [`gather!`](crate::gather!), that reads
    /// [`stdout`](Self::stdout) and [`stderr`](Self::stderr). Where it is not, drop
    /// them (the child's next write is an error then), or give the command a
    /// `Stdio::null()`.
    ///
    /// # Errors
    ///
    /// If the system can't say: something else in this process has waited for the
    /// child, or SIGCHLD is ignored, so that the system keeps no status.
    ///
    /// # Panics
    ///
    /// In another runtime than the child's, or in none, unless it is known to have
    /// ended.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses nothing but `stdin`.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        drop(self.stdin.take());
        let waited = match self.process().has_number() {
            true => {
                if context::try_with(|core| core.inject.id()) != Some(self.started.runtime) {
                    elsewhere(Kind::Child, self.started.runtime, Since::ItsMaking);
                }
                end_of(self.process()).await
            }
            false => self.process().wait(),
        };
        waited.map_err(|error| about("wait for", self.process(), error))
    }

    /// How the child has ended; `None` if it has not. Does not close
    /// [`stdin`](Self::stdin).
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::process::Command;
    ///
    /// # buzzer::block_on(async {
    /// let mut child = Command::new("sleep").arg("3600").spawn()?;
    /// assert!(child.try_wait()?.is_none()); // It runs.
    /// child.kill().await?;
    /// assert!(child.try_wait()?.is_some());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        match self.process().wait() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(about("wait for", self.process(), error)),
            Ok(status) => Ok(Some(status)),
        }
    }

    /// Waits until the child has ended, and meanwhile reads what it writes to
    /// [`stdout`](Self::stdout) and [`stderr`](Self::stderr), as far as they are
    /// piped and still here. Closes [`stdin`](Self::stdin) first.
    ///
    /// An output is read to its end, which comes when all have closed it that have it:
    /// also a process that the child has started, and that outlives it.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait); and those of reading.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    ///
    /// # Cancel safety
    ///
    /// None: what was read is lost, and the child is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::process::Stdio;
    /// use buzzer::process::Command;
    ///
    /// # buzzer::block_on(async {
    /// let child = Command::new("echo").arg("mocha").stdout(Stdio::piped()).spawn()?;
    /// let output = child.wait_with_output().await?;
    /// assert_eq!(output.stdout, b"mocha\n");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn wait_with_output(mut self) -> io::Result<Output> {
        let (stdout, stderr) = (self.stdout.take(), self.stderr.take());
        let (status, stdout, stderr) =
            try_gather!(self.wait(), read_all(stdout), read_all(stderr)).await?;
        Ok(Output {
            status,
            stdout,
            stderr,
        })
    }
}

/// Names what failed, and on which child. One that is gone before it was waited for
/// has a reason that the system's error does not tell.
#[cold]
fn about(operation: &'static str, child: &Process, error: io::Error) -> io::Error {
    let why = match error.raw_os_error() {
        Some(libc::ECHILD | libc::ESRCH) => {
            " (is SIGCHLD ignored, or has something else waited for it?)"
        }
        _ => "",
    };
    named(
        operation,
        format_args!("child {}{why}", child.number()),
        error,
    )
}

async fn read_all(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut all).await?;
    }
    Ok(all)
}

impl Drop for Started {
    fn drop(&mut self) {
        if self.kill_on_drop {
            // One that may not be killed runs on, as it would without.
            let _ = self.process.kill();
        }
        let here = context::try_with(|core| core.inject.id());
        reap(self.process.clone(), here == Some(self.runtime));
    }
}
