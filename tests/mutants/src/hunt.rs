//! Each mutant, and whether a test fails for it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::belongs::Belongs;
use crate::cases::{Case, scratch};
use crate::compile::Program;
use crate::crew;
use crate::list::Mutant;
use crate::memory::{Catch, Memory, Tests};
use crate::process::{End, Ran, Run};

/// What came of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Caught(Catch),
    /// So many tests have reached it, and pass.
    Missed(usize),
}

/// How many tests are tried on each mutant before the others are tried on those that are
/// left: nearly all are caught by these, so one sees early what is likely to be missed.
const FIRST: usize = 40;

/// No mutant has this number.
const NONE: &str = "0";

/// After so many mutants what came of them is kept.
const SAVED: usize = 50;

/// Tries the mutants, each with the tests that belong to its file and reach it, until one
/// fails; only with the `first` of them, for a look. What comes of each is in the memory
/// then, which is saved now and then: a run takes hours, and may be ended.
pub fn hunt<'a>(
    mutants: Vec<&'a Mutant>,
    memory: &mut Memory,
    programs: &[Program],
    cases: &[Case],
    belongs: &Belongs,
    workers: usize,
    first: bool,
) -> Vec<(&'a Mutant, Outcome)> {
    let catches = Mutex::new(BTreeMap::new());
    let last = memory.caught.clone();
    let memory = Mutex::new(memory);
    let mut left: Vec<_> = mutants
        .into_iter()
        .map(|mutant| (mutant, fitting(mutant, programs, cases, belongs)))
        .collect();
    let mut of_files: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (mutant, _) in &left {
        of_files
            .entry(&mutant.file)
            .or_default()
            .insert(mutant.number);
    }
    let mut outcomes = Vec::new();
    for most in [FIRST, usize::MAX] {
        let all = left.len();
        let tried = AtomicUsize::new(0);
        let done = crew::each(workers, left, |worker, (mutant, mut fitting)| {
            let of_file = mutant.file.as_str();
            let in_file = &of_files[of_file];
            let caught_before = last.get(&mutant.number);
            let has_caught_before = |case| {
                caught_before.is_some_and(|catch| {
                    let name = full_name(programs, case);
                    catch.by == name || catch.behind.contains(&name)
                })
            };
            fitting.sort_by_cached_key(|at| {
                let caught = catches.lock().unwrap().get(&(of_file, *at)).copied();
                let case = &cases[*at];
                let reaches = case.reaches.len() * 1000;
                let of_file = case
                    .reaches
                    .iter()
                    .filter(|number| in_file.contains(number));
                (
                    // Who has caught it before will do so again. Who has caught others of
                    // this file may catch this one, too; else who is about little else.
                    !has_caught_before(case),
                    Reverse(caught.unwrap_or(0)),
                    reaches / of_file.count(),
                )
            });
            // Those that have caught it together are tried together.
            let least = caught_before.map_or(0, |catch| 1 + catch.behind.len());
            let rest = fitting.split_off(most.max(least).min(fitting.len()));
            let outcome = tries(worker, mutant, least, &fitting, programs, cases, |case| {
                *catches
                    .lock()
                    .unwrap()
                    .entry((of_file, case))
                    .or_insert(0_usize) += 1;
            });
            let nth = tried.fetch_add(1, Ordering::Relaxed) + 1;
            match &outcome {
                Outcome::Caught(Catch { by, end, .. }) => match end {
                    End::Hung => print!("{nth}/{all} hung {by}"),
                    End::Failed | End::Passed => print!("{nth}/{all} caught {by}"),
                },
                Outcome::Missed(by) => print!("{nth}/{all} MISSED by {by}, {} left", rest.len()),
            }
            println!(": {}", mutant.name);
            let mut memory = memory.lock().unwrap();
            match &outcome {
                Outcome::Caught(catch) => memory.note(mutant.number, Some(catch.clone())),
                Outcome::Missed(_) if first || rest.is_empty() => memory.note(mutant.number, None),
                // The rest is still to be tried.
                Outcome::Missed(_) => _ = memory.caught.remove(&mutant.number),
            }
            if nth.is_multiple_of(SAVED) {
                memory.save();
            }
            drop(memory);
            (mutant, outcome, rest)
        });
        left = Vec::new();
        for (mutant, outcome, rest) in done {
            match outcome {
                Outcome::Missed(_) if !rest.is_empty() && !first => left.push((mutant, rest)),
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

/// The tests that there are, for the memory.
pub fn tests(programs: &[Program], cases: &[Case]) -> Tests {
    let of = |case| (full_name(programs, case), program(programs, case).written);
    cases.iter().map(of).collect()
}

/// A test's name, and before it that of its program.
fn full_name(programs: &[Program], case: &Case) -> String {
    format!("{} {}", program(programs, case).name, case.name)
}

fn tries(
    worker: usize,
    mutant: &Mutant,
    least: usize,
    fitting: &[usize],
    programs: &[Program],
    cases: &[Case],
    caught: impl Fn(usize),
) -> Outcome {
    let number = mutant.number.to_string();
    let mut left = fitting;
    // Most are caught by the first few.
    for most in [least.max(4), 12, usize::MAX] {
        let (now, later) = left.split_at(most.min(left.len()));
        left = later;
        if let Some(fails) = fails(worker, &number, now, programs, cases) {
            caught(fails.by);
            let case = &cases[fails.by];
            let name = |at: &usize| full_name(programs, &cases[*at]);
            return Outcome::Caught(Catch {
                by: name(&fails.by),
                behind: fails.behind.iter().map(name).collect(),
                end: fails.end,
                written: program(programs, case).written,
            });
        }
    }
    Outcome::Missed(fitting.len())
}

/// What a test is tried again with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum With {
    TheMutant,
    None,
}

/// How a test that ended so with a mutant has caught it, if it has: it passes without, and ends
/// so once more. One that fails now and then, or without the mutant as well, has not; nor has
/// one that only the busy machine took long for.
pub fn has_caught(end: End, mut again: impl FnMut(With) -> End) -> Option<End> {
    if end == End::Passed || again(With::None) != End::Passed {
        return None;
    }
    let second = again(With::TheMutant);
    let is_caught = second == end
        // Of many it may have been their time together that was over before it could fail.
        || (end == End::Hung && second == End::Failed && again(With::TheMutant) == second);
    is_caught.then_some(second)
}

/// A test that has caught a mutant.
#[derive(Debug, PartialEq, Eq)]
pub struct Fails {
    pub by: usize,
    pub end: End,
    /// Where alone it passes: behind which others of its process it does not.
    pub behind: Vec<usize>,
}

/// The first of these tests that has caught the mutant of this `number`.
pub fn fails(
    worker: usize,
    number: &str,
    tests: &[usize],
    programs: &[Program],
    cases: &[Case],
) -> Option<Fails> {
    // Those of a program in one process: most of what a test takes is the beginning of one.
    let mut of_programs: Vec<(&str, Vec<usize>)> = Vec::new();
    for at in tests {
        let path = cases[*at].program.as_str();
        match of_programs.iter_mut().find(|(program, _)| *program == path) {
            Some((_, of)) => of.push(*at),
            None => of_programs.push((path, vec![*at])),
        }
    }
    of_programs.into_iter().find_map(|(_, tests)| {
        let program = program(programs, &cases[tests[0]]);
        Trial {
            worker,
            number,
            program,
            cases,
        }
        .fails(tests)
    })
}

/// A mutant, and a program whose tests are tried on it.
struct Trial<'a> {
    worker: usize,
    number: &'a str,
    program: &'a Program,
    cases: &'a [Case],
}

impl Trial<'_> {
    fn fails(&self, tests: Vec<usize>) -> Option<Fails> {
        // Those of which nothing is known yet.
        let mut left = tests;
        while !left.is_empty() {
            let ran = self.run(With::TheMutant, &left);
            if ran.end == End::Passed {
                break;
            }
            let at_of = |name: &String| {
                let mut left = left.iter().copied();
                left.find(|at| self.cases[*at].name == *name)
            };
            let Some(by) = at_of(&ran.by) else {
                // It has ended before the first, or behind the last: with all of them, then.
                let end = has_caught(ran.end, |with| self.run(with, &left).end)?;
                let behind = left.split_off(1);
                return Some(Fails {
                    by: left[0],
                    end,
                    behind,
                });
            };
            let before: Vec<_> = ran.before.iter().filter_map(at_of).collect();
            // Alone; and if it passes so, behind the others: perhaps it fails by what they leave.
            let companies = match before.is_empty() {
                true => vec![Vec::new()],
                false => vec![Vec::new(), before.clone()],
            };
            for behind in companies {
                let tests = [&behind[..], &[by]].concat();
                let end = has_caught(ran.end, |with| {
                    let again = self.run(with, &tests);
                    // Where another one has failed, this one has not failed twice.
                    let is_another = with == With::TheMutant && again.by != ran.by;
                    if is_another { End::Passed } else { again.end }
                });
                if let Some(end) = end {
                    return Some(Fails { by, end, behind });
                }
            }
            let after: Vec<_> = ran.after.iter().filter_map(at_of).collect();
            left.retain(|at| *at != by && !before.contains(at) && !after.contains(at));
        }
        None
    }

    fn run(&self, with: With, tests: &[usize]) -> Ran {
        let tests = || tests.iter().map(|at| &self.cases[*at]);
        let number = match with {
            With::TheMutant => self.number,
            With::None => NONE,
        };
        Run {
            command: &[&self.program.path],
            package: &self.program.package,
            cases: &tests().map(|case| case.name.as_str()).collect::<Vec<_>>(),
            variable: ("BUZZER_TEST_MUTANT", number),
            usual: &tests().map(|case| case.usual).collect::<Vec<_>>(),
            scratch: &scratch(self.worker),
        }
        .run()
    }
}
