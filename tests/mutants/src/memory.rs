//! What a run has found out, and the next need not find out again while the library is the
//! same, and the program of the test: who tries a new test has then to wait for those of its
//! program only.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cases::Known;
use crate::list::Mutant;
use crate::process::End;
use crate::tree::Tree;

#[derive(Default, Serialize, Deserialize)]
pub struct Memory {
    #[serde(skip)]
    file: PathBuf,
    /// Of the library's sources without its tests, and of the mutants.
    of: u64,
    pub unviable: BTreeSet<usize>,
    pub cases: Known,
    pub missed: BTreeSet<usize>,
    /// And by which test each of the others was caught: it is tried first the next time.
    pub caught: BTreeMap<usize, Catch>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catch {
    /// The test's name, and before it that of its program.
    pub by: String,
    /// Where alone it passes: behind which others of its process it does not.
    #[serde(default)]
    pub behind: Vec<String>,
    pub end: End,
    /// When the program was written.
    pub written: u128,
}

/// The tests that there are, by such names, and when the program of each was written.
pub type Tests = BTreeMap<String, u128>;

impl Memory {
    /// Nothing, if the library is another by now.
    pub fn load(tree: &Tree, mutants: &[Mutant]) -> Self {
        let mut hasher = DefaultHasher::new();
        hash_all(&tree.copied.from.join("executor/src"), &mut hasher);
        for mutant in mutants {
            mutant.name.hash(&mut hasher);
        }
        let of = hasher.finish();
        let file = tree.told.join("memory.json");
        let text = fs::read_to_string(&file).unwrap_or_default();
        let last: Option<Self> = serde_json::from_str(&text).ok();
        let last = last.filter(|memory| memory.of == of);
        Self {
            file,
            of,
            ..last.unwrap_or_default()
        }
    }

    /// What came of a mutant.
    pub fn note(&mut self, mutant: usize, caught: Option<Catch>) {
        if let Some(catch) = caught {
            self.caught.insert(mutant, catch);
            self.missed.remove(&mutant);
        } else {
            self.caught.remove(&mutant);
            self.missed.insert(mutant);
        }
    }

    /// How a mutant was caught, by a test that is there still and is the same. In a program
    /// that was written since a test may ask for less under the same name.
    pub fn catch(&self, mutant: usize, tests: &Tests) -> Option<&Catch> {
        let catch = self.caught.get(&mutant)?;
        (tests.get(&catch.by) == Some(&catch.written)).then_some(catch)
    }

    pub fn save(&self) {
        let text = serde_json::to_string(self).expect("it is numbers and names");
        // A run may be ended in the midst of this, too.
        let new = self.file.with_extension("new");
        let written = fs::write(&new, text).and_then(|()| fs::rename(&new, &self.file));
        written.expect("the build's folder can be written");
    }
}

fn hash_all(folder: &Path, hasher: &mut DefaultHasher) {
    let entries = fs::read_dir(folder).expect("the library is there");
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_stem().unwrap_or_default();
        if name == "tests" {
            // What it changes in its program is seen by that program's time.
            continue;
        }
        if path.is_dir() {
            hash_all(&path, hasher);
        } else {
            let text = fs::read_to_string(&path).expect("it is a file");
            text.split("mod tests {").next().hash(hasher);
        }
    }
}
