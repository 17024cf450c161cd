//! What a runtime tells of itself in figures.
//!
//! Owns [`RuntimeMetrics`]. The counting is done where things happen.

use crate::machine::core::Core;

/// Counts of what a runtime has done and holds; see
/// [`Runtime::metrics`](super::Runtime::metrics).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuntimeMetrics {
    alive_tasks: usize,
    blocking_threads: usize,
    polls: u64,
    turns: u64,
    file_ops_at_once: u64,
    file_ops_pooled: u64,
}

impl RuntimeMetrics {
    pub(super) fn of(core: &Core) -> Self {
        let counters = &core.counters;
        Self {
            alive_tasks: core.scheduler.alive(),
            blocking_threads: core.pool.threads(),
            polls: counters.polls.get(),
            turns: counters.turns.get(),
            file_ops_at_once: counters.file_ops_at_once.get(),
            file_ops_pooled: counters.file_ops_pooled.get(),
        }
    }

    /// Tasks that have not ended.
    pub fn num_alive_tasks(&self) -> usize {
        self.alive_tasks
    }

    /// Threads of the blocking pool, working or idle.
    pub fn num_blocking_threads(&self) -> usize {
        self.blocking_threads
    }

    /// Polls of tasks, the future of `block_on` included.
    pub fn polls(&self) -> u64 {
        self.polls
    }

    /// Turns of the loop.
    pub fn turns(&self) -> u64 {
        self.turns
    }

    /// File operations that were done at once, on the loop.
    pub fn file_ops_at_once(&self) -> u64 {
        self.file_ops_at_once
    }

    /// File operations that went to the blocking pool.
    pub fn file_ops_pooled(&self) -> u64 {
        self.file_ops_pooled
    }
}
