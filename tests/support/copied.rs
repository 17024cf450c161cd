//! The project's tree, and a copy of it that faults are put into.
//!
//! Owns a folder in the build's own: what is copied and what is built of it. It stays there,
//! so that what has not changed is built once; a file is written only if it differs, for
//! cargo goes by its time.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Copied {
    /// The project's own tree.
    pub from: PathBuf,
    pub copy: PathBuf,
    pub built: PathBuf,
}

impl Copied {
    /// What lies under this name in the folder of the build that this program is of. Nothing
    /// is copied yet.
    pub fn under(name: &str) -> Self {
        let program = env::current_exe().expect("a program knows where it lies");
        let target = program.ancestors().nth(2).expect("target/debug/NAME");
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
        let copied = Self {
            from: from.expect("this is tests/NAME").to_owned(),
            copy: target.join(name).join("tree"),
            built: target.join(name).join("built"),
        };
        for folder in [&copied.copy, &copied.built] {
            fs::create_dir_all(folder).expect("the build's folder can be written");
        }
        copied
    }

    /// Makes the copy what the tree is, with what is not committed, and with files of its
    /// `own` beside; `change` has the last word on a file's text.
    pub fn copy_all(&self, own: &[&str], change: impl Fn(&str, &str) -> Option<String>) {
        let mut files = files(&self.from);
        for file in &files {
            let (from, to) = (self.from.join(file), self.copy.join(file));
            let mut wanted = fs::read(&from).unwrap_or_else(|error| panic!("{file}: {error}"));
            if let Ok(text) = str::from_utf8(&wanted)
                && let Some(changed) = change(file, text)
            {
                wanted = changed.into_bytes();
            }
            write(&to, &wanted);
            let mode = fs::metadata(&from).unwrap().permissions();
            fs::set_permissions(to, mode).unwrap();
        }
        files.extend(own.iter().map(|file| (*file).to_owned()));
        remove_others(&self.copy, &files);
    }
}

/// All but what git ignores, and what was removed.
fn files(tree: &Path) -> BTreeSet<String> {
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
fn remove_others(copy: &Path, files: &BTreeSet<String>) {
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
