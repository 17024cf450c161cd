//! What the programs of this member share.
//!
//! - [`server`] serves HTTP over buzzer's sockets
//! - [`bridge`] runs what insists on tokio on a thread of its own
//! - [`exit`] says how a program ends; [`log`] and [`chain`] what goes wrong meanwhile
//! - [`spawn_named`] spawns tasks by which a run can be understood

pub mod bridge;
pub mod exit;
pub mod server;

use std::error::Error;
use std::fmt;
use std::io::{self, Write};

use buzzer::task::{self, JoinHandle};

/// `buzzer::spawn` with a name, by which those who watch the run know the task again.
#[track_caller]
pub fn spawn_named<F: Future + 'static>(name: &str, future: F) -> JoinHandle<F::Output> {
    let named = task::Builder::new().name(name);
    named.spawn(future).expect("every task is taken")
}

/// Says something to whoever runs the program, on standard error. If nobody is there
/// any more to read it, that is no reason for a service to end, as it would be to
/// `eprintln!`.
pub fn log(line: fmt::Arguments<'_>) {
    _ = writeln!(io::stderr(), "{line}");
}

/// An error and what is behind it, in one line. Some errors say that themselves, and
/// then it is not said twice.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let text = source.to_string();
        if !line.contains(&text) {
            line += ": ";
            line += &text;
        }
        next = source.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::chain;

    #[test]
    fn an_error_is_told_with_what_is_behind_it_and_nothing_twice() {
        let error = anyhow::Error::from(io::Error::other("no beans")).context("no espresso");
        assert_eq!(chain(error.as_ref()), "no espresso: no beans");
        let error = error.context("no breakfast: no espresso");
        assert_eq!(chain(error.as_ref()), "no breakfast: no espresso: no beans");
    }
}
