//! The copy of the tree in which the mutants are, and what is built of it.
//!
//! Owns `mutants/` in the build's own folder. It stays there, so that what has not changed
//! is built once; a file is written only if it differs, for cargo goes by its time.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::copied;

/// What the library has there and nowhere else: the module of the switches.
pub const SWITCH: &str = "executor/src/mutant.rs";

pub struct Tree {
    pub from: PathBuf,
    pub copy: PathBuf,
    pub built: PathBuf,
    /// What is told of the mutants lies here.
    pub told: PathBuf,
}

impl Tree {
    pub fn new() -> Self {
        let program = env::current_exe().expect("a program knows where it lies");
        let target = program.ancestors().nth(2).expect("target/debug/NAME");
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
        let tree = Self {
            from: from.expect("this is tests/mutants").to_owned(),
            copy: target.join("mutants/tree"),
            built: target.join("mutants/built"),
            told: target.join("mutants/told"),
        };
        for folder in [&tree.copy, &tree.built, &tree.told] {
            fs::create_dir_all(folder).expect("the build's folder can be written");
        }
        tree
    }

    /// Makes the copy what the tree is, with what is not committed; `change` has the last
    /// word on a file's text.
    pub fn copy_all(&self, change: impl Fn(&str, &str) -> Option<String>) {
        let mut files = copied::files(&self.from);
        for file in &files {
            let (from, to) = (self.from.join(file), self.copy.join(file));
            let mut wanted = fs::read(&from).unwrap_or_else(|error| panic!("{file}: {error}"));
            if let Ok(text) = str::from_utf8(&wanted)
                && let Some(changed) = change(file, text)
            {
                wanted = changed.into_bytes();
            }
            self.write(file, &wanted);
            let mode = fs::metadata(&from).unwrap().permissions();
            fs::set_permissions(to, mode).unwrap();
        }
        files.insert(SWITCH.to_owned());
        copied::remove_others(&self.copy, &files);
    }

    /// What the tree has not, or has in another form.
    pub fn write(&self, file: &str, wanted: &[u8]) {
        copied::write(&self.copy.join(file), wanted);
    }
}
