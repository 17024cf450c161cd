//! A test in a process of its own: for what counts the process's threads,
//! descriptors and memory, changes its limits, or reads its environment.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::fmt::Display;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Command, Output};
use std::str::FromStr;

/// Runs `body` in this test binary, called again for the running test alone.
pub fn in_a_child(body: impl FnOnce()) {
    let Some(mut again) = again() else {
        return body();
    };
    passed(&again.output().unwrap());
}

/// As [`in_a_child`] with each of `values`, each in a child of its own: for what a process
/// keeps for good.
pub fn in_children<T: Display + FromStr>(values: &[T], body: impl FnOnce(T)) {
    const VALUE: &str = "BUZZER_TEST_VALUE";
    for value in values {
        let Some(mut again) = again() else {
            let value = std::env::var(VALUE).unwrap().parse();
            return body(value.unwrap_or_else(|_| panic!("a value")));
        };
        let output = again.env(VALUE, value.to_string()).output().unwrap();
        passed(&output);
    }
}

/// One that was called [`again`] has passed.
#[track_caller]
pub fn passed(output: &Output) {
    let stdout = String::from_utf8_lossy(&output.stdout);
    // A name that matched no test would succeed as well.
    assert!(
        output.status.success() && stdout.contains("1 passed"),
        "{stdout}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// This test binary, to be called again for the running test alone. `None` if it was.
pub fn again() -> Option<Command> {
    const NOTE: &str = "BUZZER_TEST_CHILD";
    let test = std::thread::current()
        .name()
        .expect("tests are named")
        .to_owned();
    if std::env::var(NOTE).is_ok_and(|value| value == test) {
        return None;
    }
    let mut again = Command::new(std::env::current_exe().unwrap());
    again
        .args([&test, "--exact", "--nocapture", "--test-threads=1"])
        .env(NOTE, &test);
    // SAFETY: between fork and exec only `signal` is called, which may be there.
    unsafe { again.pre_exec(with_default_actions) };
    Some(again)
}

/// Whoever runs the tests may ignore signals, as a shell does for what it runs in the
/// background; and what is ignored stays so in a child.
fn with_default_actions() -> io::Result<()> {
    let signals = [
        libc::SIGABRT,
        libc::SIGHUP,
        libc::SIGINT,
        libc::SIGQUIT,
        libc::SIGTERM,
    ];
    for signal in signals {
        // SAFETY: it changes what a signal does, and touches no memory.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    Ok(())
}
