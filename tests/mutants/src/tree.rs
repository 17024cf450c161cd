//! The copy of the tree in which the mutants are, and what is built of it.
//!
//! Owns `mutants/` in the build's own folder. It stays there, so that what has not changed
//! is built once; a file is written only if it differs, for cargo goes by its time.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
        let files = self.files();
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
    }

    /// What the tree has not, or has in another form.
    pub fn write(&self, file: &str, wanted: &[u8]) {
        let to = self.copy.join(file);
        if fs::read(&to).is_ok_and(|is| is == wanted) {
            return;
        }
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(&to, wanted).unwrap_or_else(|error| panic!("{file}: {error}"));
    }

    /// All but what git ignores, and what was removed.
    fn files(&self) -> BTreeSet<String> {
        let listed = Command::new("git")
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
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
}
