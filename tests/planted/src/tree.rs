//! The copy of the tree that faults are planted in, and what is built of it.
//!
//! Owns `planted/` in the build's own folder. It stays there, so that what no fault
//! touches is built once; a file is written only if it differs, for cargo goes by its time.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fault::{FAULTS, Fault};

pub struct Tree {
    from: PathBuf,
    pub copy: PathBuf,
    pub built: PathBuf,
}

impl Tree {
    /// As it is now: what is changed while the faults are tried is for the next time.
    pub fn new() -> Self {
        let program = env::current_exe().expect("a program knows where it lies");
        let target = program.ancestors().nth(2).expect("target/debug/NAME");
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
        let tree = Self {
            from: from.expect("this is tests/planted").to_owned(),
            copy: target.join("planted/tree"),
            built: target.join("planted/built"),
        };
        for folder in [&tree.copy, &tree.built] {
            fs::create_dir_all(folder).expect("the build's folder can be written");
        }
        tree.copy_all();
        tree
    }

    /// Makes the copy what the tree is, with what is not committed.
    fn copy_all(&self) {
        let files = self.files();
        for file in &files {
            let (from, to) = (self.from.join(file), self.copy.join(file));
            let wanted = fs::read(&from).unwrap_or_else(|error| panic!("{file}: {error}"));
            if fs::read(&to).is_ok_and(|is| is == wanted) {
                continue;
            }
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(&to, wanted).unwrap_or_else(|error| panic!("{file}: {error}"));
            let mode = fs::metadata(&from).unwrap().permissions();
            fs::set_permissions(to, mode).unwrap();
        }
        self.remove_others(&self.copy, &files);
    }

    /// All but what git ignores, and what was removed.
    fn files(&self) -> BTreeSet<String> {
        let arguments = [
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ];
        let listed = Command::new("git")
            .args(arguments)
            .current_dir(&self.from)
            .output()
            .expect("git is there");
        assert!(listed.status.success(), "the tree is git's: {listed:?}");
        let names = String::from_utf8(listed.stdout).expect("names are text");
        let names = names.split_terminator('\0');
        names
            .filter(|name| self.from.join(name).is_file())
            .map(str::to_owned)
            .collect()
    }

    fn remove_others(&self, folder: &Path, files: &BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&self.copy).unwrap().to_str().unwrap();
            if path.is_dir() {
                self.remove_others(&path, files);
            } else if !files.contains(name) {
                fs::remove_file(&path).unwrap();
            }
        }
    }

    /// # Errors
    ///
    /// What git says of a patch that doesn't apply.
    pub fn plant(&self, fault: &Fault) -> Result<(), String> {
        self.apply(fault, &[])
    }

    pub fn pull_out(&self, fault: &Fault) {
        self.apply(fault, &["--reverse"])
            .expect("what was put in can be taken out");
    }

    fn apply(&self, fault: &Fault, how: &[&str]) -> Result<(), String> {
        let patch = format!("{FAULTS}/{}.patch", fault.name);
        let applied = Command::new("git")
            .args(["apply", "--whitespace=nowarn"])
            .args(how)
            .arg(patch)
            .current_dir(&self.copy)
            // Or it is taken for a part of the tree that the build's folder may lie in,
            // and passed over.
            .env("GIT_CEILING_DIRECTORIES", self.copy.parent().unwrap())
            .output()
            .expect("git is there");
        match applied.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&applied.stderr).into_owned()),
        }
    }
}
