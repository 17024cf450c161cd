//! What the library itself says: a line on standard error.
//!
//! Owns that line's form. For what nobody asked for by a call, and so gets by none.

use std::fmt;
use std::io::{self, Write as _};

/// One line to stderr, in one write, so that no other gets in between. If that can't be
/// written, there is nobody to tell.
pub(crate) fn say(message: fmt::Arguments<'_>) {
    let _ = io::stderr().write_all(format!("buzzer: {message}\n").as_bytes());
}
