//! The copy of the tree that faults are planted in, and what is built of it.
//!
//! Owns `planted/` in the build's own folder.

use std::path::PathBuf;
use std::process::Command;

use crate::copied::Copied;
use crate::fault::{FAULTS, Fault};

pub struct Tree {
    pub copy: PathBuf,
    pub built: PathBuf,
}

impl Tree {
    /// As it is now: what is changed while the faults are tried is for the next time.
    pub fn new() -> Self {
        let copied = Copied::under("planted");
        copied.copy_all(&[], |_, _| None);
        let Copied { copy, built, .. } = copied;
        Self { copy, built }
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
