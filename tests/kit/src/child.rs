//! One scenario, in the process that it has for itself.
//!
//! It says on standard output, in lines with a prefix, what it waits for, and at the end
//! what it has found. So the process that started it (`judge.rs`) can tell of a run that
//! hangs what it hung on; and whoever runs it by hand reads the same.

use std::any::Any;
use std::io::{self, Write as _};
use std::panic::{self, AssertUnwindSafe};

use crate::Executor;
use crate::scenario::{Finding, Outcome, Scenario};

/// The argument behind which the names of a scenario and of an executor stand.
pub(crate) const HERE: &str = "--here";

/// Each line that is the kit's begins with one of these.
pub(crate) const BEGINS: &str = "kit: tries ";
pub(crate) const WAITS: &str = "kit: waits for ";
pub(crate) const RIGHT: &str = "kit: right";
pub(crate) const EXPECTED: &str = "kit: expected ";
pub(crate) const HAPPENED: &str = "kit: happened ";

/// Tells what the scenario is about to wait for, to be told of a run that hangs.
pub(crate) fn awaiting(what: &str) {
    say(&format!("{WAITS}{what}"));
}

/// Runs the scenario here, says what it found, and gives the process's exit code.
pub(crate) fn run(executor: &Executor, scenario: &Scenario) -> i32 {
    say(&format!("{BEGINS}{} on {}", scenario.name, executor.name()));
    let missing = scenario.missing(executor);
    if let Some(part) = missing.first() {
        return refuse(&format!("it needs {part}, which {} lacks", executor.name()));
    }
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| (scenario.run)(executor)));
    let outcome: Outcome = outcome.unwrap_or_else(|panic| {
        Err(Finding {
            expected: "no panic that leaves block_on".to_owned(),
            happened: format!("block_on panicked: {}", message(&*panic)),
        })
    });
    match outcome {
        Ok(()) => {
            say(RIGHT);
            0
        }
        Err(Finding { expected, happened }) => {
            let happened = happened.replace('\n', " ");
            say(&format!("{EXPECTED}{expected}\n{HAPPENED}{happened}"));
            1
        }
    }
}

/// Says what can't be run, and gives the process's exit code.
pub(crate) fn refuse(why: &str) -> i32 {
    eprintln!("{why}; --list names the scenarios");
    2
}

/// What a panic said.
pub(crate) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "something that is no text".to_owned())
}

/// Nobody may be left to read it, which is no fault of the executor's.
fn say(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
