//! The promise of `buzzer::testing`: it finds what is planted, says what it found so
//! that it can be repeated, and passes what is right.

#[path = "../support/caught.rs"]
mod caught;
#[path = "../support/child.rs"]
mod child;
#[path = "../support/fifo.rs"]
mod fifo;
#[path = "../support/on_drop.rs"]
mod on_drop;
#[path = "../support/settle.rs"]
mod settle;

mod cancellation;
mod claims;
mod io_claims;
mod orders;
mod runs;
mod seats;
mod seeds;
mod stories;

use std::process::Command;

/// What a failure ends with, before the variable: the last line is the one that is seen.
const TO_REPEAT: &str =
    "To repeat this order (which has run twice by now, and so panicked twice): ";

/// What a process of the running test has printed, and whether the test has passed.
struct Printed {
    stdout: String,
    stderr: String,
    passed: bool,
}

fn printed(again: &mut Command) -> Printed {
    let output = again.output().unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    Printed {
        passed: output.status.success() && stdout.contains("1 passed"),
        stdout,
        stderr,
    }
}

/// What stands between the two, where both are found first.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).expect(before);
    rest.split_once(after).expect(after).0
}
