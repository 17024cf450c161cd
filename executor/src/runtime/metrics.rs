//! What a runtime tells of itself in numbers.
//!
//! Owns [`RuntimeMetrics`]. `Runtime::metrics` fills it in.

/// Counts of what a runtime has done and holds; see
/// [`Runtime::metrics`](super::Runtime::metrics).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuntimeMetrics {
    pub(super) alive_tasks: usize,
    pub(super) blocking_threads: usize,
    pub(super) polls: u64,
    pub(super) turns: u64,
    pub(super) file_ops_at_once: u64,
    pub(super) file_ops_pooled: u64,
}

impl RuntimeMetrics {
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
