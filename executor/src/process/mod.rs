//! Child processes.
//!
//! Owns what programs call, with tokio's names and signatures. No thread waits for
//! a child: it is a pidfd (pidfd_open(2)) in the reactor, which is readable when
//! the child has ended. That needs Linux 5.4.
//!
//! - `command.rs`: what to run, and how
//! - `child.rs`: one that runs: waiting, killing
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
//! | elsewhere, or the runtime is dropped | at once if it has ended; else at each [`Command::spawn`] and each such drop that follows, in any runtime |
//! | at the end of the process | by the system |
//!
//! # What it does not do
//!
//! - [`Command::spawn`] starts the program on the loop's thread, which waits until
//!   the child has begun to run it. That is how long a `fork` takes.
//! - A [`Child`] belongs to the runtime that it was made in.
//! - A paused clock doesn't wait for children: to it, the end of one is an event
//!   like others.
//! - `Command` has no `pre_exec`, which is unsafe: call std's on
//!   [`Command::as_std_mut`].

mod child;
mod command;
mod reap;
mod stdio;

pub use child::Child;
pub use command::Command;
pub use stdio::{ChildStderr, ChildStdin, ChildStdout};
