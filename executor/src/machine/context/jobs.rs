//! Jobs on their way to the pool.
//!
//! Owns the finding of the pool, and the telling of what is submitted to it. `task.rs`,
//! `fs/` and `net/` submit through it, and so do handles.

use std::panic::Location;
use std::sync::Arc;

use super::{Handle, recorded, try_with};
use crate::machine::blocking::{Lookup, Pool, Work};
use crate::machine::scheduler::join::JoinHandle;
use crate::machine::scheduler::whereabouts::no_runtime;
use crate::record::ids::Id;

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
    pool.spawn(id, job, work, spawned_at)
}

/// The id of a job that is about to be submitted. That it is queued is told before: else
/// it could be told after its start.
fn next_job(pool: &Arc<Pool>, spawned_at: &'static Location<'static>) -> Id {
    let id = pool.inject().ids.next_job();
    recorded::job_queued(pool, id, spawned_at);
    id
}
