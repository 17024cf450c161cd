//! What a runtime tells of itself in figures.
//!
//! Owns [`RuntimeMetrics`]. The counting is done where things happen.

use std::time::Duration;

use super::Handle;
use crate::machine::core::Core;

/// Counts of what a runtime has done and holds, as they are when they are asked for; see
/// [`Runtime::metrics`](super::Runtime::metrics).
///
/// # Panics
///
/// Whatever is asked on another thread than the runtime's, or once that has been dropped:
/// it counts without locks. Ask it there, by [`Handle::spawn`].
///
/// # Examples
///
/// ```
/// let runtime = buzzer::runtime::Runtime::new()?;
/// let metrics = runtime.metrics();
/// assert_eq!(metrics.num_alive_tasks(), 0);
/// let cup = runtime.spawn(async { "one mocha" });
/// assert_eq!(metrics.num_alive_tasks(), 1);
/// # runtime.block_on(cup).unwrap();
/// # Ok::<(), std::io::Error>(())
/// ```
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
#[derive(Clone, Debug)]
pub struct RuntimeMetrics {
    handle: Handle,
}

impl RuntimeMetrics {
    pub(super) fn of(handle: Handle) -> Self {
        Self { handle }
    }

    #[track_caller]
    fn count<N>(&self, count: impl FnOnce(&Core) -> N) -> N {
        match self.handle.core() {
            Some(core) => count(&core),
            None => panic!(
                "the metrics of a runtime were asked for on another thread than its own, or the \
                 runtime has been dropped: ask it there, by `Handle::spawn`"
            ),
        }
    }

    /// Threads that run tasks: one.
    pub fn num_workers(&self) -> usize {
        1
    }

    /// What other threads have sent (wakes, spawns, aborts) and the loop has not taken in.
    ///
    /// # Panics
    ///
    /// Elsewhere than on the runtime's thread.
    #[track_caller]
    pub fn global_queue_depth(&self) -> usize {
        self.count(|core| core.inject.sent().len())
    }

    /// How often the loop has found nothing to do and has parked. The only worker is 0.
    ///
    /// # Panics
    ///
    /// If `worker` is another, and elsewhere than on the runtime's thread.
    #[track_caller]
    pub fn worker_park_count(&self, worker: usize) -> u64 {
        check_worker(worker);
        self.count(|core| core.counters.parks.get())
    }

    /// How often the loop has parked and gone on: twice for each park, since who asks is
    /// not parked.
    ///
    /// # Panics
    ///
    /// If `worker` is not 0, and elsewhere than on the runtime's thread.
    #[track_caller]
    pub fn worker_park_unpark_count(&self, worker: usize) -> u64 {
        2 * self.worker_park_count(worker)
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
    ///
    /// # Panics
    ///
    /// Elsewhere than on the runtime's thread.
    #[track_caller]
    pub fn num_alive_tasks(&self) -> usize {
        self.count(|core| core.scheduler.alive())
    }

    /// Threads of the blocking pool, working or idle.
    ///
    /// # Panics
    ///
    /// Elsewhere than on the runtime's thread.
    #[track_caller]
    pub fn num_blocking_threads(&self) -> usize {
        self.count(|core| core.pool.threads())
    }

    /// Polls of tasks, the future of `block_on` included.
    ///
    /// # Panics
    ///
    /// Elsewhere than on the runtime's thread.
    #[track_caller]
    pub fn polls(&self) -> u64 {
        self.count(|core| core.counters.polls.get())
    }

    /// Turns of the loop.
    ///
    /// # Panics
    ///
    /// Elsewhere than on the runtime's thread.
    #[track_caller]
    pub fn turns(&self) -> u64 {
        self.count(|core| core.counters.turns.get())
    }

    /// File operations that were done at once, on the loop.
    ///
    /// # Panics
    ///
    /// Elsewhere than on the runtime's thread.
    #[track_caller]
    pub fn file_ops_at_once(&self) -> u64 {
        self.count(|core| core.counters.file_ops_at_once.get())
    }

    /// File operations that went to the blocking pool.
    ///
    /// # Panics
    ///
    /// Elsewhere than on the runtime's thread.
    #[track_caller]
    pub fn file_ops_pooled(&self) -> u64 {
        self.count(|core| core.counters.file_ops_pooled.get())
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
