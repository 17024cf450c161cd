//! The project's tree, for a copy of it that faults are put into.
//!
//! Owns which files there are, how one comes into the copy, and how others leave it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// All but what git ignores, and what was removed.
pub fn files(tree: &Path) -> BTreeSet<String> {
    let arguments = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    let listed = Command::new("git")
        .args(arguments)
        .current_dir(tree)
        .output()
        .expect("git is there");
    assert!(listed.status.success(), "the tree is git's: {listed:?}");
    let names = String::from_utf8(listed.stdout).expect("names are text");
    let names = names.split_terminator('\0');
    names
        .filter(|name| tree.join(name).is_file())
        .map(str::to_owned)
        .collect()
}

/// Has `file` hold what is wanted. It is written only if it doesn't: cargo goes by its time.
pub fn write(file: &Path, wanted: &[u8]) {
    if fs::read(file).is_ok_and(|is| is == wanted) {
        return;
    }
    let written = fs::create_dir_all(file.parent().unwrap()).and_then(|()| fs::write(file, wanted));
    written.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}

/// Leaves only `files` in `copy`.
pub fn remove_others(copy: &Path, files: &BTreeSet<String>) {
    remove_within(copy, copy, files);
}

fn remove_within(folder: &Path, copy: &Path, files: &BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(copy).unwrap().to_str().unwrap();
        if path.is_dir() {
            remove_within(&path, copy, files);
        } else if !files.contains(name) {
            fs::remove_file(&path).unwrap();
        }
    }
}
