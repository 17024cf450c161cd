//! Which thread it was.
//!
//! Owns the note of the job that a worker runs. The inject queue and the pool ask it
//! when a runtime that is recorded gets something from another thread; locks, when they are
//! looked at (`sync/seen/mod.rs`).

use std::cell::Cell;
use std::thread::Thread;

use crate::record::ids::Id;

thread_local! {
    /// On a worker: the job that it runs.
    static JOB: Cell<Option<Id>> = const { Cell::new(None) };
}

/// Who has sent something to a runtime.
#[derive(Clone)]
pub(crate) enum Origin {
    /// Nobody asked.
    Unknown,
    /// A worker in the midst or at the end of this job.
    Job(Id),
    Thread(Thread),
}

impl Origin {
    /// Whoever asks, as `runtime` knows it: a job of another runtime is a thread to it.
    /// Counts up the thread's handle, so not to be called unasked.
    pub(crate) fn here(runtime: u16) -> Self {
        match JOB.get().filter(|job| job.runtime() == runtime) {
            Some(job) => Self::Job(job),
            None => Self::Thread(std::thread::current()),
        }
    }
}

/// The job that this thread runs, of whichever runtime's pool.
pub(crate) fn job() -> Option<Id> {
    JOB.get()
}

/// While it lives, this thread runs `job`.
pub(crate) struct InJob(());

pub(crate) fn in_job(job: Id) -> InJob {
    JOB.set(Some(job));
    InJob(())
}

impl Drop for InJob {
    fn drop(&mut self) {
        JOB.set(None);
    }
}
