//! Each mutant, and whether a test fails for it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::belongs::Belongs;
use crate::cases::{Case, scratch};
use crate::compile::Program;
use crate::crew;
use crate::list::Mutant;
use crate::process::{End, Run};

/// What came of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// By the test of that name, which failed, or hung.
    Caught(String, End),
    /// So many tests have reached it, and pass.
    Missed(usize),
}

/// How many tests are tried on each mutant before the others are tried on those that are
/// left: nearly all are caught by these, so one sees early what is likely to be missed.
const FIRST: usize = 25;

/// Tries the mutants, each with the tests that belong to its file and reach it, until one
/// fails.
pub fn hunt<'a>(
    mutants: Vec<&'a Mutant>,
    programs: &[Program],
    cases: &[Case],
    belongs: &Belongs,
    workers: usize,
) -> Vec<(&'a Mutant, Outcome)> {
    let catches = Mutex::new(BTreeMap::new());
    let mut left: Vec<_> = mutants
        .into_iter()
        .map(|mutant| (mutant, fitting(mutant, programs, cases, belongs)))
        .collect();
    let mut outcomes = Vec::new();
    for most in [FIRST, usize::MAX] {
        let all = left.len();
        let tried = AtomicUsize::new(0);
        let done = crew::each(workers, left, |worker, (mutant, mut fitting)| {
            let of_file = mutant.file.as_str();
            // Who has caught others of this file may catch this one, too; else who is about
            // little.
            fitting.sort_by_cached_key(|case| {
                let caught = catches.lock().unwrap().get(&(of_file, *case)).copied();
                (Reverse(caught.unwrap_or(0)), cases[*case].reaches.len())
            });
            let rest = fitting.split_off(most.min(fitting.len()));
            let outcome = tries(worker, mutant, &fitting, programs, cases, |case| {
                *catches
                    .lock()
                    .unwrap()
                    .entry((of_file, case))
                    .or_insert(0_usize) += 1;
            });
            let nth = tried.fetch_add(1, Ordering::Relaxed) + 1;
            match &outcome {
                Outcome::Caught(by, End::Hung) => print!("{nth}/{all} hung {by}"),
                Outcome::Caught(by, _) => print!("{nth}/{all} caught {by}"),
                Outcome::Missed(by) => print!("{nth}/{all} MISSED by {by}, {} left", rest.len()),
            }
            println!(": {}", mutant.name);
            (mutant, outcome, rest)
        });
        left = Vec::new();
        for (mutant, outcome, rest) in done {
            match outcome {
                Outcome::Missed(_) if !rest.is_empty() => left.push((mutant, rest)),
                outcome => outcomes.push((mutant, outcome)),
            }
        }
    }
    outcomes
}

/// Which tests could tell of it.
fn fitting(mutant: &Mutant, programs: &[Program], cases: &[Case], belongs: &Belongs) -> Vec<usize> {
    let fits = |at: &usize| {
        let case = &cases[*at];
        case.reaches.contains(&mutant.number)
            && belongs.to(&mutant.file, &program(programs, case).name)
    };
    (0..cases.len()).filter(fits).collect()
}

fn program<'a>(programs: &'a [Program], case: &Case) -> &'a Program {
    let found = programs.iter().find(|program| program.path == case.program);
    found.expect("its program was built")
}

fn tries(
    worker: usize,
    mutant: &Mutant,
    fitting: &[usize],
    programs: &[Program],
    cases: &[Case],
    caught: impl Fn(usize),
) -> Outcome {
    let number = mutant.number.to_string();
    for at in fitting {
        let case = &cases[*at];
        let program = program(programs, case);
        let run = || {
            Run {
                program: &program.path,
                package: &program.package,
                case: &case.name,
                variable: ("BUZZER_MUTANT", &number),
                usual: case.usual,
                scratch: &scratch(worker),
            }
            .run()
            .end
        };
        let end = run();
        // A test that fails now and then has caught nothing.
        if end == End::Hung || end == End::Failed && run() != End::Passed {
            caught(*at);
            return Outcome::Caught(format!("{} {}", program.name, case.name), end);
        }
    }
    Outcome::Missed(fitting.len())
}
