//! What the programs of this member share.
//!
//! - [`server`] serves HTTP over buzzer's sockets
//! - [`bridge`] runs what insists on tokio on a thread of its own
//! - [`exit`] says how a program ends; [`log`] says what happens meanwhile

pub mod bridge;
pub mod exit;
pub mod server;

use std::fmt;
use std::io::{self, Write};

/// Says something to whoever runs the program, on standard error. If nobody is there
/// any more to read it, that is no reason for a service to end, as it would be to
/// `eprintln!`.
pub fn log(line: fmt::Arguments<'_>) {
    _ = writeln!(io::stderr(), "{line}");
}
