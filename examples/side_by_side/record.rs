//! What happened in one run: a log of who did what when, and the figures that
//! follow from it. A `Stage` (stage.rs) writes the log while the run goes on;
//! timeline.rs draws it and table.rs prints its figures.

use std::time::Duration;

/// What a task does with itself. For the thread: what tasks do to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Not begun, or over.
    Away,
    /// It could go on, but something else has the thread.
    Queues,
    /// It has the thread and computes.
    Runs,
    /// It waits and has the thread all the same.
    Blocks,
    /// It waits, and the thread is free for others.
    Waits,
    /// Of the thread only: nobody has it.
    Free,
}

/// At this time this lane went into this state.
#[derive(Clone, Copy)]
pub struct Entry {
    pub at: Duration,
    pub lane: usize,
    pub state: State,
}

/// A stretch of time spent in one state.
#[derive(Clone, Copy)]
pub struct Stretch {
    pub from: Duration,
    pub to: Duration,
    pub state: State,
}

impl Stretch {
    fn length(&self) -> Duration {
        self.to.saturating_sub(self.from)
    }
}

/// One piece of work, and what the log can't say about it.
pub struct Lane {
    pub name: String,
    /// The longest that one of its timers went off after the time it was set to.
    pub late: Duration,
    pub failed: bool,
}

/// One run, from its first line to its last.
pub struct Record {
    /// The files in the order given, and then the other work.
    pub lanes: Vec<Lane>,
    /// In the order of happening, which equal times can't tell.
    pub log: Vec<Entry>,
    pub total: Duration,
    /// Threads of the process when the run ended, those of a pool included.
    pub threads: usize,
    /// How many of them are a pool's, for files that have no quick answer.
    pub pool_threads: usize,
    /// Bytes that the tasks keep between two polls. None for a thread's stack.
    pub kept: Option<usize>,
}

impl Record {
    /// What `lane` did from the beginning to the end.
    pub fn stretches(&self, lane: usize) -> Vec<Stretch> {
        let states = self.log.iter().filter(|entry| entry.lane == lane);
        self.stretch(State::Away, states.map(|entry| (entry.at, entry.state)))
    }

    /// What was done to the thread. It can only serve one at a time, so what
    /// counts is whether there is a task that runs or blocks.
    pub fn thread(&self) -> Vec<Stretch> {
        let mut now = vec![State::Away; self.lanes.len()];
        let states = self.log.iter().map(|entry| {
            now[entry.lane] = entry.state;
            let state = [State::Runs, State::Blocks]
                .into_iter()
                .find(|state| now.contains(state))
                .unwrap_or(State::Free);
            (entry.at, state)
        });
        self.stretch(State::Free, states)
    }

    fn stretch(
        &self,
        first: State,
        states: impl Iterator<Item = (Duration, State)>,
    ) -> Vec<Stretch> {
        let mut stretches = Vec::new();
        let (mut from, mut state) = (Duration::ZERO, first);
        for (to, next) in states.chain([(self.total, State::Away)]) {
            stretches.push(Stretch { from, to, state });
            (from, state) = (to, next);
        }
        stretches
    }

    /// How long the thread was in `state`.
    pub fn thread_time(&self, state: State) -> Duration {
        let thread = self.thread();
        let in_state = thread.iter().filter(|stretch| stretch.state == state);
        in_state.map(Stretch::length).sum()
    }

    /// How many were under way at once, at most: begun and not over.
    pub fn most_under_way(&self) -> usize {
        self.under_way().map(|(_, count)| count).max().unwrap_or(0)
    }

    /// How long two or more were under way.
    pub fn overlap(&self) -> Duration {
        let mut overlap = Duration::ZERO;
        let (mut since, mut before) = (Duration::ZERO, 0);
        for (at, count) in self.under_way() {
            if before >= 2 {
                overlap += at - since;
            }
            (since, before) = (at, count);
        }
        overlap
    }

    /// After each entry of the log, how many are under way.
    fn under_way(&self) -> impl Iterator<Item = (Duration, usize)> {
        let mut begun = vec![false; self.lanes.len()];
        self.log.iter().map(move |entry| {
            begun[entry.lane] = matches!(entry.state, State::Runs | State::Blocks | State::Waits);
            (entry.at, begun.iter().filter(|begun| **begun).count())
        })
    }

    /// The longest time that `lane` was ready and not served: in the queue, or
    /// past the deadline of its timer.
    pub fn kept_waiting(&self, lane: usize) -> Duration {
        let stretches = self.stretches(lane);
        let queues = stretches.iter().filter(|s| s.state == State::Queues);
        let longest = queues.map(Stretch::length).max().unwrap_or_default();
        longest.max(self.lanes[lane].late)
    }

    /// How often anyone gave the thread back half-way and went on later.
    pub fn resumed(&self) -> usize {
        let lanes = 0..self.lanes.len();
        lanes
            .map(|lane| {
                let stretches = self.stretches(lane);
                let states = stretches
                    .windows(2)
                    .map(|pair| (pair[0].state, pair[1].state));
                states
                    .filter(|states| *states == (State::Waits, State::Runs))
                    .count()
            })
            .sum()
    }

    /// The lane of the other work.
    pub fn other_work(&self) -> usize {
        self.lanes.len() - 1
    }
}
