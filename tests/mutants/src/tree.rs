//! The copy of the tree in which the mutants are, and what is built of it.
//!
//! Owns `mutants/` in the build's own folder.

use std::fs;
use std::path::PathBuf;

use crate::copied::{self, Copied};

/// What the library has there and nowhere else: the module of the switches.
pub const SWITCH: &str = "executor/src/mutant.rs";

pub struct Tree {
    pub copied: Copied,
    /// What is told of the mutants lies here.
    pub told: PathBuf,
}

impl Tree {
    pub fn new() -> Self {
        let copied = Copied::under("mutants");
        let told = copied.built.with_file_name("told");
        fs::create_dir_all(&told).expect("the build's folder can be written");
        Self { copied, told }
    }

    /// Makes the copy what the tree is, with what is not committed; `change` has the last
    /// word on a file's text.
    pub fn copy_all(&self, change: impl Fn(&str, &str) -> Option<String>) {
        self.copied.copy_all(&[SWITCH], change);
        let switch = include_bytes!("../switch/mutant.rs");
        copied::write(&self.copied.copy.join(SWITCH), switch);
    }
}
