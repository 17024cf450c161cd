//! What a runtime tells of itself in figures.
//!
//! Owns [`RuntimeMetrics`]. The counting is done where things happen.

use std::time::Duration;

use crate::machine::core::Core;

/// Counts of what a runtime has done and holds; see
/// [`Runtime::metrics`](super::Runtime::metrics).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let runtime = buzzer::runtime::Runtime::new()?;
/// runtime.block_on(async {
///     let job = buzzer::task::spawn_blocking(|| ());
///     job.await.unwrap();
///     buzzer::time::sleep(Duration::from_millis(1)).await;
/// });
/// let metrics = runtime.metrics();
/// assert_eq!((metrics.num_workers(), metrics.num_blocking_threads()), (1, 1));
/// assert_eq!((metrics.num_alive_tasks(), metrics.global_queue_depth()), (0, 0));
/// assert!(metrics.polls() >= 2 && metrics.turns() >= 2);
/// // The loop slept at least for the deadline.
/// assert!(metrics.worker_park_count(0) >= 1);
/// assert_eq!(metrics.worker_park_unpark_count(0), 2 * metrics.worker_park_count(0));
/// assert_eq!(metrics.file_ops_at_once() + metrics.file_ops_pooled(), 0);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuntimeMetrics {
    alive_tasks: usize,
    blocking_threads: usize,
    queued_by_others: usize,
    polls: u64,
    turns: u64,
    parks: u64,
    file_ops_at_once: u64,
    file_ops_pooled: u64,
}

impl RuntimeMetrics {
    pub(super) fn of(core: &Core) -> Self {
        let counters = &core.counters;
        Self {
            alive_tasks: core.scheduler.alive(),
            blocking_threads: core.pool.threads(),
            queued_by_others: core.inject.sent().len(),
            polls: counters.polls.get(),
            turns: counters.turns.get(),
            parks: counters.parks.get(),
            file_ops_at_once: counters.file_ops_at_once.get(),
            file_ops_pooled: counters.file_ops_pooled.get(),
        }
    }

    /// Threads that run tasks: one.
    pub fn num_workers(&self) -> usize {
        1
    }

    /// What other threads have sent (wakes, spawns, aborts) and the loop has not taken in.
    pub fn global_queue_depth(&self) -> usize {
        self.queued_by_others
    }

    /// How often the loop has found nothing to do and has parked. The only worker is 0.
    ///
    /// # Panics
    ///
    /// If `worker` is another.
    #[track_caller]
    pub fn worker_park_count(&self, worker: usize) -> u64 {
        check_worker(worker);
        self.parks
    }

    /// How often the loop has parked and gone on: twice for each park, since who asks is
    /// not parked.
    ///
    /// # Panics
    ///
    /// If `worker` is not 0.
    #[track_caller]
    pub fn worker_park_unpark_count(&self, worker: usize) -> u64 {
        check_worker(worker);
        2 * self.parks
    }

    /// Refused: the loop reads no clock to time itself, as that would be more than many
    /// a poll takes. [`Builder::ledger`](super::Builder::ledger) tells where the time
    /// goes, of a run that pays for it.
    ///
    /// ```compile_fail
    /// let runtime = buzzer::runtime::Runtime::new().unwrap();
    /// runtime.metrics().worker_total_busy_duration(0);
    /// ```
    pub fn worker_total_busy_duration<W: TimedWorker>(&self, _: W) -> Duration {
        unreachable!("nothing is a TimedWorker")
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

#[track_caller]
fn check_worker(worker: usize) {
    assert!(
        worker == 0,
        "there is no worker {worker}: a buzzer runtime has one thread, and its number is 0"
    );
}

/// A worker whose time is kept. There is none.
#[diagnostic::on_unimplemented(
    message = "`worker_total_busy_duration` is not kept: buzzer's loop reads no clock to time itself",
    label = "the time of this worker is not kept",
    note = "`Builder::ledger`, or `BUZZER_LEDGER=1`, tells where the time of a run goes"
)]
pub trait TimedWorker {}
