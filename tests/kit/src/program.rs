//! The program that a test kit is: what it is asked by its arguments.

use std::env;
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::judge::{Verdict, answer, judge_all};
use crate::{Executor, GROUPS, Group, Scenario, report};

const HELP: &str = "\
Tries scenarios on executors, each for one known mistake.

    WORD…                   only scenarios with one of these words in their names
    --first-half            only those that a first executor should pass: they need
                            block_on and spawn, and ask nothing about panics
    --list                  names them, their mistakes and what to look at, and does not
                            try them
    --here SCENARIO [NAME]  runs one in this process, for a debugger: on the executor
                            of that name, or the first one
";

/// A whole program: tries the executors, prints what each does, and fails if one makes a
/// mistake.
///
/// What the executor doesn't offer is not tried, and no mistake.
pub fn main(executors: &[Executor]) -> ExitCode {
    answer(executors);
    let asked = Asked::from_args();
    if asked.flag("--help") || asked.flag("-h") {
        print(HELP);
        return ExitCode::SUCCESS;
    }
    if GROUPS.iter().all(|group| asked.of(group).is_empty()) {
        let words = asked.words().collect::<Vec<_>>().join(" or ");
        print(&format!(
            "No scenario asked for has {words} in its name; --list names all.\n"
        ));
        return ExitCode::FAILURE;
    }
    if asked.flag("--list") {
        for group in GROUPS {
            print(&report::list(group, &asked.of(group)));
        }
        return ExitCode::SUCCESS;
    }
    // All of them, also after one that makes mistakes.
    let is_right: Vec<_> = executors
        .iter()
        .map(|executor| try_all(executor, |group| asked.of(group)))
        .collect();
    ExitCode::from(u8::from(is_right.contains(&false)))
}

/// Tries these scenarios on the executor and prints what it does, as [`main`] does; whether
/// nothing was wrong.
///
/// For programs that choose by themselves: call [`answer`] first.
pub fn tell(executor: &Executor, scenarios: &[&'static Scenario]) -> bool {
    let is_asked = |it: &&Scenario| scenarios.iter().any(|asked| asked.name == it.name);
    try_all(executor, |group| {
        group.scenarios.iter().filter(is_asked).collect()
    })
}

/// Prints each subject as soon as it is over.
fn try_all(executor: &Executor, asked: impl Fn(&'static Group) -> Vec<&'static Scenario>) -> bool {
    print(&format!("{}\n", executor.name()));
    let mut all = Vec::new();
    for group in GROUPS {
        let scenarios = asked(group);
        let pairs: Vec<_> = scenarios
            .iter()
            .map(|scenario| (executor, *scenario))
            .collect();
        let verdicts = judge_all(&pairs);
        let results: Vec<_> = scenarios.into_iter().zip(verdicts).collect();
        print(&report::group(group, &results));
        all.extend(results);
    }
    print(&report::total(executor.name(), &all));
    all.iter()
        .all(|(_, verdict)| !matches!(verdict, Verdict::Wrong(_)))
}

/// The arguments. Those that `cargo test` passes on for its own harness mean nothing here.
struct Asked(Vec<String>);

impl Asked {
    fn from_args() -> Self {
        Self(env::args().skip(1).collect())
    }

    fn flag(&self, flag: &str) -> bool {
        self.0.iter().any(|arg| arg == flag)
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        let words = self.0.iter().filter(|arg| !arg.starts_with('-'));
        words.map(String::as_str)
    }

    /// Those of a group that are to be tried.
    fn of(&self, group: &'static Group) -> Vec<&'static Scenario> {
        if self.flag("--first-half") && !group.is_of_the_first_half {
            return Vec::new();
        }
        let is_named = |name: &str| {
            self.words().next().is_none() || self.words().any(|word| name.contains(word))
        };
        let scenarios = group.scenarios.iter();
        scenarios
            .filter(|scenario| is_named(scenario.name))
            .collect()
    }
}

/// Nobody may be left to read it.
fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
