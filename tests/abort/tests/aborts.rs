//! With `panic = "abort"` a program runs as it does without, and a panic anywhere in it
//! ends the process at once, with its message; nobody waits for what it left.

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

const SIGABRT: i32 = 6;

/// The program, built so by the cargo that builds this test.
fn program() -> Command {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    let path = PATH.get_or_init(|| {
        let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("abort");
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let built = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--manifest-path",
                manifest,
                "--target-dir",
            ])
            .arg(&target)
            .env("CARGO_PROFILE_DEV_PANIC", "abort")
            .status()
            .unwrap();
        assert!(built.success());
        target.join("debug/panics")
    });
    Command::new(path)
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn every_part_works() {
    let output = program().output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "a task, a timer\na job\na file: panics\na socket\nan abort: true\n"
    );
    assert_eq!(stderr(&output), "");
}

#[test]
fn a_panic_anywhere_ends_the_process_with_its_message_and_waits_for_nobody() {
    for (place, message) in [
        ("task", "the task panics"),
        ("job", "the job panics"),
        ("main", "the main future panics"),
        ("future", "the future's drop panics"),
        ("output", "the output's drop panics"),
        ("waker", "the waker panics"),
        ("gather", "the branch panics"),
        ("scope", "the child panics"),
        ("timeout", "the limited future panics"),
    ] {
        let output = program().arg(place).output().unwrap();
        let said = stderr(&output);
        assert_eq!(output.status.signal(), Some(SIGABRT), "{place}: {said}");
        let told = said.matches(&format!("{message}\n")).count();
        assert_eq!(told, 1, "{place}: {said}");
        assert!(
            said.contains("panicked at tests/abort/src/main.rs"),
            "{said}"
        );
    }
}

#[test]
fn a_trace_is_left_all_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("run.json");
    let output = program()
        .arg("task")
        .env("BUZZER_TRACE", &file)
        .output()
        .unwrap();
    assert_eq!(output.status.signal(), Some(SIGABRT), "{}", stderr(&output));
    let trace = std::fs::read_to_string(file).unwrap();
    let trace: serde_json::Value = serde_json::from_str(&trace).unwrap();
    assert!(!trace["traceEvents"].as_array().unwrap().is_empty());
}
