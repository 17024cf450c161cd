//! Each scenario catches the executor that makes its mistake, and lets the one pass that
//! makes none.
//!
//! `small.rs` is a correct executor with a place for each mistake; `faults.rs` names them.
//! A mistake may show in other scenarios than its own; those are named too, and no others
//! may see it.

mod faults;
mod small;

use std::process::ExitCode;

use buzzer_kit::{Executor, Finding, Mistake, Verdict, answer, judge_all, scenarios};

use faults::{FAULTS, Planted};

fn main() -> ExitCode {
    let correct = small::executor("correct", None);
    let broken: Vec<_> = FAULTS
        .iter()
        .map(|planted| small::executor(planted.scenario, Some(planted.fault)))
        .collect();
    let all: Vec<Executor> = [&[correct], &broken[..]].concat();
    answer(&all);

    let asked: Vec<_> = all
        .iter()
        .flat_map(|executor| scenarios().map(move |scenario| (executor, scenario)))
        .collect();
    let mut failures = Vec::new();
    for (executor, verdicts) in all
        .iter()
        .zip(judge_all(&asked).chunks(scenarios().count()))
    {
        let wrong = scenarios()
            .zip(verdicts)
            .filter_map(|(scenario, verdict)| match verdict {
                Verdict::Wrong(mistake) => Some((scenario.name, mistake)),
                _ => None,
            });
        let wrong: Vec<_> = wrong.collect();
        let caught_by: Vec<_> = wrong.iter().map(|(name, _)| *name).collect();
        let planted = FAULTS
            .iter()
            .find(|planted| planted.scenario == executor.name());
        let expected = planted.map(Planted::caught_by).unwrap_or_default();
        if caught_by != expected {
            let name = executor.name();
            failures.push(format!("{name}: caught by {caught_by:?}, not {expected:?}"));
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
    for failure in &failures {
        eprintln!("{failure}");
    }
    println!(
        "{} scenarios, {} executors: {} failures",
        scenarios().count(),
        all.len(),
        failures
            .iter()
            .filter(|line| !line.starts_with(' '))
            .count()
    );
    ExitCode::from(u8::from(!failures.is_empty()))
}
