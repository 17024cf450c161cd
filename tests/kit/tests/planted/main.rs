//! Each scenario catches the executor that makes its mistake, and lets the one pass that
//! makes none.
//!
//!     cargo test -p buzzer-kit --test planted              each mistake by its own scenario
//!     cargo test -p buzzer-kit --test planted -- --whole   each mistake by every scenario
//!
//! `small/` is a correct executor with a place for each mistake; `faults.rs` names them,
//! and says of each which other scenarios see it. The second way, of 5,000 processes,
//! holds it to that. It is to be run by hand, on a machine that does nothing else: a
//! mistake that is a race is seen by more scenarios the busier the machine is.

mod faults;
mod small;

use std::env;
use std::process::ExitCode;

use buzzer_kit::{
    Executor, Finding, Mistake, Scenario, Verdict, answer, judge_all, scenario_named, scenarios,
};

use faults::{FAULTS, Planted, Seen};

const HAS_PROC: bool = cfg!(target_os = "linux");

/// What threads do while nothing is to do, and how much memory there is, is read there.
const NEED_PROC: [&str; 4] = [
    "idle",
    "ended_tasks_leak",
    "idle_while_sleeping",
    "idle_while_reading",
];

fn main() -> ExitCode {
    let correct = small::executor("correct", None);
    let broken = |planted: &Planted| small::executor(planted.scenario, Some(planted.fault));
    let broken: Vec<_> = FAULTS.iter().map(broken).collect();
    let all: Vec<Executor> = [&[correct], &broken[..]].concat();
    answer(&all);

    let is_whole = env::args().any(|arg| arg == "--whole");
    let can_see = |scenario: &str| HAS_PROC || !NEED_PROC.contains(&scenario);
    let is_asked = |executor: &Executor, scenario: &Scenario| {
        let of_own = executor.name() == "correct" || executor.name() == scenario.name;
        can_see(executor.name()) && (is_whole || of_own)
    };
    let pairs = all
        .iter()
        .flat_map(|executor| scenarios().map(move |scenario| (executor, scenario)));
    let asked: Vec<_> = pairs
        .filter(|(executor, scenario)| is_asked(executor, scenario))
        .collect();
    let verdicts = judge_all(&asked);

    let mut failures = Vec::new();
    for planted in FAULTS.iter().map(Some).chain([None]) {
        let name = planted.map_or("correct", |planted| planted.scenario);
        let results = asked.iter().zip(&verdicts);
        let of_this = results.filter(|((executor, _), _)| executor.name() == name);
        let wrong = of_this.filter_map(|((_, scenario), verdict)| match verdict {
            Verdict::Wrong(mistake) => Some((scenario.name, mistake)),
            _ => None,
        });
        let wrong: Vec<_> = wrong.collect();
        let caught_by: Vec<_> = wrong.iter().map(|(name, _)| *name).collect();
        if !can_see(name) {
            println!("{name}: its mistake can't be seen without /proc");
        } else if let Err(why) = is_as_planted(planted, &caught_by, is_whole) {
            failures.push(format!("{name}: {why}; caught by {caught_by:?}"));
            for (scenario, Mistake { finding, .. }) in wrong {
                let Finding { expected, happened } = finding;
                failures.push(format!("  {scenario}: expected {expected}; {happened}"));
            }
        }
    }
    for scenario in scenarios() {
        if !FAULTS
            .iter()
            .any(|planted| planted.scenario == scenario.name)
        {
            failures.push(format!("{}: no executor makes its mistake", scenario.name));
        }
    }
    failures.extend(is_not_in_the_readme(&asked, &verdicts));
    for failure in &failures {
        eprintln!("{failure}");
    }
    println!(
        "{} scenarios, {} executors, {} processes: {} failures",
        scenarios().count(),
        all.len(),
        asked.len(),
        failures
            .iter()
            .filter(|line| !line.starts_with(' '))
            .count()
    );
    ExitCode::from(u8::from(!failures.is_empty()))
}

/// What README.md shows of a report, and says of the scenarios' number, and isn't so.
fn is_not_in_the_readme(asked: &[(&Executor, &Scenario)], verdicts: &[Verdict]) -> Vec<String> {
    const SHOWN: &str = "wake_during_the_poll";
    let spaced = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let readme = spaced(include_str!("../../README.md"));
    let shown = asked
        .iter()
        .zip(verdicts)
        .find(|((executor, scenario), _)| executor.name() == SHOWN && scenario.name == SHOWN);
    let mut words = vec![format!("tries {} scenarios", scenarios().count())];
    if let Some(((_, scenario), Verdict::Wrong(Mistake { finding, .. }))) = shown {
        words.extend([
            format!("WRONG {SHOWN} mistake {}", scenario.mistake),
            format!(
                "expected {} happened {}",
                finding.expected, finding.happened
            ),
            format!("look at {} again --here {SHOWN}", scenario.look),
        ]);
    }
    let missing = words.iter().filter(|words| !readme.contains(*words));
    missing
        .map(|words| format!("README.md doesn't say: {words}"))
        .collect()
}

/// By its scenario, by each of the others that are named, and by no more.
fn is_as_planted(
    planted: Option<&Planted>,
    caught_by: &[&str],
    is_whole: bool,
) -> Result<(), String> {
    let Some(planted) = planted else {
        return match caught_by.is_empty() {
            true => Ok(()),
            false => Err("nothing is wrong with it".to_owned()),
        };
    };
    if !caught_by.contains(&planted.scenario) {
        return Err("not caught".to_owned());
    }
    let (also, maybe) = match planted.seen {
        _ if !is_whole => return Ok(()),
        Seen::ByMany => return Ok(()),
        Seen::Alone => (&[][..], &[][..]),
        Seen::AlsoBy(also) => (also, &[][..]),
        Seen::AlsoByOrMaybe(also, maybe) => (also, maybe),
    };
    for name in also.iter().chain(maybe) {
        scenario_named(name).ok_or(format!("{name} is no scenario"))?;
    }
    if let Some(missed) = also.iter().find(|name| !caught_by.contains(name)) {
        return Err(format!("not caught by {missed}"));
    }
    let is_named =
        |name: &&&str| **name == planted.scenario || also.contains(*name) || maybe.contains(*name);
    match caught_by.iter().find(|name| !is_named(name)) {
        Some(other) => Err(format!("caught by {other}, too")),
        None => Ok(()),
    }
}
