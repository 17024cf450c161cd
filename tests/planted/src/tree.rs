//! The copy of the tree that faults are planted in, and what is built of it.
//!
//! Owns `planted/` in the build's own folder. It stays there, so that what no fault
//! touches is built once; a file is written only if it differs, for cargo goes by its time.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::copied;
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
        let files = copied::files(&self.from);
        for file in &files {
            let (from, to) = (self.from.join(file), self.copy.join(file));
            let wanted = fs::read(&from).unwrap_or_else(|error| panic!("{file}: {error}"));
            copied::write(&to, &wanted);
            let mode = fs::metadata(&from).unwrap().permissions();
            fs::set_permissions(to, mode).unwrap();
        }
        copied::remove_others(&self.copy, &files);
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
