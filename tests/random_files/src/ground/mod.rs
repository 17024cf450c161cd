//! The file systems that programs are run on.
//!
//! `mounts.rs` makes those that have to be mounted, `limits.rs` says what a process may.

mod limits;
mod mounts;

use crate::run::Roots;
use crate::tree;
use mounts::Kind;
use std::fmt;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

pub use limits::limit;

/// A file system with a directory for either side.
#[derive(Debug)]
pub struct Ground {
    name: String,
    roots: Roots,
    is_small: bool,
    kind: Kind,
    /// Gone with it.
    _dir: Option<TempDir>,
}

impl Ground {
    /// By the name of a directory, or of a file system that is made for the run. For the
    /// latter the process may have no second thread yet.
    ///
    /// # Errors
    ///
    /// Why there can be none here: who is not root can mount nothing.
    pub fn on(name: &str) -> Result<Self, String> {
        match name.contains('/') {
            true => Ok(Self::in_dir(Path::new(name))),
            false => mounts::make(name),
        }
    }

    /// Below a directory that there is.
    pub fn in_dir(dir: &Path) -> Self {
        let own = tempfile::tempdir_in(dir).expect("a directory for both sides");
        // A canonical path, as canonicalising gives it.
        let at = own.path().canonicalize().expect("it was just made");
        Self {
            name: dir.display().to_string(),
            roots: Roots {
                buzzer: at.join("one"),
                std: at.join("two"),
            },
            is_small: false,
            kind: Kind::Plain,
            _dir: Some(own),
        }
    }

    pub fn is_small(&self) -> bool {
        self.is_small
    }

    /// Two directories with the same in them.
    pub fn fresh(&mut self) -> Roots {
        self.begin()
    }

    fn empty(&self) {
        for root in [&self.roots.buzzer, &self.roots.std] {
            // It may be where something is mounted, so it stays.
            fs::create_dir_all(root).expect("a directory can be made");
            for entry in fs::read_dir(root).expect("it is a directory") {
                tree::remove(&entry.expect("it can be listed").path());
            }
        }
    }
}

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
