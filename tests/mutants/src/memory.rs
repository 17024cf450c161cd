//! What a run has found out, and the next need not find out again while the library is the
//! same: who tries a new test has then to wait for that test only.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cases::Case;
use crate::list::Mutant;
use crate::tree::Tree;

#[derive(Default, Serialize, Deserialize)]
pub struct Memory {
    /// Of the library's sources, and of the mutants.
    of: u64,
    pub unviable: BTreeSet<usize>,
    /// The tests of a program, which has not been written since that time.
    pub cases: BTreeMap<String, (u128, Vec<Case>)>,
    pub missed: BTreeSet<usize>,
}

impl Memory {
    /// Nothing, if the library is another by now.
    pub fn load(tree: &Tree, mutants: &[Mutant]) -> Self {
        let mut hasher = DefaultHasher::new();
        hash_all(&tree.from.join("executor/src"), &mut hasher);
        for mutant in mutants {
            mutant.name.hash(&mut hasher);
        }
        let of = hasher.finish();
        let text = fs::read_to_string(tree.told.join("memory.json")).unwrap_or_default();
        let last: Option<Self> = serde_json::from_str(&text).ok();
        last.filter(|memory| memory.of == of).unwrap_or(Self {
            of,
            ..Self::default()
        })
    }

    pub fn save(&self, tree: &Tree) {
        let text = serde_json::to_string(self).expect("it is numbers and names");
        fs::write(tree.told.join("memory.json"), text).expect("the build's folder can be written");
    }
}

fn hash_all(folder: &Path, hasher: &mut DefaultHasher) {
    let entries = fs::read_dir(folder).expect("the library is there");
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            hash_all(&path, hasher);
        } else {
            fs::read(&path).expect("it is a file").hash(hasher);
        }
    }
}
