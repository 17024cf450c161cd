//! Has cargo-mutants' mutants of the machine and of `sync` in one build, and sees a test
//! fail for each.
//!
//! ```text
//! cargo run -p buzzer-mutants                       all of them
//! cargo run -p buzzer-mutants -- PATTERN...         those whose name, as cargo-mutants says
//!                                                   it, has one of these words
//! cargo run -p buzzer-mutants -- --missed           those that the last run has missed
//! cargo run -p buzzer-mutants -- --rest             those that no run has caught yet, and
//!                                                   what came of all
//! cargo run -p buzzer-mutants -- --first ...        a look: only with the tests that fit best
//! ```
//!
//! cargo-mutants builds the library and its tests once for each mutant, which for two
//! folders is more than a day. Here a copy of the tree has all of them, each behind a switch
//! that a variable of the environment turns; what doesn't compile is taken out; each test
//! is run once, in a process of its own, to see which mutants it reaches; and then each
//! mutant is tried with the tests that belong to its file and reach it, until one fails or
//! hangs. A mutant that is missed has to be in `missed.toml`, with its reason.
//!
//! - `list.rs`: what cargo-mutants lists
//! - `switch.rs`: a file with its mutants in it; `switch/mutant.rs` is the switch
//! - `tree.rs`, `compile.rs`: the copy, and who compiles
//! - `cases.rs`: the tests, and what each reaches; `belongs.rs`: which of them are a file's
//! - `memory.rs`: what the next run need not find out again
//! - `hunt.rs`: each mutant; `process.rs`: a test and how it ends; `crew.rs`: several at once
//! - `missed.rs`: those that are known to be missed, and why
//! - `report.rs`: what came of all

#[path = "../../support/copied.rs"]
mod copied;

mod belongs;
mod cases;
mod compile;
mod crew;
mod hunt;
mod list;
mod memory;
mod missed;
mod process;
mod report;
mod switch;
mod tree;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::env;
use std::process::ExitCode;

use belongs::Belongs;
use hunt::Outcome;
use memory::Memory;
use missed::Missed;
use tree::Tree;

fn main() -> ExitCode {
    let mut words: Vec<_> = env::args().skip(1).collect();
    let first = words.iter().any(|word| word == "--first");
    words.retain(|word| word != "--first");
    let belongs = Belongs::read();
    let tree = Tree::new();
    let patterns: Vec<_> = belongs
        .folders()
        .map(|folder| format!("{folder}**"))
        .collect();
    let mutants = list::mutants(&tree.copied.from, &patterns);
    let mut memory = Memory::load(&tree, &mutants);
    let compiled = compile::compile(&tree, &mutants, memory.unviable);
    memory.unviable = compiled.unviable.clone();
    memory.save();
    println!(
        "{} mutants: {} viable, {} don't compile, {} have no switch",
        mutants.len(),
        compiled.viable.len(),
        compiled.unviable.len(),
        compiled.unswitched.len()
    );
    let mut arguments = vec!["-p", "buzzer", "-p", "buzzer-programs", "--lib"];
    for program in belongs.programs() {
        if program != "buzzer" && program != "contrast" {
            arguments.extend(["--test", program]);
        }
    }
    let mut programs = compile::build(&tree, &arguments);
    // By itself, or the library would have this suite's features in all others, too.
    let contrast = ["-p", "buzzer-contrast-tests", "--test", "contrast"];
    if belongs.programs().any(|program| program == "contrast") {
        programs.extend(compile::build(&tree, &contrast));
    }
    let workers = env::var("MUTANTS_AT_ONCE")
        .ok()
        .and_then(|many| many.parse().ok())
        .unwrap_or(3);
    let cases = cases::cases(&tree, &programs, mutants.len(), workers, &mut memory.cases);
    let tests = hunt::tests(&programs, &cases);
    memory.save();
    let chosen = mutants.iter().filter(|mutant| {
        let is_named = |word: &String| match word.as_str() {
            "--missed" => memory.missed.contains(&mutant.number),
            "--rest" => memory.catch(mutant.number, &tests).is_none(),
            word => mutant.name.contains(word),
        };
        compiled.viable.contains(&mutant.number) && (words.is_empty() || words.iter().any(is_named))
    });
    let chosen = chosen.collect();
    let mut outcomes = hunt::hunt(
        chosen,
        &mut memory,
        &programs,
        &cases,
        &belongs,
        workers,
        first,
    );
    memory.save();
    let with_rest = words.iter().any(|word| word == "--rest");
    if with_rest {
        let tried: BTreeSet<_> = outcomes.iter().map(|(mutant, _)| mutant.number).collect();
        let before = mutants.iter().filter(|mutant| {
            compiled.viable.contains(&mutant.number) && !tried.contains(&mutant.number)
        });
        outcomes.extend(before.map(|mutant| {
            let catch = memory.catch(mutant.number, &tests);
            let catch = catch.expect("what is not caught was tried").clone();
            (mutant, Outcome::Caught(catch))
        }));
    }
    let all = words.is_empty() || with_rest;
    let is_well = report::report(&mutants, &outcomes, &Missed::read(), all);
    ExitCode::from(u8::from(!is_well))
}
