//! Moves a program from tokio to buzzer, in its manifests alone, and runs its tests:
//!
//! ```sh
//! .ci/move-in FOLDER [COMMAND…]            # in place of `cargo test`, any command
//! .ci/move-in --patch FOLDER [COMMAND…]    # with all that it depends on
//! ```
//!
//! FOLDER is a checkout that may be changed: in its Cargo.toml, and in that of each member,
//! tokio becomes this buzzer, and the features stay (`manifest.rs` says how). With `--patch`
//! they stay as they are, and the workspace's gets a line that gives buzzer to whoever asks
//! for tokio (`patch.rs`): for programs whose dependencies call tokio. What has changed is
//! printed; run again, nothing changes.

mod manifest;
mod patch;

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
    let mut arguments = env::args_os().skip(1).peekable();
    let is_patch = arguments.next_if(|word| word == "--patch").is_some();
    let Some(folder) = arguments.next().map(PathBuf::from) else {
        eprintln!("usage: .ci/move-in [--patch] FOLDER [COMMAND…]");
        return ExitCode::from(2);
    };
    let moved = match is_patch {
        true => patch(&folder),
        false => move_in(&folder),
    };
    if let Err(error) = moved {
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

/// The library's folder, where `folder` has a manifest.
fn executor(folder: &Path) -> Result<PathBuf, String> {
    if !folder.join("Cargo.toml").is_file() {
        return Err(format!("there is no Cargo.toml in {}", folder.display()));
    }
    let executor = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../executor");
    let found = executor.canonicalize();
    found.map_err(|error| format!("{}: {error}", executor.display()))
}

/// Rewrites the manifest of the workspace of `folder`.
fn patch(folder: &Path) -> Result<(), String> {
    let tokio = executor(folder)?.join("tokio");
    let manifest = patch::workspace(folder)?;
    rewrite(folder, &manifest, |before| patch::patched(before, &tokio))?;
    patch::take_hold(&manifest)
}

/// Rewrites every manifest in `folder` that has tokio.
fn move_in(folder: &Path) -> Result<(), String> {
    let executor = executor(folder)?;
    let mut has_tokio = false;
    for path in manifests(folder) {
        rewrite(folder, &path, |before| {
            let Moved { text, tokios } =
                manifest::moved(before, &executor).map_err(|error| error.to_string())?;
            has_tokio |= tokios > 0;
            Ok(text)
        })?;
    }
    match has_tokio {
        true => Ok(()),
        false => Err(format!("no manifest in {} has tokio", folder.display())),
    }
}

/// Puts what `change` makes of a file in its place, and prints what is new.
fn rewrite(
    folder: &Path,
    path: &Path,
    change: impl FnOnce(&str) -> Result<String, String>,
) -> Result<(), String> {
    let told = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let before = fs::read_to_string(path).map_err(|error| told(&error))?;
    let after = change(&before).map_err(|error| told(&error))?;
    if after == before {
        return Ok(());
    }
    fs::write(path, &after).map_err(|error| told(&error))?;
    let name = path.strip_prefix(folder).unwrap_or(path).display();
    let name = name.to_string();
    let changed = TextDiff::from_lines(&before, &after);
    let mut changed = changed.unified_diff();
    print!("{}", changed.context_radius(0).header(&name, &name));
    Ok(())
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
