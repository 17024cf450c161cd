//! Jobs on their way to the pool.
//!
//! Owns the finding of the pool, and the telling of what is submitted to it. `task/`,
//! `fs/` and `net/` submit through it, and so do handles.

use std::panic::Location;
use std::sync::Arc;
use std::time::Instant;

use super::{Handle, try_with};
use crate::machine::blocking::{Lookup, Pool, Work};
use crate::machine::scheduler::inherited;
use crate::machine::scheduler::join::JoinHandle;
use crate::machine::scheduler::whereabouts::no_runtime;
use crate::record::event::Event;
use crate::record::ids::Id;
use crate::record::news::News;
use crate::record::origin::Origin;

/// Spawns a job on the current runtime's pool.
#[track_caller]
pub(crate) fn spawn_blocking<T: Send + 'static>(
    what: &str,
    work: Work,
    job: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    submit(&pool(what), job, work, Location::caller())
}

/// Has `job` look up the addresses of `host`.
#[track_caller]
pub(crate) fn look_up<T: Send + 'static>(
    host: &str,
    job: impl FnOnce() -> T + Send + 'static,
) -> Lookup<T> {
    let (pool, at) = (pool("lookup_host"), Location::caller());
    let id = next_job(&pool, at);
    Lookup::of(&pool, id, host, job, at)
}

/// The pool of the runtime that this thread is in, or works for.
#[track_caller]
fn pool(what: &str) -> Arc<Pool> {
    match try_with(|core| core.pool.clone()) {
        Some(pool) => pool,
        None => match Handle::try_current() {
            Ok(handle) => handle.pool,
            Err(_) => no_runtime(what),
        },
    }
}

/// Hands a job to a pool.
pub(super) fn submit<T: Send + 'static>(
    pool: &Arc<Pool>,
    job: impl FnOnce() -> T + Send + 'static,
    work: Work,
    spawned_at: &'static Location<'static>,
) -> JoinHandle<T> {
    let id = next_job(pool, spawned_at);
    let context = inherited::current();
    let job = move || inherited::end_with(context, job);
    pool.spawn(id, job, work, spawned_at)
}

/// The id of a job that is about to be submitted. That it is queued is told before: else
/// it could be told after its start.
fn next_job(pool: &Arc<Pool>, spawned_at: &'static Location<'static>) -> Id {
    let id = pool.inject().ids.next_job();
    job_queued(pool, id, spawned_at);
    id
}

/// A job is about to be queued, by this thread.
fn job_queued(pool: &Arc<Pool>, job: Id, at: &'static Location<'static>) {
    let Some(news) = pool.news() else { return };
    let here = try_with(|core| {
        let is_its = Arc::ptr_eq(&core.pool, pool);
        is_its.then(|| {
            let by = core.recorder().cause();
            core.recorder().record(Event::JobQueued { job, by, at });
        })
    });
    if here.flatten().is_none() {
        news.tell(News::Queued {
            job,
            by: Origin::here(pool.inject().runtime()),
            from: at,
            at: Instant::now(),
        });
    }
}
