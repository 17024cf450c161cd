//! Child processes.
//!
//! Owns what programs call, with tokio's names and signatures. No thread waits for
//! a child: while one is awaited, a pidfd (pidfd_open(2)) is in the reactor, which is
//! readable when the child has ended. Where there is none, the reactor asks the child
//! when a SIGCHLD has come: on other systems than Linux, where a sandbox or a kernel
//! before Linux 5.3 refuses that call, and while no descriptor is left.
//!
//! - `command.rs`: what to run, and how
//! - `run.rs`, `start.rs`: starting it
//! - `blame.rs`, `interpreter.rs`: what a failed start has failed on
//! - `child.rs`: one that runs: waiting, killing
//! - `end.rs`: how its end is waited for
//! - `stdio.rs`: its piped input and output
//! - `reap.rs`: children that nobody waits for any more
//!
//! # No zombies
//!
//! A child that has ended stays in the process table until its parent has waited
//! for it. A [`Child`] that is dropped before is waited for by a task of the
//! runtime, or, where that can't be, at later occasions:
//!
//! | dropped | is waited for |
//! |---|---|
//! | in its runtime | by a detached task, as soon as it ends |
//! | in its runtime, where 8 tasks of the process wait for others | as below, or by one of those tasks when its child has ended |
//! | elsewhere, or the runtime is dropped | at once if it has ended; else at each [`Command::spawn`] and each drop of a child that follows, in any runtime |
//! | at the end of the process | by the system |
//!
//! So children that are left to themselves hold 8 descriptors at the most.
//!
//! # Without pidfds
//!
//! - The first wait catches SIGCHLD, with what that changes for the process: see
//!   [`signal`](crate::signal). A handler that was there before is called too, and so are
//!   the program's listeners for the signal. Where it is ignored, it stays so.
//! - The ends of a runtime's children are heard of together: a signal has each asked that
//!   is awaited, by waitpid(2). Children of other code are left to it.
//! - Where the signal does not come, they are asked nevertheless, after a second and then
//!   every 10 ms: other code may have replaced the handler, or every thread blocks the
//!   signal. So it is from the beginning where no descriptor is left to hear by, and where
//!   the signal is ignored; then each wait ends in an error.
//! - [`Child::id`] is `None` once the end was found, though nobody may have been told yet.
//!
//! # What it does not do
//!
//! - [`Command::spawn`] starts the program on the loop's thread, which waits until
//!   the child has begun to run it. That is how long a `fork` takes. So the child has
//!   what that thread has: its working directory, its namespaces, its signal mask.
//! - A [`Child`] belongs to the runtime that it was made in.
//! - A paused clock doesn't wait for children: to it, the end of one is an event
//!   like others.

mod blame;
mod child;
mod command;
mod end;
mod interpreter;
mod reap;
mod run;
mod start;
mod stdio;

pub use child::Child;
pub use command::Command;
pub use stdio::{ChildStderr, ChildStdin, ChildStdout};
