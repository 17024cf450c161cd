//! The file systems that programs are run on.

mod limits;

use crate::run::Roots;
use crate::tree;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

pub use limits::limit;

/// A file system with a directory for either side.
#[derive(Debug)]
pub struct Ground {
    name: String,
    roots: Roots,
    is_small: bool,
    /// Gone with it.
    _dir: Option<TempDir>,
}

impl Ground {
    /// Below a directory that there is, as it is.
    pub fn in_dir(dir: PathBuf) -> Self {
        let own = tempfile::tempdir_in(&dir).expect("a directory for both sides");
        // A canonical path, as canonicalising gives it.
        let at = own.path().canonicalize().expect("it was just made");
        Self {
            name: dir.display().to_string(),
            roots: Roots {
                buzzer: at.join("one"),
                std: at.join("two"),
            },
            is_small: false,
            _dir: Some(own),
        }
    }

    pub fn is_small(&self) -> bool {
        self.is_small
    }

    /// Two empty directories.
    pub fn fresh(&mut self) -> Roots {
        for root in [&self.roots.buzzer, &self.roots.std] {
            tree::remove(root);
            fs::create_dir(root).expect("a directory that was removed can be made");
        }
        self.roots.clone()
    }
}

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
