//! What the programs of this member share: [`server`], which serves HTTP over
//! buzzer's sockets, and [`log`].

pub mod server;

use std::fmt;
use std::io::{self, Write};

/// Says something to whoever runs the program, on standard error. If nobody is there
/// any more to read it, that is no reason for a service to end, as it would be to
/// `eprintln!`.
pub fn log(line: fmt::Arguments<'_>) {
    _ = writeln!(io::stderr(), "{line}");
}
