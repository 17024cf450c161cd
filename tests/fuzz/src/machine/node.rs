//! What the model knows of one task, or of one child of a gather.
//!
//! Owns its states. Only `model.rs` uses it.

use std::collections::VecDeque;

use super::End;
use super::program::{Now, Op, Script};

#[derive(Debug)]
pub(super) struct Node {
    pub(super) ops: std::vec::IntoIter<Op>,
    pub(super) at_drop: Vec<Now>,
    /// Who gathers it, if it is a child.
    pub(super) owner: Option<usize>,
    /// Whether there are handles of it: of all tasks but the future of a `block_on`.
    pub(super) has_handles: bool,
    pub(super) state: State,
    pub(super) is_aborted: bool,
    /// Whether a script may still take its handle.
    pub(super) handle_is_kept: bool,
    /// Who waits for its end.
    pub(super) joiner: Option<usize>,
    pub(super) was_polled: bool,
    pub(super) waits: Option<Waits>,
    /// Its children that are to be polled.
    pub(super) ready: VecDeque<usize>,
    pub(super) end: Option<End>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// In the run queue, or in the list of whoever gathers it.
    Queued,
    Waiting,
    Running,
    RunningWoken,
    Done,
}

#[derive(Debug)]
pub(super) enum Waits {
    Once { wakes: bool, was_polled: bool },
    Sleep(Sleep),
    Join(usize),
    Job { was_polled: bool },
    Gather(Vec<usize>),
}

/// Armed by a number that counts the armings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sleep {
    pub(super) deadline: u64,
    pub(super) armed: Option<u64>,
}

/// How far a poll has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Pending,
    Ready,
    Panicked,
}

impl Node {
    pub(super) fn new(script: &Script, owner: Option<usize>, has_handles: bool) -> Self {
        Self {
            ops: script.ops.clone().into_iter(),
            at_drop: script.at_drop.clone(),
            owner,
            has_handles,
            state: State::Queued,
            is_aborted: false,
            handle_is_kept: has_handles,
            joiner: None,
            was_polled: false,
            waits: None,
            ready: VecDeque::new(),
            end: None,
        }
    }
}
