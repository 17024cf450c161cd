//! Goes through programs by their seeds; shrinks one on which the runtimes differ.

use crate::compare::Stories;
use crate::generate;
use crate::watch::{PATIENCE, Watch};
use program::{Fault, Program};
use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::fmt;
use std::ops::Range;
use std::time::Duration;

/// Programs by their seeds.
#[derive(Debug)]
pub struct Search {
    programs: Vec<BoxedStrategy<Program>>,
    fault: Fault,
    patience: Duration,
}

/// A program on which the runtimes differ.
#[derive(Debug)]
pub struct Found {
    /// Makes the program as it was before it was shrunk.
    pub seed: u64,
    pub smallest: Program,
    fault: Fault,
}

impl Search {
    /// With this mistake in the interpretation on buzzer.
    pub fn new(fault: Fault) -> Self {
        let (ordered, alone) = (generate::ordered(), generate::alone());
        let programs = vec![ordered.clone(), ordered.clone(), ordered, alone];
        Self {
            programs,
            fault,
            patience: PATIENCE,
        }
    }

    /// One that takes a program to hang after so long.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The first of these on which the runtimes differ, as small as it can be made.
    pub fn first_of(&self, seeds: Range<u64>) -> Option<Found> {
        let watch = Watch::new(self.patience, |(seed, program): &(u64, Program)| {
            format!("{program}\n{}", again(*seed))
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

    /// `begins` is told of each program that is run for this seed.
    fn look_at(&self, seed: u64, begins: impl Fn(&Program)) -> Option<Found> {
        let differs = |program: &Program| {
            begins(program);
            !Stories::of(program, self.fault).agree()
        };
        let mut tree = self.tree(seed);
        let mut smallest = tree.current();
        if !differs(&smallest) {
            return None;
        }
        // What still differs is made simpler; what does not, less simple again.
        let mut is_so = true;
        while if is_so {
            tree.simplify()
        } else {
            tree.complicate()
        } {
            let program = tree.current();
            is_so = differs(&program);
            if is_so {
                smallest = program;
            }
        }
        Some(Found {
            seed,
            smallest,
            fault: self.fault,
        })
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            smallest,
            fault,
        } = self;
        writeln!(f, "The program:\n\n{smallest}")?;
        let stories = Stories::of(smallest, *fault);
        writeln!(f, "What was written:\n\n{}", stories.side_by_side())?;
        let story = on_buzzer::story(smallest, *fault);
        writeln!(f, "What buzzer did:\n\n{story}")?;
        write!(
            f,
            "The runtimes differ on a program of seed {seed}; again, and shrunk again:\n\n{}",
            again(*seed)
        )
    }
}

/// The command that runs the program of this seed.
fn again(seed: u64) -> String {
    format!("    cargo run --release -p buzzer-random-tests -- 1 --seed {seed}\n")
}
