//! docs/contrast.md: what each executor does in each scenario, made from a run of the kit
//! and held against one.
//!
//!     cargo test -p buzzer-kit-peers                    compares
//!     WRITE_CONTRAST=1 cargo test -p buzzer-kit-peers   writes it anew
//!
//! What this machine refuses to run is said, and not compared.

mod page;

use std::process::ExitCode;
use std::{env, fs};

use buzzer_kit::{Executor, Verdict, answer, judge, judge_all, scenarios};
use buzzer_kit_peers::{executors, refused};

use page::{Column, Page};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/contrast.md");

fn main() -> ExitCode {
    let executors = executors();
    answer(&executors);

    let refused = refused();
    let can_run = |name: &str| refused.iter().all(|(refused, _)| *refused != name);
    let mut columns = Vec::new();
    for executor in &executors {
        let asked: Vec<_> = scenarios().map(|scenario| (executor, scenario)).collect();
        let verdicts = match can_run(executor.name()) {
            true => judge_all(&asked),
            false => Vec::new(),
        };
        columns.push(Column {
            name: executor.name().to_owned(),
            verdicts,
        });
    }
    for (name, why) in &refused {
        println!("{name} is left out: {why}");
    }

    if env::var_os("WRITE_CONTRAST").is_some() {
        if !refused.is_empty() {
            eprintln!("docs/contrast.md is not written: all of them are to be in it");
            return ExitCode::FAILURE;
        }
        fs::write(PATH, Page::of(&columns).text()).expect("docs/contrast.md is written");
        return ExitCode::SUCCESS;
    }
    judge_again(&executors, &mut columns);
    let mut failures = compare(&columns);
    let buzzer = columns.iter().find(|column| column.name == "buzzer");
    for (scenario, verdict) in
        scenarios().zip(buzzer.into_iter().flat_map(|column| &column.verdicts))
    {
        // It has every part, so it is the best of each row.
        if *verdict != Verdict::Right {
            failures.push(format!("buzzer, {}: {verdict:?}", scenario.name));
        }
    }
    for failure in &failures {
        eprintln!("{failure}");
    }
    if !failures.is_empty() {
        eprintln!("If that is so now: WRITE_CONTRAST=1 cargo test -p buzzer-kit-peers");
    }
    println!(
        "{} scenarios on {} executors: {} failures",
        scenarios().count(),
        columns
            .iter()
            .filter(|column| !column.verdicts.is_empty())
            .count(),
        failures.len()
    );
    ExitCode::from(u8::from(!failures.is_empty()))
}

/// Asks the peers again, one scenario at a time, where they did something else than the
/// page says: a busy machine shows races of theirs that are not what is compared here.
/// buzzer has no second try.
fn judge_again(executors: &[Executor], columns: &mut [Column]) {
    let written = Page::read(&fs::read_to_string(PATH).unwrap_or_default());
    for (executor, column) in executors.iter().zip(columns) {
        if column.name == "buzzer" {
            continue;
        }
        for (scenario, verdict) in scenarios().zip(&mut column.verdicts) {
            let place = (column.name.clone(), scenario.name.to_owned());
            let known = written.cells.get(&place).map(|cell| without_numbers(cell));
            for _ in 0..3 {
                if known.as_ref() == Some(&without_numbers(&page::cell(verdict))) {
                    break;
                }
                println!(
                    "{}, {}: {verdict:?}; tried again",
                    column.name, scenario.name
                );
                *verdict = judge(executor, scenario);
            }
        }
    }
}

/// Where the run and the page tell something else. Numbers count for nothing: how often
/// somebody ran in vain is another one each time.
fn compare(columns: &[Column]) -> Vec<String> {
    let text = fs::read_to_string(PATH).unwrap_or_default();
    let written = Page::read(&text);
    let seen = Page::of(columns);
    let mut failures = Vec::new();
    for (place, cell) in &seen.cells {
        match written.cells.get(place) {
            Some(known) if without_numbers(known) == without_numbers(cell) => {}
            known => {
                let (executor, scenario) = place;
                let known = known.map_or("nothing", String::as_str);
                failures.push(format!(
                    "{executor}, {scenario}: {cell}\n    docs/contrast.md: {known}"
                ));
            }
        }
    }
    let all_run = columns.iter().all(|column| !column.verdicts.is_empty());
    let is_same = |one: &str, other: &str| without_numbers(one) == without_numbers(other);
    if failures.is_empty() && all_run && !is_same(&seen.text(), &text) {
        failures.push("the words around the cells".to_owned());
    }
    failures
}

fn without_numbers(text: &str) -> String {
    text.chars().filter(|char| !char.is_ascii_digit()).collect()
}
