//! Plants faults in a copy of the library, one at a time, and sees for each that the test
//! named for it fails.
//!
//! ```text
//! cargo run -p buzzer-planted                 every fault
//! cargo run -p buzzer-planted -- 33 waker     those of a line, or with a word in their names
//! cargo run -p buzzer-planted -- --list       what there is, and what must fail
//! ```
//!
//! A fault is a file in faults/, and another one is another file, and no line of code. It
//! is called `NUMBER-NAME.patch` by the number of its line in docs/edge-cases.md, where it
//! is to be linked, or `NAME.patch` if it belongs to none. Its head says what is wrong, and
//! which command must fail; the rest is a patch as git makes it:
//!
//! ```text
//! Fault: what the program then suffers, on one line
//! Fails: cargo test --test wakes -- --exact a_wake_during_the_poll
//!
//! --- a/executor/src/…
//! ```
//!
//! `Hangs:` in the place of `Fails:` says that the test doesn't come to an end, as where a
//! wake is lost on the real clock, and says nothing of it for half a minute. What cargo gets stands before ` -- `, for the command
//! is run once with `--no-run` in that place: so a fault that doesn't compile is told from
//! one that was caught. Variables may stand before it, as in a shell.
//!
//! Before the first fault each command is run without any, and has to pass, or its failure
//! would tell nothing: those that do not, as where a tool is missing, leave their faults
//! untried, which is a failure in the end. A patch that no longer applies is one, too; so is
//! a test that is not there.
//!
//! - `fault.rs`: what a file in faults/ says
//! - `tree.rs`: the copy, and a fault put into it
//! - `command.rs`: a command that is run there, and what came of it

#[path = "../../support/copied.rs"]
mod copied;

mod command;
mod fault;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use command::{Outcome, build, run, silence};
use fault::{End, Fault};
use tree::Tree;

fn main() -> ExitCode {
    let words: Vec<_> = env::args().skip(1).collect();
    let only_list = words.iter().any(|word| word == "--list");
    let words: Vec<_> = words.iter().filter(|word| *word != "--list").collect();
    let mut faults = fault::all();
    faults.retain(|fault| words.is_empty() || words.iter().any(|word| fault.is_called(word)));
    if faults.is_empty() {
        eprintln!("there is no such fault: `cargo run -p buzzer-planted -- --list` names them");
        return ExitCode::FAILURE;
    }
    if only_list {
        for Fault {
            name, what, must, ..
        } in &faults
        {
            println!("{name}\n    {what}\n    {must}");
        }
        return ExitCode::SUCCESS;
    }
    let tree = Tree::new();
    let commands: BTreeSet<_> = faults.iter().map(|fault| fault.command.as_str()).collect();
    let mut taken = BTreeMap::new();
    for command in commands {
        match passes(&tree, command) {
            Ok(time) => _ = taken.insert(command, time),
            Err(why) => eprintln!("without a fault `{command}` {why}"),
        }
    }
    let (mut missed, mut untried) = (0, 0);
    for fault in &faults {
        let Some(&taken) = taken.get(fault.command.as_str()) else {
            untried += 1;
            println!(
                "UNTRIED {}: `{}` fails without it",
                fault.name, fault.command
            );
            continue;
        };
        let (word, told) = match is_caught(&tree, fault, taken) {
            Ok(how) => ("caught", how),
            Err(why) => ("MISSED", why),
        };
        missed += usize::from(word == "MISSED");
        println!("{word}  {}: {told}", fault.name);
    }
    let (caught, all) = (faults.len() - missed - untried, faults.len());
    println!("figure: {caught} of {all} planted faults caught, {missed} missed, {untried} untried");
    ExitCode::from(u8::from(caught < all))
}

/// How long a test takes that is there and passes while nothing is planted.
fn passes(tree: &Tree, command: &str) -> Result<Duration, String> {
    build(tree, command)?;
    let began = Instant::now();
    match run(tree, command, None) {
        (Outcome::Passed, output) if command::passed(&output) == 0 => {
            Err("runs no test: the name is another by now".into())
        }
        (Outcome::Passed, _) => Ok(began.elapsed()),
        (outcome, output) => Err(format!("{outcome}:\n{output}")),
    }
}

/// How the fault was seen, or why it was not.
fn is_caught(tree: &Tree, fault: &Fault, taken: Duration) -> Result<String, String> {
    tree.plant(fault)
        .map_err(|error| format!("the patch no longer applies: {error}"))?;
    let command = fault.command.as_str();
    let limit = match fault.end {
        End::Hangs => Some(silence(taken)),
        End::Fails => None,
    };
    let ran = build(tree, command).map(|()| run(tree, command, limit));
    tree.pull_out(fault);
    let (outcome, output) = ran.map_err(|error| format!("planted, it {error}"))?;
    match (fault.end, outcome) {
        (End::Hangs, Outcome::Hung) | (End::Fails, Outcome::Failed | Outcome::Killed) => {
            Ok(format!("`{command}` {outcome}"))
        }
        (_, outcome) => Err(format!("`{command}` {outcome}:\n{output}")),
    }
}
