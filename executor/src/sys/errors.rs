//! Errors that name the operation and the thing it failed on.
//!
//! Owns their wording, and the way back to the system's number. Every public
//! operation of `fs` passes its errors through [`named`], once, in the function
//! that the program called; so do the operations of `net`, `process` and `signal`
//! that name something, and whatever makes a runtime. Uses nothing of the crate.

use std::error::Error;
use std::fmt::{self, Display};
use std::io;
use std::path::Path;

/// What the errors say by which a runtime can't be made.
pub(crate) const NO_RUNTIME: &str = "a runtime could not make";

/// The error of a system call, with what was asked and of what.
#[derive(Debug)]
struct Named {
    operation: &'static str,
    subject: String,
    source: io::Error,
}

/// Names `source`. Its kind stays; its number is what [`raw_os_error`] gives, since
/// an `io::Error` can't have both a text of ours and the system's number.
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

/// As [`named`], of what a `try_` operation says; but not "would block", which is said
/// often, and is an answer.
pub(crate) fn named_if_lasting(
    operation: &'static str,
    subject: impl Display,
    error: io::Error,
) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock => error,
        _ => named(operation, subject, error),
    }
}

/// As [`named`], of what was to be made at `path`: if its folder is missing, that is
/// named as well. The system says only that something is. May block, to find out.
#[cold]
pub(crate) fn named_to_make(operation: &'static str, path: &Path, error: io::Error) -> io::Error {
    let shown = path.display();
    match missing_folder(path, &error) {
        Some(folder) => {
            let missing = format_args!("{shown}: {} is missing", folder.display());
            named(operation, missing, error)
        }
        None => named(operation, shown, error),
    }
}

/// The folder highest up on the way to `path` that isn't there, if `error` may be
/// owed to one.
pub(crate) fn missing_folder<'a>(path: &'a Path, error: &io::Error) -> Option<&'a Path> {
    if error.kind() != io::ErrorKind::NotFound {
        return None;
    }
    let folders = path.ancestors().skip(1);
    let missing = folders.take_while(|folder| {
        let is_named = !folder.as_os_str().is_empty();
        is_named && folder.symlink_metadata().is_err()
    });
    missing.last()
}

impl Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.operation, self.subject, self.source)
    }
}

impl Error for Named {
    /// What is behind the error that the text ends with. That error itself would be
    /// told twice by who tells an error with its sources.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.source()
    }
}

/// The system's number of an error (errno), also of one to which this crate has
/// given a name: the operation and the path or address that it failed on. There
/// [`io::Error::raw_os_error`] gives `None`.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// let error = buzzer::fs::File::open("dummy.txt").await.unwrap_err();
/// assert_eq!(error.to_string(), "open dummy.txt: No such file or directory (os error 2)");
/// assert_eq!(buzzer::io::raw_os_error(&error), Some(2));
/// # });
/// ```
pub fn raw_os_error(error: &io::Error) -> Option<i32> {
    let named = error.get_ref().and_then(|inner| inner.downcast_ref());
    match named {
        Some(Named { source, .. }) => raw_os_error(source),
        None => error.raw_os_error(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a report that tells an error with all its sources says.
    fn chain(error: &dyn Error) -> String {
        let mut told = error.to_string();
        let mut next = error.source();
        while let Some(source) = next {
            told = format!("{told}: {source}");
            next = source.source();
        }
        told
    }

    #[test]
    fn an_error_told_with_its_sources_says_everything_once() {
        let full = io::Error::from_raw_os_error(libc::ENOSPC);
        let text = full.to_string();
        let error = named("flush", "menu", named("earlier", "write", full));
        assert_eq!(chain(&error), format!("flush menu: earlier write: {text}"));

        let behind = io::Error::other(named("read", "menu", io::ErrorKind::Other.into()));
        let error = named("open", "shop", behind);
        assert_eq!(chain(&error), "open shop: read menu: other error");
    }

    #[test]
    fn an_error_named_twice_keeps_the_kind_and_the_number_of_the_systems() {
        let full = io::Error::from_raw_os_error(libc::ENOSPC);
        let error = named("flush", "menu", named("earlier", "write", full));
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(raw_os_error(&error), Some(libc::ENOSPC));
        assert_eq!(raw_os_error(&io::ErrorKind::NotFound.into()), None);
        let unnamed = io::Error::from_raw_os_error(libc::ENOENT);
        assert_eq!(raw_os_error(&unnamed), Some(libc::ENOENT));
    }
}
