//! A command in the copy: built, run within a limit of time, and what came of it.

use std::fmt;
use std::fs::{self, File};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::tree::Tree;

/// Who has not come to an end by then never will: a test that notices by itself that
/// something hangs needs half a minute for it, and some make that smaller.
const LONGEST: Duration = Duration::from_mins(15);
/// The same of a test that hangs with its fault, and of which it is known how long it takes
/// without.
const SILENCE: Duration = Duration::from_secs(30);

/// The limit of a test that took so long without a fault, and hangs with it.
pub fn silence(taken: Duration) -> Duration {
    SILENCE.max(taken * 3)
}

#[derive(Clone, Copy)]
pub enum Outcome {
    Passed,
    Failed,
    /// By a signal, as an abort is, so that the harness could not tell of it.
    Killed,
    Hung,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "passes",
            Self::Failed => "fails",
            Self::Killed => "ends the process by a signal",
            Self::Hung => "does not come to its end",
        })
    }
}

/// # Errors
///
/// With what the compiler says.
pub fn build(tree: &Tree, command: &str) -> Result<(), String> {
    let (cargo, _) = parts(command).expect("it was looked at when it was read");
    let (status, output) = in_shell(tree, &format!("{cargo} --no-run"), None);
    match status {
        Some(status) if status.success() => Ok(()),
        _ => Err(format!("can't be built:\n{output}")),
    }
}

/// Runs what was built, for so long at most. What it has printed comes along.
pub fn run(tree: &Tree, command: &str, limit: Option<Duration>) -> (Outcome, String) {
    let limit = limit.unwrap_or(LONGEST);
    let (status, output) = in_shell(tree, command, Some(limit));
    let outcome = match status {
        None => Outcome::Hung,
        Some(status) if status.success() => Outcome::Passed,
        // Cargo says so of a test program that a signal has ended.
        Some(status) if status.signal().is_some() || output.contains("(signal: ") => {
            Outcome::Killed
        }
        Some(_) => Outcome::Failed,
    };
    (outcome, output)
}

/// How many tests have passed.
pub fn passed(output: &str) -> u32 {
    let results = output.split("test result: ok. ").skip(1);
    let counts = results.filter_map(|result| result.split(' ').next()?.parse::<u32>().ok());
    counts.sum()
}

/// What is cargo's of a command, and what is for the test program.
pub fn parts(command: &str) -> Option<(&str, &str)> {
    command.split_once(" -- ")
}

/// `None` says that the time was over.
fn in_shell(tree: &Tree, command: &str, limit: Option<Duration>) -> (Option<ExitStatus>, String) {
    let printed = tree.built.with_file_name("printed");
    let file = File::create(&printed).expect("the build's folder can be written");
    let mut child = Command::new("sh")
        .args(["-c", command])
        .current_dir(&tree.copy)
        .env("CARGO_TARGET_DIR", &tree.built)
        .stderr(file.try_clone().unwrap())
        .stdout(file)
        .process_group(0)
        .spawn()
        .expect("sh is there");
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if limit.is_some_and(|limit| began.elapsed() > limit) {
            let group = Pid::from_child(&child);
            // It may have ended just now.
            let _ = kill_process_group(group, Signal::KILL);
            child.wait().unwrap();
            break None;
        }
        thread::sleep(Duration::from_millis(20));
    };
    let output = fs::read(&printed).expect("it was just written");
    (status, String::from_utf8_lossy(&output).into_owned())
}
