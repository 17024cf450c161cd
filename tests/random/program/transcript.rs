//! The transcript that is being written on this thread.
//!
//! Written by the interpreter; opened, closed and stamped by its root.

use std::cell::{Cell, RefCell};
use std::fmt;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// Which task, or branch within one, by the steps that led there.
    pub strand: String,
    /// Milliseconds of the paused clock, and nothing once the program has ended: then
    /// the runtime is dropped.
    pub at: Option<u64>,
    pub text: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(at) => write!(f, "{at} ms ")?,
            None => write!(f, "end ")?,
        }
        write!(f, "{}: {}", self.strand, self.text)
    }
}

// Of the thread, so that a drop can write without a way to it.
thread_local! {
    static LINES: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
    static NOW: Cell<Option<fn() -> u64>> = const { Cell::new(None) };
}

pub fn open() {
    LINES.take();
}

/// How the time is asked for from here on.
pub fn now_is(now: fn() -> u64) {
    NOW.set(Some(now));
}

/// From here on nothing has a time.
pub fn ends() {
    NOW.set(None);
}

pub fn write_line(strand: &str, text: String) {
    let at = NOW.get().map(|now| now());
    let strand = strand.to_owned();
    LINES.with_borrow_mut(|lines| lines.push(Line { strand, at, text }));
}

/// A panic that came out of the runtime itself. The program's own go no further than their
/// tasks.
pub fn write_panic(message: &str) {
    write_line(RUNTIME, format!("panics: {message}"));
}

/// The strand of what a runtime does that it should not.
const RUNTIME: &str = "the runtime";

impl Line {
    pub fn is_a_panic(&self) -> bool {
        self.strand == RUNTIME
    }
}

pub fn close() -> Vec<Line> {
    LINES.take()
}
