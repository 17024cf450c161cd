//! Goes through programs by their seeds; shrinks one on which the sides differ.

use crate::fault::Fault;
use crate::generate;
use crate::ground::Ground;
use crate::program::Program;
use crate::run::{Differs, difference};
use crate::watch::{PATIENCE, Watch};
use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::fmt;
use std::ops::Range;
use std::time::Duration;

/// Programs by their seeds, on one file system.
#[derive(Debug)]
pub struct Search {
    programs: Vec<BoxedStrategy<Program>>,
    ground: Ground,
    fault: Fault,
    patience: Duration,
}

/// A program on which the sides differ.
#[derive(Debug)]
pub struct Found {
    /// Makes the program as it was before it was shrunk.
    pub seed: u64,
    pub smallest: Program,
    differs: Differs,
    ground: String,
}

impl Search {
    /// With this mistake on buzzer's side.
    pub fn new(ground: Ground, fault: Fault) -> Self {
        let alone = generate::alone();
        // Where room is short, who comes first gets it.
        let last = match ground.is_small() {
            true => alone.clone(),
            false => generate::together(),
        };
        Self {
            programs: vec![alone.clone(), alone.clone(), alone, last],
            ground,
            fault,
            patience: PATIENCE,
        }
    }

    /// One that takes a program to hang after so long.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The first of these on which the sides differ, as small as it can be made.
    pub fn first_of(&mut self, seeds: Range<u64>) -> Option<Found> {
        let ground = self.ground.to_string();
        let watch = Watch::new(self.patience, move |(seed, program): &(u64, Program)| {
            format!("{program}\n{}", again(*seed, &ground))
        });
        seeds
            .into_iter()
            .find_map(|seed| self.look_at(seed, |program| watch.begins((seed, program.clone()))))
    }

    fn tree(&self, seed: u64) -> Box<dyn ValueTree<Value = Program>> {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let kind = seed as usize % self.programs.len();
        let tree = self.programs[kind].new_tree(&mut runner);
        tree.expect("nothing is rejected")
    }

    pub fn program(&self, seed: u64) -> Program {
        self.tree(seed).current()
    }

    /// `begins` is told of each program that is run for this seed.
    fn look_at(&mut self, seed: u64, begins: impl Fn(&Program)) -> Option<Found> {
        let mut tree = self.tree(seed);
        let mut difference = |program: &Program| {
            begins(program);
            difference(program, &self.ground.fresh(), self.fault)
        };
        let mut smallest = tree.current();
        let mut differs = difference(&smallest)?;
        // What still differs is made simpler; what does not, less simple again.
        let mut is_so = true;
        while if is_so {
            tree.simplify()
        } else {
            tree.complicate()
        } {
            let program = tree.current();
            is_so = false;
            if let Some(found) = difference(&program) {
                is_so = true;
                (smallest, differs) = (program, found);
            }
        }
        Some(Found {
            seed,
            smallest,
            differs,
            ground: self.ground.to_string(),
        })
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            smallest,
            differs: Differs { strand, step, how },
            ground,
        } = self;
        writeln!(f, "The program:\n\n{smallest}")?;
        match step {
            Some(step) => writeln!(
                f,
                "In strand {strand}, after `{:?}`:\n{how}\n",
                smallest.strands[*strand][*step]
            )?,
            None => writeln!(f, "In strand {strand}, {how}\n")?,
        }
        write!(
            f,
            "The sides differ on a program of seed {seed}; again, and shrunk again:\n\n{}",
            again(*seed, ground)
        )
    }
}

/// The command that runs the program of this seed.
fn again(seed: u64, ground: &str) -> String {
    format!(
        "    cargo run --release -p buzzer-random-files-tests -- 1 --seed {seed} --on {ground}\n"
    )
}
