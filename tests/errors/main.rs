//! Every error of the library as a table: what a program did, and what it is told.
//!
//! A row does the thing, and compares the whole text, the kind and the system's number.

#[path = "../support/child.rs"]
mod child;
mod files;
mod making;
mod names;
mod permission;
mod polled;
mod reading;
mod runtimes;
mod sockets;
#[path = "../support/system.rs"]
mod system;
mod tasks;

use std::error::Error;
use std::fmt::Display;
use std::io::{self, ErrorKind};
use std::path::Path;

use tempfile::TempDir;

/// The system's error of that number.
fn os(number: i32) -> io::Error {
    io::Error::from_raw_os_error(number)
}

/// The error that std gives.
fn std<T>(result: io::Result<T>) -> io::Error {
    result.err().expect("std gives an error, too")
}

/// Whoever `did` this is told `what`, and then the cause: as its text, its kind and its
/// number say, and once also by who tells an error with all its sources.
#[track_caller]
fn says<T>(did: &str, result: io::Result<T>, what: impl Display, cause: io::Error) {
    let text = format!("{what}: {cause}");
    let number = cause.raw_os_error();
    tells(did, result, text, cause.kind(), number);
}

/// As [`says`], of what the library finds by itself.
#[track_caller]
fn finds<T>(did: &str, result: io::Result<T>, text: impl Display, kind: ErrorKind) {
    tells(did, result, text, kind, None);
}

#[track_caller]
fn tells<T>(
    did: &str,
    result: io::Result<T>,
    text: impl Display,
    kind: ErrorKind,
    number: Option<i32>,
) {
    let Err(error) = result else {
        panic!("{did}: no error");
    };
    let told = (
        error.to_string(),
        error.kind(),
        buzzer::io::raw_os_error(&error),
    );
    assert_eq!(told, (text.to_string(), kind, number), "{did}");
    let all = chain(&error);
    let more = all.strip_prefix(&told.0).expect("the text comes first");
    // Of bytes that are no text, the sources say where the text ends.
    let may_more = kind == ErrorKind::InvalidData && more.contains("utf-8");
    assert!(more.is_empty() || may_more, "{did}: {all}");
}

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

/// On the disk that the build is on, as the tests of files have it.
fn temp_dir() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// As errors show a path.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
