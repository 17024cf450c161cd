//! What was counted before, and what is too much.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use serde::{Deserialize, Serialize};

/// How much more than before is a slow-down. On one machine counts repeat to an instruction
/// or so; another has other variants of what copies memory.
const MARGIN: f64 = 0.1;

/// By the names of the paths, in instructions a round.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct Figures(pub BTreeMap<String, f64>);

/// What a count is, beside the one before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// Within the margin.
    None,
    Slower,
    /// So much that the figure should be written anew, or a slow-down may hide in it.
    Faster,
    New,
}

impl Figures {
    /// Those in the file.
    ///
    /// # Errors
    ///
    /// If it can't be read.
    pub fn read() -> anyhow::Result<Self> {
        let text = fs::read_to_string(file()).with_context(|| file().display().to_string())?;
        Ok(toml::from_str(&text)?)
    }

    /// # Errors
    ///
    /// If the file can't be written.
    pub fn write(&self) -> anyhow::Result<()> {
        let text = format!(
            "# Instructions a round, as `cargo bench -p buzzer-counts -- --write` has counted \
             them.\n\n{}",
            toml::to_string(self)?
        );
        fs::write(file(), text).with_context(|| file().display().to_string())
    }

    pub fn change(&self, name: &str, counted: f64) -> Change {
        match self.0.get(name).map(|before| counted / before) {
            None => Change::New,
            Some(ratio) if ratio > 1.0 + MARGIN => Change::Slower,
            Some(ratio) if ratio < 1.0 - MARGIN => Change::Faster,
            Some(_) => Change::None,
        }
    }
}

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("figures.toml")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::Path;
    use clap::ValueEnum;

    #[test]
    fn more_than_the_margin_is_slower_and_less_is_faster() {
        let figures = Figures(BTreeMap::from([("spawn".to_owned(), 1_000.0)]));
        let changes = [1_101.0, 1_099.0, 901.0, 899.0].map(|count| figures.change("spawn", count));
        let expected = [Change::Slower, Change::None, Change::None, Change::Faster];
        assert_eq!(changes, expected);
        assert_eq!(figures.change("wake", 1.0), Change::New);
    }

    #[test]
    fn each_path_has_a_figure_and_each_figure_a_path() {
        let paths = Path::value_variants().iter();
        let mut names: Vec<_> = paths
            .map(|path| path.to_possible_value().unwrap().get_name().to_owned())
            .collect();
        names.sort();
        let figures = Figures::read().unwrap();
        assert_eq!(figures.0.into_keys().collect::<Vec<_>>(), names);
    }
}
