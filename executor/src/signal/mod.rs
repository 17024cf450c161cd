//! Signals of the process, as events of the loop.
//!
//! Owns [`ctrl_c`]; the others are in [`unix`]. Names and signatures are tokio's.
//! The handler behind them is in `sys/signal.rs`.
//!
//! # What catching a signal changes
//!
//! - The handler is the whole process's. It is installed by the first call for a
//!   signal and stays: after that the signal no longer ends the process, also
//!   when nobody waits for it any more. A handler that the program had installed
//!   before is still called.
//! - A system call of the program that the signal interrupts is restarted
//!   (`SA_RESTART`), except those that signal(7) lists as never restarted.
//! - A child made by `fork` inherits the handler, with the runtimes that it must
//!   not use. A program started by `exec` does not: caught signals are back at
//!   their defaults there.
//!
//! # Other code's handlers
//!
//! - One that replaces ours, after the first call for a signal, and does not call the
//!   one that was there: listeners hear nothing from then on. A new listener is an
//!   error then that says so. Install such a handler before, or have it call ours.
//! - One that calls ours hears with us. A new listener is possible as soon as one
//!   signal has come through it; until then it can't be told from the other kind.
//! - A signal that every thread blocks (pthread_sigmask(3)) waits in the kernel, and
//!   reaches nobody until one of them unblocks it. A program inherits the mask of who
//!   started it.
//!
//! A signal comes to every listener of every runtime. Signals of one kind that come
//! before a listener has looked count as one: the kernel does not count either.
//! To a paused clock a signal is an event like others.

pub mod unix;

use std::io;

use unix::{SignalKind, signal};

/// Waits for Ctrl-C: for the next SIGINT after its first poll.
///
/// From then on a SIGINT does not end the process any more, not even when this
/// future is dropped: see the [module's docs](self).
///
/// # Errors
///
/// As [`unix::signal`].
///
/// # Panics
///
/// Outside a runtime.
///
/// # Cancel safety
///
/// A signal that comes between two calls is not seen by either. To miss none, keep
/// a [`unix::Signal`].
///
/// # Examples
///
/// ```no_run
/// buzzer::block_on(async {
///     buzzer::signal::ctrl_c().await?;
///     println!("closing time");
///     Ok::<(), std::io::Error>(())
/// })
/// # .unwrap();
/// ```
pub async fn ctrl_c() -> io::Result<()> {
    signal(SignalKind::interrupt())?.recv().await;
    Ok(())
}
