//! A command in the copy: built, run within a limit of time, and what came of it.

use std::fmt;
use std::fs::{self, File};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::tree::Tree;

/// A test that has not ended by then never will: none that is named takes more than a few
/// seconds.
const LIMIT: Duration = Duration::from_secs(30);

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
    let (cargo, _) = parts(command);
    let (status, output) = in_shell(tree, &format!("{cargo} --no-run"), None);
    match status {
        Some(status) if status.success() => Ok(()),
        _ => Err(format!("can't be built:\n{output}")),
    }
}

/// Runs what was built. What it has printed comes along.
pub fn run(tree: &Tree, command: &str) -> (Outcome, String) {
    let (status, output) = in_shell(tree, command, Some(LIMIT));
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

/// What is cargo's, and what is for the test program.
fn parts(command: &str) -> (&str, &str) {
    command
        .split_once(" -- ")
        .unwrap_or_else(|| panic!("`{command}` has no ` -- ` that the test's name follows"))
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
