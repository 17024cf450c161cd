//! What the library itself says: a line on standard error.
//!
//! Owns that line's form. For what nobody asked for by a call, and so gets by none.

use std::fmt;
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;

use crate::sys::{file, poll};

/// One line to stderr, in one write, so that no other gets in between. If that can't be
/// written, there is nobody to tell.
pub(crate) fn say(message: fmt::Arguments<'_>) {
    let _ = io::stderr().write_all(line(message).as_bytes());
}

/// As [`say`], without std's lock: the thread that has called exit may hold it.
pub(crate) fn say_at_the_end(message: fmt::Arguments<'_>) {
    let (stderr, line) = (io::stderr(), line(message));
    let mut rest = line.as_bytes();
    while !rest.is_empty() {
        match file::write(stderr.as_fd(), rest) {
            Ok(written) => rest = &rest[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if poll::until_ready(stderr.as_fd(), libc::POLLOUT).is_err() {
                    return;
                }
            }
            Err(_) => return,
        }
    }
}

fn line(message: fmt::Arguments<'_>) -> String {
    format!("buzzer: {message}\n")
}
