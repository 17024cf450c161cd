//! What the pool shows of its jobs, for the dump.
//!
//! Owns [`JobSeen`]. It looks under the lock, so no job changes meanwhile.

use std::collections::HashSet;
use std::panic::Location;

use super::Pool;
use crate::ids::Id;
use crate::panics::{contain_drop, discard};
use crate::scheduler::packet::Job;
use crate::scheduler::waker::Waiter;

/// A job that has not ended.
pub(crate) struct JobSeen {
    pub(crate) id: Id,
    pub(crate) spawned_at: &'static Location<'static>,
    pub(crate) stage: Stage,
    pub(crate) awaited_by: Option<Waiter>,
}

/// How far a job has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// The queue was full: it waits before it.
    InLine,
    Queued,
    RunBy(u64),
}

fn waiter(job: &dyn Job) -> Option<Waiter> {
    let mut waiter = None;
    job.show_waiter(&mut |waker| waiter = Some(Waiter::of(waker)));
    waiter
}

impl Pool {
    /// The jobs that have not ended, in the order of their submission.
    pub(crate) fn jobs(&self) -> Vec<JobSeen> {
        let state = self.lock();
        let in_line: HashSet<_> = state.line.iter().map(|queued| queued.job.id()).collect();
        let known = state.jobs_known.values();
        let known = known.filter_map(|known| Some((known.job.upgrade()?, known.worker)));
        let known: Vec<_> = known.collect();
        drop(state);
        let seen = known.iter().filter(|(job, _)| !job.is_finished());
        let seen = seen.map(|(job, worker)| JobSeen {
            id: job.id(),
            spawned_at: job.spawned_at(),
            stage: match worker {
                Some(worker) => Stage::RunBy(*worker),
                None if in_line.contains(&job.id()) => Stage::InLine,
                None => Stage::Queued,
            },
            awaited_by: waiter(&**job),
        });
        let mut seen: Vec<_> = seen.collect();
        seen.sort_unstable_by_key(|job| job.id);
        // A worker may have ended meanwhile, and this then drops what the job held.
        contain_drop(known).unwrap_or_else(discard);
        seen
    }
}
