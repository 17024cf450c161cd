//! Which of the kit's mistakes each stage makes: those that it says, and no others.
//!
//! Each scenario is a process of its own, this program run again, so this is a test
//! without a harness. With a word it tries only those that have it in their names.

#[macro_use]
mod executors;
mod known;

use std::env;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use buzzer_kit::{Executor, GROUPS, Scenario, Verdict, answer, judge, judge_all, scenarios};

use executors::REAL;
use known::{makes, may_make};

/// What a stage does wrong that the next one does right. The stage before may lack what
/// the scenario needs, which is as wrong.
const LESSONS: [(&str, &str, &str); 9] = [
    ("1_busy_loop", "idle", "2_waker"),
    ("2_waker", "task_polled_unasked", "3_queue with promises"),
    (
        "3_queue with promises",
        "woken_twice",
        "4_number with promises",
    ),
    ("4_number", "handle_awaited_late", "5_handles"),
    ("5_handles", "sleep_dropped", "6_timers"),
    ("6_timers", "reads_of_two", "7_epoll"),
    ("7_epoll", "wake_while_parked", "8_threads"),
    ("8_threads", "panic_of_a_task", "9_end"),
    ("9_end", "two_threads", REAL),
];

/// How often a verdict that was not expected is asked for again. On a machine that is busy
/// enough, the thread of a sleep comes too late to be seen, or who waits seems to hang.
const ONCE_MORE: usize = 5;

fn main() -> ExitCode {
    let executors = executors::all();
    answer(&executors);
    let word = env::args().skip(1).find(|word| !word.starts_with('-'));
    let asked: Vec<_> = executors
        .iter()
        .flat_map(|executor| scenarios().map(move |scenario| (executor, scenario)))
        .filter(|(_, scenario)| word.iter().all(|word| scenario.name.contains(word)))
        .collect();
    let mut verdicts = judge_all(&asked);
    for ((executor, scenario), verdict) in asked.iter().zip(&mut verdicts) {
        for _ in 0..ONCE_MORE {
            let is_wrong = matches!(verdict, Verdict::Wrong(_));
            if is_wrong == makes(executor.name()).contains(scenario.name) {
                break;
            }
            *verdict = judge(executor, scenario);
        }
    }

    let mut failures = missing_in_the_readme();
    failures.extend(missing_of_the_first_half(&executors));
    for ((executor, scenario), verdict) in asked.iter().zip(&verdicts) {
        let (executor, scenario) = (executor.name(), scenario.name);
        let is_expected = makes(executor).contains(scenario);
        match verdict {
            Verdict::Wrong(_) if is_expected || may_make(executor, scenario) => {}
            Verdict::Wrong(mistake) => {
                failures.push(format!("{executor}, {scenario}: {mistake:?}"))
            }
            _ if is_expected => failures.push(format!("{executor}, {scenario}: {verdict:?}")),
            _ => {}
        }
        let is_next = |(_, lesson, next): &(_, _, _)| (*lesson, *next) == (scenario, executor);
        if LESSONS.iter().any(is_next) && *verdict != Verdict::Right {
            failures.push(format!("{executor} has not learnt {scenario}: {verdict:?}"));
        }
        let is_lesson = |(stage, lesson, _): &(_, _, _)| (*stage, *lesson) == (executor, scenario);
        if LESSONS.iter().any(is_lesson) && *verdict == Verdict::Right {
            failures.push(format!("{executor} has nothing to learn of {scenario}"));
        }
    }
    for failure in &failures {
        eprintln!("{failure}");
    }
    println!("{} verdicts, {} failures", verdicts.len(), failures.len());
    ExitCode::from(u8::from(!failures.is_empty()))
}

/// README.md has a row for each stage that says what it does wrong in the first half.
fn missing_of_the_first_half(executors: &[Executor]) -> Vec<String> {
    let first_half = GROUPS.iter().filter(|group| group.is_of_the_first_half);
    let first_half: Vec<_> = first_half.flat_map(|group| group.scenarios).collect();
    let those = |is_one: &dyn Fn(&'static str) -> bool| {
        let names = first_half.iter().map(|scenario| scenario.name);
        let mut names: Vec<_> = names.filter(|name| is_one(name)).collect();
        names.sort_unstable();
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    // 3 and 4 are there twice, and count with their promises.
    let is_promised = |name: &str| {
        let promised = format!("{name} with promises");
        executors.iter().any(|executor| executor.name() == promised)
    };
    let stages = executors
        .iter()
        .filter(|executor| executor.name() != REAL && !is_promised(executor.name()));
    let mut words = Vec::new();
    for (number, executor) in (1..).zip(stages) {
        let name = executor.name();
        let is_asked = |scenario: &&&Scenario| scenario.missing(executor).is_empty();
        let asked = first_half.iter().filter(is_asked).count();
        let known = makes(name);
        let wrong = match those(&|scenario| known.contains(scenario)) {
            none if none.is_empty() => "nothing".to_owned(),
            some => some,
        };
        words.push(format!("| {number} | {asked} | {wrong} |\n"));
        let maybe = those(&|scenario| may_make(name, scenario));
        if !maybe.is_empty() {
            words.push(format!("Stage {number} may make {maybe} as well"));
        }
    }
    let readme = readme();
    // Elsewhere not all of them are seen.
    let missing = words
        .iter()
        .filter(|words| cfg!(target_os = "linux") && !readme.contains(*words));
    missing
        .map(|words| format!("README.md doesn't say: {words}"))
        .collect()
}

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    fs::read_to_string(path).unwrap()
}

/// README.md has a row for each stage, which ends in its scenario.
fn missing_in_the_readme() -> Vec<String> {
    let readme = readme();
    let is_row = |line: &str, stage: &str, scenario: &str| {
        let stage = stage.split(' ').next().unwrap_or_default();
        line.starts_with(&format!("| [{stage}]")) && line.ends_with(&format!("| `{scenario}` |"))
    };
    let missing = LESSONS
        .iter()
        .filter(|(stage, scenario, _)| !readme.lines().any(|line| is_row(line, stage, scenario)));
    missing
        .map(|(stage, scenario, _)| format!("README.md has no row of {stage} and {scenario}"))
        .collect()
}
