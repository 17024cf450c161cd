//! cargo-mutants' own list, so that the mutants are its mutants, and the figure its figure.

use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// One change of the source.
#[derive(Deserialize)]
pub struct Mutant {
    /// From 1, for a switch that is 0 is none.
    #[serde(default)]
    pub number: usize,
    pub file: String,
    pub name: String,
    pub span: Lies,
    pub replacement: String,
    pub genre: Genre,
    /// The function that it is in. A constant is in none, and is computed before any switch
    /// is turned.
    pub function: Option<IgnoredAny>,
}

#[derive(Deserialize)]
pub struct Lies {
    pub start: At,
}

/// Both count from 1.
#[derive(Deserialize)]
pub struct At {
    pub line: usize,
    pub column: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
pub enum Genre {
    #[serde(rename = "FnValue")]
    Body,
    #[serde(rename = "BinaryOperator")]
    Binary,
    #[serde(rename = "UnaryOperator")]
    Unary,
    #[serde(rename = "MatchArm")]
    Arm,
    #[serde(rename = "MatchArmGuard")]
    Guard,
    #[serde(rename = "StructField")]
    Field,
}

impl Mutant {
    /// What it is without its place, which any change of the file moves.
    pub fn what(&self) -> &str {
        let place = format!(
            "{}:{}:{}: ",
            self.file, self.span.start.line, self.span.start.column
        );
        self.name.strip_prefix(&place).unwrap_or(&self.name)
    }
}

/// Those of the files that the patterns name.
///
/// # Panics
///
/// Without cargo-mutants, and says how it is installed.
pub fn mutants(tree: &Path, patterns: &[String]) -> Vec<Mutant> {
    let mut command = Command::new("cargo");
    command.args([
        "mutants",
        "--list",
        "--json",
        "--package",
        "buzzer",
        "--dir",
    ]);
    command.arg(tree);
    for pattern in patterns {
        command.args(["--file", pattern]);
    }
    let listed = command.output().expect("cargo is there");
    assert!(
        listed.status.success(),
        "`cargo install cargo-mutants --locked` has it:\n{}",
        String::from_utf8_lossy(&listed.stderr)
    );
    let mut mutants: Vec<Mutant> =
        serde_json::from_slice(&listed.stdout).expect("this is cargo-mutants 27");
    for (number, mutant) in (1..).zip(&mut mutants) {
        mutant.number = number;
    }
    mutants
}
