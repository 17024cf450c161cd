//! What a test needs of its system. Where it isn't there, the test says so in a line and
//! passes; with `BUZZER_TEST_FAULTS=require` it fails.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::env;
use std::fmt::Display;
use std::io::{self, Write};
use std::thread;

/// Says which test is skipped, and why: where it is read, also of a test that passes, whose
/// `eprintln!` the harness keeps to itself.
pub fn skip(why: impl Display) {
    let current = thread::current();
    let test = current.name().unwrap_or_default();
    assert!(
        env::var_os("BUZZER_TEST_FAULTS").is_none_or(|value| value != "require"),
        "skipped: {test}: {why}"
    );
    // It tells nobody anything if there is no such place.
    let _ = writeln!(io::stderr(), "skipped: {test}: {why}");
}

/// Whether there are sandboxes that tell of calls.
pub fn sandboxes() -> bool {
    let can = faults::run::can_run();
    if !can {
        skip("this system has no filters for us");
    }
    can
}

/// Whether it is root's process, which may mount and give up its user.
pub fn root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        skip("this needs root");
    }
    is_root
}
