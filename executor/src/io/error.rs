//! What reading and writing find wrong by themselves.
//!
//! Owns the wording of those errors; how an error is given the name of what it is about
//! is in `sys/errors.rs`.

use std::error::Error;
use std::fmt::{self, Display};
use std::io;
use std::str::Utf8Error;

pub use crate::sys::errors::raw_os_error;
pub(crate) use crate::sys::errors::{named, named_if_lasting};

/// Bytes that were to be text are not.
#[derive(Debug)]
struct NotUtf8(Utf8Error);

#[cold]
pub(crate) fn not_utf8(source: Utf8Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, NotUtf8(source))
}

/// Std's words. Where the text ends is left to the source.
impl Display for NotUtf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stream did not contain valid UTF-8")
    }
}

impl Error for NotUtf8 {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// The end has come before all was read that was asked for.
#[cold]
pub(crate) fn early_end(read: usize, of: usize) -> io::Error {
    io::Error::new(
        io::ErrorKind::UnexpectedEof,
        format!("the end came after {read} of {of} bytes"),
    )
}
