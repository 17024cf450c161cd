//! Errors that name the operation and the thing it failed on.
//!
//! Owns their wording. Every public operation of `fs` passes its errors through
//! [`named`], once, in the function that the program called; so do the
//! operations of `net` and `process` that name something.

use std::error::Error;
use std::fmt::{self, Display};
use std::io;

/// The error of a system call, with what was asked and of what.
#[derive(Debug)]
struct Named {
    operation: &'static str,
    subject: String,
    source: io::Error,
}

/// Names `source`. Its kind stays; the error itself stays reachable as
/// [`Error::source`], since an `io::Error` can't have both a text of ours and
/// the system's number.
#[cold]
pub(crate) fn named(
    operation: &'static str,
    subject: impl Display,
    source: io::Error,
) -> io::Error {
    let kind = source.kind();
    let subject = subject.to_string();
    io::Error::new(
        kind,
        Named {
            operation,
            subject,
            source,
        },
    )
}

impl Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.operation, self.subject, self.source)
    }
}

impl Error for Named {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

/// Bytes that were to be text are not.
#[cold]
pub(crate) fn not_utf8() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "stream did not contain valid UTF-8",
    )
}
