//! The mutants that no test is to find, and why: `missed.toml`.

use serde::Deserialize;

use crate::list::Mutant;

#[derive(Deserialize)]
pub struct Missed {
    mutants: Vec<Known>,
}

/// One that is known to be missed.
#[derive(Deserialize)]
pub struct Known {
    pub file: String,
    /// As cargo-mutants says it, behind the place.
    pub mutant: String,
    /// Which of several of that name in the file, from 1; else it is all of them.
    #[serde(default)]
    nth: Option<usize>,
    /// Whether some runs were seen to catch it: by a race, or as a test took long.
    #[serde(default)]
    pub by_chance: bool,
    /// Why no test could tell, or need.
    pub why: String,
}

impl Missed {
    /// # Panics
    ///
    /// If the file isn't what it should be.
    pub fn read() -> Self {
        Self::of(include_str!("../missed.toml"))
    }

    pub fn of(text: &str) -> Self {
        toml::from_str(text).expect("missed.toml is well-formed")
    }

    pub fn entries(&self) -> &[Known] {
        &self.mutants
    }
}

impl Known {
    /// Which of all these it is.
    pub fn of<'a>(&self, all: &'a [Mutant]) -> Vec<&'a Mutant> {
        let named = all
            .iter()
            .filter(|mutant| mutant.file == self.file && mutant.what() == self.mutant);
        match self.nth {
            Some(nth) => named.skip(nth - 1).take(1).collect(),
            None => named.collect(),
        }
    }
}
