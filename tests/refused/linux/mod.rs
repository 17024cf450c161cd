//! The tests, each a function that [`main`] calls.

mod calls;
#[path = "../../support/child.rs"]
mod child;
mod page;
#[cfg(not(mio_unsupported_force_poll_poll))]
#[path = "../../support/poll.rs"]
mod poll;
mod program;
mod run;
#[path = "../../support/sandbox.rs"]
mod sandbox;

use std::io;
use std::num::NonZero;
use std::process::Command;
use std::sync::Mutex;
use std::{env, thread};

use calls::{CALLS, Call, EVERY_PROGRAM_S, THE_TEST_S, Way, number_of};
use run::Ran;
use sandbox::Told;

type Test = (&'static str, fn());

macro_rules! tests {
    ($($test:ident),*) => { &[$((stringify!($test), $test)),*] };
}

const TESTS: &[Test] = tests![
    the_program_makes_no_call_that_is_not_refused_in_its_turn,
    a_call_refused_is_done_another_way_or_named,
    all_calls_that_have_another_way_refused_at_once
];

/// Runs the tests whose names are asked for, as the usual harness does.
pub fn main() {
    if child::again().is_none() {
        return run::as_the_program();
    }
    let options: Vec<_> = env::args().skip(1).collect();
    let names: Vec<_> = options
        .iter()
        .take_while(|option| !option.starts_with('-'))
        .collect();
    let is_asked_for =
        |test: &&Test| names.is_empty() || names.iter().any(|name| test.0.contains(*name));
    let tests = TESTS.iter().filter(is_asked_for);
    if options.iter().any(|option| option == "--list") {
        return tests.for_each(|(name, _)| println!("{name}: test"));
    }
    if !sandbox::can_enter() {
        return;
    }
    for (name, test) in tests {
        println!("test {name} ...");
        test();
        println!("test {name} ... ok");
    }
}

/// The program's process.
fn again() -> Command {
    child::again().expect("this is not the program's process")
}

/// The program with nothing refused.
fn plain() -> Ran {
    let plain = run::run(again(), Told::These(&[]), |_| None);
    let is_well = |line: &String| !line.contains("error: ") && !line.contains("panic: ");
    assert!(plain.lines.iter().all(is_well), "{:#?}", plain.lines);
    plain
}

fn the_program_makes_no_call_that_is_not_refused_in_its_turn() {
    let ran = run::run(again(), Told::AllBut(&[]), |_| None);
    assert_eq!(ran.lines, plain().lines);
    let known: Vec<_> = CALLS.iter().map(|call| call.number).collect();
    let known = [&known, EVERY_PROGRAM_S, THE_TEST_S].concat();
    let mut unknown = ran.answered;
    unknown.retain(|number| !known.contains(number));
    unknown.sort();
    unknown.dedup();
    assert!(
        unknown.is_empty(),
        "the program makes the calls {unknown:?}: add them to tests/refused/linux/calls.rs"
    );
}

/// One call refused with one error.
struct Refused {
    call: &'static Call,
    error: &'static str,
    /// What the program said that it doesn't say otherwise.
    said: Vec<String>,
    /// How often the program's own process was refused.
    times: usize,
    /// Whether it was made at all, by that process or by its children.
    is_made: bool,
}

impl Refused {
    fn is_lossless(&self) -> bool {
        self.said.is_empty()
    }

    /// What is not as it should be.
    fn fault(&self) -> Option<String> {
        let (call, error, said, times) = (self.call, self.error, &self.said, self.times);
        let fault = match call.way {
            Way::Once(_) | Way::EachTime(_) if !self.is_lossless() => said.join("\n    "),
            Way::Once(_) if times > NOTICED => format!("asked {times} times"),
            Way::None if said.iter().any(|line| line.starts_with(KILLED)) => said.join("\n    "),
            _ => return None,
        };
        Some(format!("{} {error}:\n    {fault}", call.name))
    }
}

/// The call that is refused, and one that asks whether all are.
const NOTICED: usize = 2;

const KILLED: &str = "the process: signal: 9";

/// What `ran` says that `plain` does not, with `error` for the system's words for it.
fn said_besides(plain: &Ran, ran: &Ran, error: &str) -> Vec<String> {
    fn part(line: &str) -> Option<&str> {
        line.split_once(": ").map(|(part, _)| part)
    }
    let words = io::Error::from_raw_os_error(number_of(error)).to_string();
    let others = ran.lines.iter().filter(|line| !plain.lines.contains(line));
    let mut said: Vec<_> = others.map(|line| line.replace(&words, "ERROR")).collect();
    let is_missing = |line: &&String| ran.lines.iter().all(|other| part(other) != part(line));
    let missing = plain.lines.iter().filter(is_missing).count();
    if missing > 0 {
        said.push(format!("and nothing of {missing} parts more"));
    }
    said
}

/// Does `todo` on as many threads as there are cores. The results are in its order.
fn in_parallel<T: Send, R: Send>(todo: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(2, NonZero::get);
    let todo = Mutex::new(todo.into_iter().enumerate());
    let done = Mutex::new(Vec::new());
    thread::scope(|threads| {
        for _ in 0..cores {
            threads.spawn(|| {
                loop {
                    let Some((index, next)) = todo.lock().unwrap().next() else {
                        return;
                    };
                    let result = work(next);
                    done.lock().unwrap().push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

fn a_call_refused_is_done_another_way_or_named() {
    let plain = plain();
    let mut todo = Vec::new();
    for call in CALLS {
        for error in call.errors {
            todo.push((call, *error, again()));
        }
    }
    let refused = in_parallel(todo, |(call, error, again)| {
        let ran = run::run(again, Told::These(&[call.number]), |_| {
            Some(number_of(error))
        });
        Refused {
            call,
            error,
            said: said_besides(&plain, &ran, error),
            times: ran.answered.len(),
            is_made: !(ran.answered.is_empty() && ran.answered_children.is_empty()),
        }
    });
    page::write_if_asked(&refused);
    let faults: Vec<_> = refused.iter().filter_map(Refused::fault).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    page::check(&refused);
}

fn all_calls_that_have_another_way_refused_at_once() {
    let plain = plain();
    for error in ["EPERM", "ENOSYS", "EINVAL"] {
        let calls = CALLS.iter().filter(|call| call.way != Way::None);
        let calls = calls.filter(|call| call.errors.contains(&error));
        let calls: Vec<_> = calls.map(|call| call.number).collect();
        let ran = run::run(again(), Told::These(&calls), |_| Some(number_of(error)));
        assert_eq!(ran.lines, plain.lines, "all with {error}");
    }
}
