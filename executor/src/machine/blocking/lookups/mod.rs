//! Lookups of names, which may hold a part of the threads only.
//!
//! Owns the line before the pool's queue in which lookups wait, and [`Lookup`], which
//! leaves the line when it is dropped. `net/` looks names up through it.
//!
//! A name server that is silent holds a thread for seconds, and whoever asks it asks
//! again. So at most a part of the threads is for lookups; the rest of them waits here,
//! first in first out, where a job costs no thread and no place in the queue. A lookup
//! changes nothing, so nobody waits for one that was given up: dropped in the line it
//! is gone, and the end of the runtime leaves one that has begun to its thread.

use std::collections::BTreeMap;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::{Pool, Queued, State, Work};
use crate::machine::panics::{contain_drop, discard};
use crate::machine::scheduler::error::JoinError;
use crate::machine::scheduler::join::JoinHandle;
use crate::record::ids::Id;

/// Lookups may hold one in so many of the pool's threads, and one thread at least. Half:
/// enough to look many names up at once (256 by default), and as many again are left
/// for files and the program's own jobs whatever the name servers do.
const LOOKUP_SHARE: usize = 2;

/// The lookups of a pool that have not ended.
#[derive(Default)]
pub(super) struct Lookups {
    /// Not let in yet. Their ids are in the order of their submission.
    pub(super) line: BTreeMap<Id, Queued>,
    /// In the pool's queue, or with a worker.
    let_in: usize,
    /// With a worker.
    pub(super) running: usize,
}

impl Lookups {
    /// Hands out those in line, which will not begin. What was let in keeps its place: a
    /// worker may have received it already, and gives the place back at the lookup's end.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Queued> + use<> {
        std::mem::take(&mut self.line).into_values()
    }
}

impl Pool {
    fn lookups_at_once(&self) -> usize {
        (self.limits.threads / LOOKUP_SHARE).max(1)
    }

    /// Takes a lookup in, or gives it back if it may enter the queue now.
    pub(super) fn stand_in_line(&self, state: &mut State, lookup: Queued) -> Option<Queued> {
        if state.lookups.let_in < self.lookups_at_once() {
            state.lookups.let_in += 1;
            return Some(lookup);
        }
        state.lookups.line.insert(lookup.job.id(), lookup);
        None
    }

    /// A worker is done with one: the next in line may enter the queue.
    pub(super) fn lookup_ended(&self, state: &mut State) {
        state.lookups.running -= 1;
        match state.lookups.line.pop_first() {
            // Its place passes on to the next.
            Some((_, next)) => self.enqueue(state, next),
            None => state.lookups.let_in -= 1,
        }
    }

    /// Takes a lookup out of the line; `false` if it isn't there.
    fn leave_line(&self, id: Id) -> bool {
        let mut state = self.lock();
        let Some(queued) = state.lookups.line.remove(&id) else {
            return false;
        };
        state.jobs_known.remove(&id);
        drop(state);
        self.tell_cancelled(&*queued.job);
        contain_drop(queued).unwrap_or_else(discard);
        self.one_ended();
        true
    }
}

/// A lookup that is waited for. Dropped, it is given up.
pub(crate) struct Lookup<T> {
    handle: JoinHandle<T>,
    id: Id,
    pool: Arc<Pool>,
}

impl<T: Send + 'static> Lookup<T> {
    pub(crate) fn of(
        pool: &Arc<Pool>,
        id: Id,
        host: &str,
        job: impl FnOnce() -> T + Send + 'static,
        at: &'static Location<'static>,
    ) -> Self {
        let handle = pool.spawn(id, job, Work::Lookup(host.into()), at);
        let pool = pool.clone();
        Self { handle, id, pool }
    }
}

impl<T: 'static> Future for Lookup<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.handle).poll(cx)
    }
}

impl<T> Drop for Lookup<T> {
    fn drop(&mut self) {
        if !self.handle.is_finished() && !self.pool.leave_line(self.id) {
            // One that is in the queue takes the worker that comes to it no time.
            self.handle.abort();
        }
    }
}

#[cfg(test)]
mod tests;
