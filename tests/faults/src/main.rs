//! Every call, every error, every occurrence: the long form of the layer.
//!
//! ```text
//! cargo run --release -p buzzer-faults                    all of it, held against the page
//! cargo run --release -p buzzer-faults -- --write         and the page written anew
//! cargo run --release -p buzzer-faults -- --write fcntl   its rows of these calls only
//! cargo run -p buzzer-faults -- PART CALL ERROR NTH       one of them, with all that it said
//! ```

use std::env;
use std::path::Path;
use std::process::ExitCode;

use faults::calls::CALLS;
use faults::run::Fault;
use faults::{page, run, sweep};

faults::close_by_our_own!();

fn main() -> ExitCode {
    if run::as_a_part() {
        return ExitCode::SUCCESS;
    }
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let program = env::current_exe().expect("its own path");
    if !run::can_run() {
        return ExitCode::FAILURE;
    }
    match arguments[..] {
        [] => all(&program, false, &[]),
        ["--write", ref calls @ ..] => all(&program, true, calls),
        [part, call, error, nth] => one(&program, part, call, error, nth),
        _ => {
            eprintln!("usage: [--write [CALL...] | PART CALL ERROR NTH]");
            ExitCode::from(2)
        }
    }
}

fn one(program: &Path, part: &str, call: &str, error: &str, nth: &str) -> ExitCode {
    let call = CALLS.iter().find(|one| one.name == call);
    let error = call.and_then(|call| call.errors.iter().find(|one| one.name == error));
    let (Some(call), Some(error), Ok(nth)) = (call, error, nth.parse()) else {
        eprintln!("calls.rs has no such call, or it has no such error");
        return ExitCode::from(2);
    };
    let fault = Fault {
        call: call.number,
        errno: error.number,
        nth,
    };
    println!("{:#?}", run::run(program, part, Some(fault)));
    ExitCode::SUCCESS
}

fn all(program: &Path, write: bool, calls: &[&str]) -> ExitCode {
    let plain = sweep::plain(program);
    let mut points = sweep::points(&plain, sweep::LONG);
    let is_asked_for = |call: &str| calls.is_empty() || calls.contains(&call);
    points.retain(|point| is_asked_for(point.call.name));
    println!("{} faults", points.len());
    let seen = sweep::see(program, &plain, points);
    let wrong = seen
        .iter()
        .filter(|seen| !seen.complaints.is_empty())
        .count();
    let came = seen.iter().filter(|seen| seen.failed).count();
    let made = page::calls(&seen);
    if write {
        page::write(&seen).expect("the page can be written");
    }
    let (missing, unseen) = page::differences(&seen).expect("the page can be read");
    missing
        .iter()
        .for_each(|line| println!("the page lacks {line}"));
    unseen
        .iter()
        .for_each(|line| println!("not seen this time: {line}"));
    let mut not_met = sweep::not_met(&seen, sweep::LONG);
    not_met.retain(|(call, _)| is_asked_for(call));
    not_met
        .iter()
        .for_each(|(call, error)| println!("never failed: {call} {error}"));
    println!("figure: {came} faults in {made} calls, {wrong} wrong");
    match wrong == 0 && missing.is_empty() && not_met.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
