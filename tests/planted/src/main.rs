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
//! wake is lost on the real clock. What cargo gets stands before ` -- `, for the command
//! is run once with `--no-run` in that place: so a fault that doesn't compile is told from
//! one that was caught. Variables may stand before it, as in a shell.
//!
//! Before the first fault each command is run without any, and has to pass, or its failure
//! would tell nothing. A patch that no longer applies is a failure, too; so is a test that
//! is not there.
//!
//! - `fault.rs`: what a file in faults/ says
//! - `tree.rs`: the copy, and a fault put into it
//! - `command.rs`: a command that is run there, and what came of it

#[path = "../../support/copied.rs"]
mod copied;

mod command;
mod fault;
mod tree;

use std::collections::BTreeSet;
use std::env;
use std::process::ExitCode;

use command::{Outcome, build, run};
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
    for command in commands {
        if let Err(why) = passes(&tree, command) {
            eprintln!("without a fault `{command}` {why}");
            return ExitCode::FAILURE;
        }
    }
    let mut missed = 0;
    for fault in &faults {
        let (word, told) = match is_caught(&tree, fault) {
            Ok(how) => ("caught", how),
            Err(why) => ("MISSED", why),
        };
        missed += usize::from(word == "MISSED");
        println!("{word}  {}: {told}", fault.name);
    }
    println!("{} of {} caught", faults.len() - missed, faults.len());
    ExitCode::from(u8::from(missed > 0))
}

/// Whether a test is there and passes while nothing is planted.
fn passes(tree: &Tree, command: &str) -> Result<(), String> {
    build(tree, command)?;
    match run(tree, command) {
        (Outcome::Passed, output) if command::passed(&output) == 0 => {
            Err("runs no test: the name is another by now".into())
        }
        (Outcome::Passed, _) => Ok(()),
        (outcome, output) => Err(format!("{outcome}:\n{output}")),
    }
}

/// How the fault was seen, or why it was not.
fn is_caught(tree: &Tree, fault: &Fault) -> Result<String, String> {
    tree.plant(fault)
        .map_err(|error| format!("the patch no longer applies: {error}"))?;
    let command = fault.command.as_str();
    let ran = build(tree, command).map(|()| run(tree, command));
    tree.pull_out(fault);
    let (outcome, output) = ran.map_err(|error| format!("planted, it {error}"))?;
    match (fault.end, outcome) {
        (End::Hangs, Outcome::Hung) | (End::Fails, Outcome::Failed | Outcome::Killed) => {
            Ok(format!("`{command}` {outcome}"))
        }
        (_, outcome) => Err(format!("`{command}` {outcome}:\n{output}")),
    }
}
