//! What the pool shows of its jobs, for the dump.
//!
//! Owns [`JobSeen`]. It looks under the lock, so no job changes meanwhile.

use std::collections::HashSet;
use std::panic::Location;

use super::{Pool, Work};
use crate::machine::panics::{contain_drop, discard};
use crate::machine::scheduler::packet::Job;
use crate::machine::scheduler::waker::Waiter;
use crate::record::ids::Id;

/// A job that has not ended.
pub(crate) struct JobSeen {
    pub(crate) id: Id,
    pub(crate) spawned_at: &'static Location<'static>,
    pub(crate) work: Work,
    pub(crate) stage: Stage,
    pub(crate) awaited_by: Option<Waiter>,
}

/// How far a job has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// The queue was full: it waits before it.
    InLine,
    /// A lookup that waits until another one has ended.
    BehindLookups,
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
        let known = state.jobs_known.iter().filter_map(|(id, known)| {
            let stage = match known.worker {
                Some(worker) => Stage::RunBy(worker),
                None if in_line.contains(id) => Stage::InLine,
                None if state.lookups.line.contains_key(id) => Stage::BehindLookups,
                None => Stage::Queued,
            };
            Some((known.job.upgrade()?, known.work.clone(), stage))
        });
        let known: Vec<_> = known.collect();
        drop(state);
        let seen = known.iter().filter(|(job, ..)| !job.is_finished());
        let seen = seen.map(|(job, work, stage)| JobSeen {
            id: job.id(),
            spawned_at: job.spawned_at(),
            work: work.clone(),
            stage: *stage,
            awaited_by: waiter(&**job),
        });
        let mut seen: Vec<_> = seen.collect();
        seen.sort_unstable_by_key(|job| job.id);
        // A worker may have ended meanwhile, and this then drops what the job held.
        contain_drop(known).unwrap_or_else(discard);
        seen
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use crate::machine::context;
    use crate::runtime::Builder;
    use crate::task::spawn_blocking;

    #[test]
    fn jobs_are_known_no_longer_than_until_they_have_ended_or_will_never_begin() {
        let runtime = Builder::new_current_thread()
            .max_blocking_threads(1)
            .max_blocking_queue(1)
            .build()
            .unwrap();
        let pool = runtime.block_on(async { context::with("the test", |core| core.pool.clone()) });
        let known = || pool.lock().jobs_known.len();
        let (end_first, first_ends) = channel::<()>();
        let (tell_begun, begun) = channel();
        runtime.block_on(async {
            assert!(
                spawn_blocking(|| panic!("burnt"))
                    .await
                    .unwrap_err()
                    .is_panic()
            );
            drop(spawn_blocking(move || {
                tell_begun.send(()).unwrap();
                // Ends when its sender is dropped.
                let _ = first_ends.recv();
            }));
            begun.recv().unwrap();
        });
        assert_eq!(known(), 1);
        let [queued, in_line] = [(); 2].map(|()| runtime.spawn_blocking(|| {}));
        let aborted = runtime.spawn_blocking(|| {});
        aborted.abort();
        assert_eq!(known(), 4);
        pool.close(|| {});
        assert_eq!(known(), 1);
        drop(end_first);
        drop((queued, in_line, aborted));
        drop(runtime);
        assert_eq!(known(), 0);
    }
}
