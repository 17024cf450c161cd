//! What a program is.
//!
//! Owns its parts and how many of each there may be. `world.rs` and `model.rs` both read it.

use arbitrary::Arbitrary;

/// Tasks and children in one run: no program makes more.
pub(super) const NODES: usize = 40;

/// Threads in one run, since each takes longer than all the rest.
pub(super) const THREADS: u32 = 3;

/// When a run that is driven by `block_on` ends at the latest, in milliseconds.
pub(super) const END: u64 = 10_000;

#[derive(Arbitrary, Clone, Debug)]
pub(super) struct Program {
    pub(super) driven: Driven,
    /// Polls in one turn, one more than this.
    pub(super) interval: u8,
    /// Whether the runtime goes before what the program holds.
    pub(super) runtime_first: bool,
    /// The first is the first task; the others are spawned by their numbers.
    pub(super) scripts: Vec<Script>,
}

/// Who goes round.
#[derive(Arbitrary, Clone, Debug)]
pub(super) enum Driven {
    /// `block_on`, whose future is the first script.
    Main,
    /// `Runtime::turn`, with so many milliseconds at most for each.
    Turns(Vec<u8>),
}

#[derive(Arbitrary, Clone, Debug, Default)]
pub(super) struct Script {
    pub(super) ops: Vec<Op>,
    /// Done when its future is dropped, unless that is by the runtime's end.
    pub(super) at_drop: Vec<Now>,
}

#[derive(Arbitrary, Clone, Debug)]
pub(super) enum Op {
    Now(Now),
    Wait(Wait),
    /// Unless it is within the future of a `block_on`.
    Panic,
}

/// What is done at once. Numbers are taken modulo what there is.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Now {
    Spawn(u8),
    /// By the waker of a node's first poll, also of one that is gone.
    Wake(u8),
    WakeByThread(u8),
    Abort(u8),
    DropHandle(u8),
    /// The sleep that some node waits for, by so many milliseconds from now.
    Reset(u8, u8),
    IsFinished(u8),
}

/// What may have to be waited for.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Wait {
    Yield,
    /// Until somebody wakes it.
    Park,
    Sleep(u8),
    /// By its handle, which is gone then.
    Join(u8),
    Job,
    /// A gather of so many scripts, from one on.
    Gather(u8, u8),
}

impl Program {
    pub(super) fn interval(&self) -> u32 {
        u32::from(self.interval) + 1
    }

    /// A script by any number.
    pub(super) fn script(&self, number: u8) -> &Script {
        const NONE: &Script = &Script {
            ops: Vec::new(),
            at_drop: Vec::new(),
        };
        pick(number, self.scripts.len()).map_or(NONE, |at| &self.scripts[at])
    }
}

/// One of so many, if there is any.
pub(super) fn pick(number: u8, count: usize) -> Option<usize> {
    usize::from(number).checked_rem(count)
}
