//! A program of tasks on the machine, against a model of its loop.
//!
//! Owns the harness. The bytes are a program: scripts that spawn, wake, abort, sleep and
//! wait for each other. It runs on a runtime with the clock paused, and on the model, and
//! both write down what happens: each poll, drop and end, in order and with its time. The
//! two accounts have to be one.
//!
//! - `program.rs`: what a program is
//! - `script.rs`, `world.rs`: it runs as futures
//! - `model.rs`, `doing.rs`, `node.rs`: it runs as a table and a queue
//!
//! Threads take part, and yet nothing depends on them: a poll that has something done on
//! another thread waits until that is over, so what is left of it is a message to the loop.

mod doing;
mod model;
mod node;
mod program;
mod script;
mod world;

use arbitrary::{Arbitrary, Unstructured};

use program::Program;

/// Something that happened, and to which node (a task, or a child of a gather).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    /// At so many milliseconds.
    Polled(usize, u64),
    Dropped(usize),
    /// The task that the first waited for.
    Joined(usize, usize, End),
    /// What the first was told of the second.
    Finished(usize, usize, bool),
    /// A turn has polled so often.
    Turned(u32),
}

/// How a task has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Ready,
    Cancelled,
    Panicked,
}

/// What was seen of a run, and what is left after it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Account {
    events: Vec<Event>,
    /// Tasks that had not ended before the runtime's end.
    alive: usize,
    /// For each node, how often it and what it gave was dropped in the end.
    drops: Vec<[u32; 2]>,
}

/// Runs a program twice.
pub fn run(bytes: &[u8]) -> bool {
    let Ok(program) = Program::arbitrary_take_rest(Unstructured::new(bytes)) else {
        return false;
    };
    let [ran, expected] = [world::run(&program), model::run(&program)];
    let differs = ran
        .events
        .iter()
        .zip(&expected.events)
        .position(|(a, b)| a != b);
    let at = differs.unwrap_or_else(|| ran.events.len().min(expected.events.len()));
    assert!(
        ran == expected,
        "{program:#?}\nbefore: {:?}\nhappened: {:?}\nexpected: {:?}\nand {:?} alive, drops {:?} against {:?}",
        &ran.events[..at],
        ran.events.get(at),
        expected.events.get(at),
        [ran.alive, expected.alive],
        ran.drops,
        expected.drops,
    );
    program.scripts.iter().any(|script| !script.ops.is_empty())
}
