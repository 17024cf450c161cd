//! What a pool's threads have to tell.
//!
//! Owns the list in which jobs leave their events for the loop, since the recorder is
//! the loop's alone. It is there only while a runtime is recorded.
//!
//! A worker hands in "started" and "finished" together, before it publishes the job's
//! result: so the loop, which looks here before it takes in the wakes, always has both
//! before the wake that they cause. If "started" came by itself it would land in
//! whatever turn the loop is in, and no run would be recorded twice the same.

use std::panic::Location;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::event::Outcome;
use super::origin::Origin;
use crate::ids::Id;

/// One thing that happened to a job away from the loop.
pub(crate) enum News {
    Queued {
        job: Id,
        by: Origin,
        from: &'static Location<'static>,
        at: Instant,
    },
    Ran {
        job: Id,
        worker: u64,
        began: Instant,
        ended: Instant,
        outcome: Outcome,
    },
    Cancelled {
        job: Id,
        at: Instant,
    },
}

#[derive(Default)]
pub(crate) struct JobNews(Mutex<Vec<News>>);

impl JobNews {
    fn lock(&self) -> MutexGuard<'_, Vec<News>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tell(&self, news: News) {
        self.lock().push(news);
    }

    pub(crate) fn take(&self) -> Vec<News> {
        std::mem::take(&mut *self.lock())
    }
}
