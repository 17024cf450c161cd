//! Moves a program from tokio to buzzer, in its manifests alone, and runs its tests:
//!
//! ```sh
//! .ci/move-in FOLDER [COMMAND…]      # in place of `cargo test`, any command
//! ```
//!
//! FOLDER is a checkout that may be changed: in its Cargo.toml, and in that of each member,
//! tokio becomes this buzzer, and the features stay (`manifest.rs` says how). What has
//! changed is printed; run again, nothing changes.

mod manifest;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use manifest::Moved;
use similar::TextDiff;
use walkdir::WalkDir;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        eprintln!("usage: .ci/move-in FOLDER [COMMAND…]");
        return ExitCode::from(2);
    };
    if let Err(error) = move_in(&folder) {
        eprintln!("{error}");
        return ExitCode::from(2);
    }
    let mut words: Vec<OsString> = arguments.collect();
    if words.is_empty() {
        words = ["cargo", "test"].map(OsString::from).into();
    }
    // Comes back only if it fails.
    let error = Command::new(&words[0])
        .args(&words[1..])
        .current_dir(&folder)
        .exec();
    eprintln!("{} can't be run: {error}", words[0].display());
    ExitCode::FAILURE
}

/// Rewrites every manifest in `folder` that has tokio.
fn move_in(folder: &Path) -> Result<(), String> {
    if !folder.join("Cargo.toml").is_file() {
        return Err(format!("there is no Cargo.toml in {}", folder.display()));
    }
    let executor = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../executor");
    let executor = executor
        .canonicalize()
        .map_err(|error| format!("{}: {error}", executor.display()))?;
    let mut has_tokio = false;
    for path in manifests(folder) {
        let told = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let before = fs::read_to_string(&path).map_err(|error| told(&error))?;
        let Moved { text, tokios } =
            manifest::moved(&before, &executor).map_err(|error| told(&error))?;
        has_tokio |= tokios > 0;
        if text == before {
            continue;
        }
        fs::write(&path, &text).map_err(|error| told(&error))?;
        let name = path.strip_prefix(folder).unwrap_or(&path).display();
        let name = name.to_string();
        let changed = TextDiff::from_lines(&before, &text);
        let mut changed = changed.unified_diff();
        print!("{}", changed.context_radius(0).header(&name, &name));
    }
    match has_tokio {
        true => Ok(()),
        false => Err(format!("no manifest in {} has tokio", folder.display())),
    }
}

/// All of the folder's, but for what a build has made.
fn manifests(folder: &Path) -> Vec<PathBuf> {
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter();
    entries
        .filter_entry(|entry| entry.file_name() != "target")
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name() == "Cargo.toml")
        .map(walkdir::DirEntry::into_path)
        .collect()
}
