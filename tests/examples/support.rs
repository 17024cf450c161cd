//! Finding the built examples and running them; all tests here go through it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

pub const ALL: [&str; 7] = [
    "sync_read",
    "async_read",
    "side_by_side",
    "coffee_shop",
    "blocking_the_loop",
    "ten_thousand_waits",
    "by_hand",
];

/// Arguments that make an example take no time.
pub fn in_a_hurry(example: &str) -> &'static [&'static str] {
    match example {
        "sync_read" | "by_hand" => &["--no-wait"],
        "async_read" | "side_by_side" => &["--paused"],
        "blocking_the_loop" => &["1"],
        "ten_thousand_waits" => &["50"],
        _ => &[],
    }
}

/// The built example, in target/<profile>/examples; this test is in .../deps.
pub fn example(name: &str) -> Command {
    let test = std::env::current_exe().expect("a test knows its own path");
    let profile = test.ancestors().nth(2).expect("target/<profile>/deps/test");
    let path = profile.join("examples").join(name);
    assert!(
        path.exists(),
        "{} is not built; `cargo test` or `cargo build --examples` does that",
        path.display()
    );
    let mut command = Command::new(path);
    command.env_remove("NO_COLOR");
    command
}

pub struct Run {
    pub stdout: String,
    pub stderr: String,
    pub status: Option<i32>,
}

pub fn run(command: &mut Command) -> Run {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("it can be started");
    Run {
        stdout: String::from_utf8(stdout).expect("examples print UTF-8"),
        stderr: String::from_utf8(stderr).expect("examples print UTF-8"),
        status: status.code(),
    }
}

pub fn empty_directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

pub fn names_in(directory: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(directory.path()).expect("it is there");
    entries
        .map(|entry| {
            entry
                .expect("readable")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

pub fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
