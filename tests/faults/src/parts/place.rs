//! Where a part works, and what it was promised there.
//!
//! Owns [`Place`]. The parts note what the library has reported as done; it is looked at
//! by std when the library has ended.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub struct Place {
    dir: PathBuf,
    promises: RefCell<Vec<Promise>>,
    lines: RefCell<Vec<String>>,
}

#[derive(Debug)]
enum Promise {
    /// These bytes are in the file, from there on.
    Holds(PathBuf, usize, Vec<u8>),
    /// Nothing is there.
    Gone(PathBuf),
    /// What one side got is what the other has sent, as far as it came.
    Prefix(&'static str, Vec<u8>, Vec<u8>),
}

impl Place {
    pub fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            promises: RefCell::default(),
            lines: RefCell::default(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// It was reported as written.
    pub fn holds(&self, path: &Path, at: usize, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref().to_vec();
        self.promise(Promise::Holds(path.to_owned(), at, bytes));
    }

    /// It was reported as removed.
    pub fn is_gone(&self, path: &Path) {
        self.promise(Promise::Gone(path.to_owned()));
    }

    /// `got` came through `what`, for which `sent` was meant.
    pub fn came(&self, what: &'static str, got: &[u8], sent: &[u8]) {
        self.promise(Promise::Prefix(what, got.to_vec(), sent.to_vec()));
    }

    /// What was promised of the file does not hold any more: it is written anew.
    pub fn forget(&self, path: &Path) {
        let is_of_it = |promise: &Promise| matches!(promise, Promise::Holds(of, ..) if of == path);
        self.promises
            .borrow_mut()
            .retain(|promise| !is_of_it(promise));
    }

    fn promise(&self, promise: Promise) {
        self.promises.borrow_mut().push(promise);
    }

    pub fn keep_line(&self, line: String) {
        self.lines.borrow_mut().push(line);
    }

    pub fn take_lines(&self) -> Vec<String> {
        self.lines.take()
    }

    /// Looks, and names what does not hold.
    pub fn broken_promises(&self) -> Vec<String> {
        let promises = self.promises.borrow();
        promises.iter().filter_map(Promise::broken).collect()
    }
}

impl Promise {
    fn broken(&self) -> Option<String> {
        match self {
            Self::Holds(path, at, bytes) => {
                let there = fs::read(path).unwrap_or_default();
                let holds = there.get(*at..*at + bytes.len()) == Some(bytes);
                (!holds).then(|| {
                    let (path, count, there) = (path.display(), bytes.len(), there.len());
                    format!("{path} lacks some of {count} bytes at {at}, and has {there}")
                })
            }
            Self::Gone(path) => {
                let is_there = fs::symlink_metadata(path).is_ok();
                is_there.then(|| format!("{} is there", path.display()))
            }
            Self::Prefix(what, got, sent) => {
                let is_of_it = sent.starts_with(got);
                (!is_of_it).then(|| format!("{what} brought other bytes than were sent"))
            }
        }
    }
}
