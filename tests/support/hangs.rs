//! A test in which something hangs: in a process of its own, which the watch ends.

use std::process::Command;
use std::{env, thread};

/// What that process has said when it failed. There `hangs` is called.
///
/// Called as anybody calls it, who has what a test prints kept until its end.
#[track_caller]
pub fn told_of(hangs: impl FnOnce()) -> String {
    const NOTE: &str = "BUZZER_TEST_HANGS";
    if env::var_os(NOTE).is_some() {
        hangs();
        unreachable!("it hangs");
    }
    let mut again = Command::new(env::current_exe().unwrap());
    again.args([thread::current().name().unwrap(), "--exact"]);
    let output = again.env(NOTE, "").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    told.into_owned()
}
