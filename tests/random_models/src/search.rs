//! Goes through sequences by their seeds; shrinks one on which library and model differ.

use crate::caught::message;
use crate::sync::{self, PAIRS, Pair};
use crate::timers;
use crate::watch::{PATIENCE, Watch};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::fmt::{self, Debug, Write};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

/// Beside one kind for each of [`PAIRS`].
const KINDS_OF_TIMERS: u64 = 4;

/// A sequence on which they differ.
#[derive(Debug)]
pub struct Found {
    pub seed: u64,
    what: String,
    rows: Vec<Row>,
}

/// Step, library, model.
type Row = [String; 3];

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

/// A mistake on the library's side, to see how it is told: it is made when something is
/// dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    None,
    Panics,
    Hangs,
}

impl Fault {
    pub(crate) fn made(self) {
        match self {
            Self::None => {}
            Self::Panics => panic!("as planned"),
            Self::Hangs => loop {
                thread::park();
            },
        }
    }
}

/// Sequences by their seeds.
#[derive(Debug)]
pub struct Search {
    fault: Fault,
    patience: Duration,
}

impl Search {
    /// With this mistake on the library's side.
    pub fn new(fault: Fault) -> Self {
        Self {
            fault,
            patience: PATIENCE,
        }
    }

    /// One that takes a sequence to hang after so long.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The first of these on which they differ, as small as it can be made.
    pub fn first_of(&self, seeds: Range<u64>) -> Option<Found> {
        self.first(seeds.into_iter())
    }

    /// The same, of those alone that are about this.
    pub fn first_about(&self, about: About, seeds: Range<u64>) -> Option<Found> {
        let seeds = seeds.into_iter();
        self.first(seeds.filter(|seed| About::of(*seed) == about))
    }

    fn first(&self, mut seeds: impl Iterator<Item = u64>) -> Option<Found> {
        let watch = Watch::new(self.patience, |(seed, sequence): &(u64, Sequence)| {
            let steps = sequence.steps().join("\n");
            format!("{}\n\n{steps}\n\n{}", sequence.what(), again(*seed))
        });
        seeds.find_map(|seed| {
            look_at(seed, self.fault, |sequence| {
                watch.begins((seed, sequence.clone()));
            })
        })
    }
}

/// `None`: the seed is of timers.
fn pair_of(seed: u64) -> Option<&'static Pair> {
    let kind = seed % (PAIRS.len() as u64 + KINDS_OF_TIMERS);
    PAIRS.get(kind as usize)
}

/// A sequence of any kind.
#[derive(Clone, Debug)]
enum Sequence {
    /// With which size.
    Of(&'static Pair, usize, Vec<sync::Step>),
    Timers(Vec<timers::Step>),
}

impl Sequence {
    fn what(&self) -> String {
        match self {
            Self::Of(pair, size, _) => format!("{pair:?} of {size}"),
            Self::Timers(_) => "timers".into(),
        }
    }

    fn rows(&self, fault: Fault) -> Vec<Row> {
        match self {
            Self::Of(pair, size, steps) => stepped(pair, *size, steps, fault),
            Self::Timers(steps) => timed(steps, fault),
        }
    }

    fn steps(&self) -> Vec<String> {
        match self {
            Self::Of(_, _, steps) => steps.iter().map(|step| format!("{step:?}")).collect(),
            Self::Timers(steps) => steps.iter().map(|step| format!("{step:?}")).collect(),
        }
    }
}

fn sequences(seed: u64) -> BoxedStrategy<Sequence> {
    match pair_of(seed) {
        Some(pair) => (0..4usize, sync::steps())
            .prop_map(move |(size, steps)| Sequence::Of(pair, size, steps))
            .boxed(),
        None => timers::steps().prop_map(Sequence::Timers).boxed(),
    }
}

/// The sequence of this seed, made smaller for as long as the rows differ. `begins` is told
/// of each that is tried.
fn look_at(seed: u64, fault: Fault, begins: impl Fn(&Sequence)) -> Option<Found> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut tree = sequences(seed)
        .new_tree(&mut runner)
        .expect("nothing is rejected");
    let differ = |rows: &[Row]| rows.iter().any(|[_, real, model]| real != model);
    let rows = |sequence: &Sequence| {
        begins(sequence);
        sequence.rows(fault)
    };
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
    Some(Found {
        seed,
        what: smallest.what(),
        rows: told,
    })
}

/// A panic of the library's is what came of that step, and the last that is told.
fn stepped(pair: &Pair, size: usize, steps: &[sync::Step], fault: Fault) -> Vec<Row> {
    let [mut real, mut model] = (pair.both)(size);
    let mut rows = Vec::new();
    for &step in steps {
        let told = account_of(|| {
            if let sync::Step::Drop(_) = step {
                fault.made();
            }
            format!("{} {:?}", real.step(step), real.woken())
        });
        let model = format!("{} {:?}", model.step(step), model.woken());
        let panicked = told.is_err();
        let (Ok(real) | Err(real)) = told;
        rows.push([format!("{step:?}"), real, model]);
        if panicked {
            break;
        }
    }
    if let Err(panicked) = account_of(|| drop(real)) {
        rows.push(["all is dropped".into(), panicked, String::new()]);
    }
    rows
}

/// As [`stepped`].
fn timed(steps: &[timers::Step], fault: Fault) -> Vec<Row> {
    let (model, idles) = timers::model(steps);
    let mut real = Vec::new();
    let ran = account_of(|| timers::real(steps, &idles, fault, &mut real));
    real.extend(ran.err());
    let steps = steps.iter().map(|step| format!("{step:?}"));
    let steps = steps.chain(["all is dropped".into()]);
    let rows = real.into_iter().zip(steps).enumerate();
    rows.map(|(at, (real, step))| [step, real, model.get(at).cloned().unwrap_or_default()])
        .collect()
}

/// What is told of a panic, if it panics.
fn account_of<T>(of: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(of))
        .map_err(|thrown| format!("panics: {}", message(thrown.as_ref())))
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
            "\nThey differ on the sequence of seed {}; again, and shrunk again:\n\n{}",
            self.seed,
            again(self.seed)
        )
    }
}

/// The command that runs the sequence of this seed.
fn again(seed: u64) -> String {
    format!("    cargo run --release -p buzzer-random-models -- 1 --seed {seed}\n")
}
