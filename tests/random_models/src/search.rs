//! Goes through sequences by their seeds; shrinks one on which library and model differ.

use crate::sync::{self, PAIRS, Pair};
use crate::timers;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::fmt::{self, Debug, Write};
use std::ops::Range;

/// Beside one kind for each of [`PAIRS`].
const KINDS_OF_TIMERS: u64 = 4;

/// A sequence on which they differ.
#[derive(Debug)]
pub struct Found {
    pub seed: u64,
    what: String,
    /// Step, library, model.
    rows: Vec<[String; 3]>,
}

/// What a sequence is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum About {
    Locks,
    Channels,
    Timers,
}

impl About {
    fn of(seed: u64) -> Self {
        match pair_of(seed) {
            None => Self::Timers,
            Some(pair) if pair.is_channel => Self::Channels,
            Some(_) => Self::Locks,
        }
    }
}

/// The first of these on which they differ, as small as it can be made.
pub fn first_of(seeds: Range<u64>) -> Option<Found> {
    seeds.into_iter().find_map(look_at)
}

/// The same, of those alone that are about this.
pub fn first_about(about: About, seeds: Range<u64>) -> Option<Found> {
    let seeds = seeds.into_iter();
    seeds
        .filter(|seed| About::of(*seed) == about)
        .find_map(look_at)
}

/// `None`: the seed is of timers.
fn pair_of(seed: u64) -> Option<&'static Pair> {
    let kind = seed % (PAIRS.len() as u64 + KINDS_OF_TIMERS);
    PAIRS.get(kind as usize)
}

fn look_at(seed: u64) -> Option<Found> {
    let (what, rows) = match pair_of(seed) {
        Some(pair) => {
            let sequences = (0..4usize, sync::steps());
            let found = smallest(seed, &sequences, |(size, steps)| {
                stepped(pair, *size, steps)
            })?;
            (format!("{pair:?} of {}", found.0.0), found.1)
        }
        None => {
            let found = smallest(seed, &timers::steps(), |steps| timed(steps))?;
            ("timers".into(), found.1)
        }
    };
    Some(Found { seed, what, rows })
}

/// The sequence of this seed, made smaller for as long as the rows differ.
fn smallest<S: Strategy>(
    seed: u64,
    sequences: &S,
    rows: impl Fn(&S::Value) -> Vec<[String; 3]>,
) -> Option<(S::Value, Vec<[String; 3]>)> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut tree = sequences
        .new_tree(&mut runner)
        .expect("nothing is rejected");
    let differ = |rows: &[[String; 3]]| rows.iter().any(|[_, real, model]| real != model);
    let mut smallest = tree.current();
    let mut told = rows(&smallest);
    let mut differs = differ(&told);
    if !differs {
        return None;
    }
    while if differs {
        tree.simplify()
    } else {
        tree.complicate()
    } {
        let sequence = tree.current();
        let now = rows(&sequence);
        differs = differ(&now);
        if differs {
            (smallest, told) = (sequence, now);
        }
    }
    Some((smallest, told))
}

fn stepped(pair: &Pair, size: usize, steps: &[sync::Step]) -> Vec<[String; 3]> {
    let [mut real, mut model] = (pair.both)(size);
    let rows = steps.iter().map(|&step| {
        let real = format!("{} {:?}", real.step(step), real.woken());
        let model = format!("{} {:?}", model.step(step), model.woken());
        [format!("{step:?}"), real, model]
    });
    rows.collect()
}

fn timed(steps: &[timers::Step]) -> Vec<[String; 3]> {
    let (model, idles) = timers::model(steps);
    let real = timers::real(steps, &idles);
    let rows = steps.iter().zip(real).zip(model);
    rows.map(|((step, real), model)| [format!("{step:?}"), real, model])
        .collect()
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: the step, the library's account, the model's:\n",
            self.what
        )?;
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or(0)
        };
        let (first, second) = (width(0), width(1));
        for [step, real, model] in &self.rows {
            let mark = if real == model { ' ' } else { '!' };
            let mut line = String::new();
            write!(line, "{mark} {step:first$} | {real:second$} | {model}")?;
            writeln!(f, "{}", line.trim_end())?;
        }
        write!(
            f,
            "\nThey differ on the sequence of seed {0}; again, and shrunk again:\n\n    \
             cargo run --release -p buzzer-random-models -- 1 --seed {0}\n",
            self.seed
        )
    }
}
