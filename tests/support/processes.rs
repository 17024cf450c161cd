//! What the system says of other processes.
#![allow(dead_code, reason = "each test file uses a part of it")]

use rustix::process::{Pid, test_kill_process};

/// Whether there is one of that number, if only a zombie.
pub fn is_there(process: Pid) -> bool {
    test_kill_process(process).is_ok()
}

/// `S` for one that sleeps, `T` for one that is stopped, `Z` for a zombie, and others;
/// `None` if there is none of that number.
#[cfg(target_os = "linux")]
pub fn state(process: Pid) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.as_raw_pid())).ok()?;
    let (_, state) = stat.rsplit_once(") ").unwrap();
    state.chars().next()
}

#[cfg(not(target_os = "linux"))]
pub fn state(process: Pid) -> Option<char> {
    let number = process.as_raw_pid().to_string();
    let mut ps = std::process::Command::new("ps");
    let said = ps.args(["-o", "state=", "-p", &number]).output().unwrap();
    match String::from_utf8(said.stdout).unwrap().chars().next()? {
        // That of one that has slept for long.
        'I' => Some('S'),
        state => Some(state),
    }
}
