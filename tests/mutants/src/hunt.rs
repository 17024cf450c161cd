//! Each mutant, and whether a test fails for it.

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

/// Tries the mutants, each with the tests that belong to its file and reach it, until one
/// fails.
pub fn hunt<'a>(
    mutants: Vec<&'a Mutant>,
    programs: &[Program],
    cases: &[Case],
    belongs: &Belongs,
    workers: usize,
) -> Vec<(&'a Mutant, Outcome)> {
    let all = mutants.len();
    let tried = AtomicUsize::new(0);
    let catches = Mutex::new(BTreeMap::new());
    crew::each(workers, mutants, |worker, mutant| {
        let mut fitting: Vec<_> = (0..cases.len())
            .filter(|case| {
                let case = &cases[*case];
                case.reaches.contains(&mutant.number)
                    && belongs.to(&mutant.file, &program(programs, case).name)
            })
            .collect();
        {
            // Who has caught others of this file may catch this one, too; else who is about
            // little.
            let catches = catches.lock().unwrap();
            fitting.sort_by_key(|case| {
                let caught: usize = catches
                    .get(&(mutant.file.as_str(), *case))
                    .copied()
                    .unwrap_or(0);
                (usize::MAX - caught, cases[*case].reaches.len())
            });
        }
        let outcome = tries(worker, mutant, &fitting, programs, cases, |case| {
            *catches
                .lock()
                .unwrap()
                .entry((mutant.file.as_str(), case))
                .or_insert(0) += 1;
        });
        let nth = tried.fetch_add(1, Ordering::Relaxed) + 1;
        match &outcome {
            Outcome::Caught(case, end) => println!("{nth}/{all} {end:?} {case}: {}", mutant.name),
            Outcome::Missed(by) => println!("{nth}/{all} MISSED by {by}: {}", mutant.name),
        }
        (mutant, outcome)
    })
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
