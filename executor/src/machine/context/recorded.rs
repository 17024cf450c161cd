//! What is recorded of timers, jobs and the clock.
//!
//! Owns those steps of a runtime's parts that have to be told, and that more than one
//! caller takes: the loop and `time/`, the loop's thread and others.

use std::panic::Location;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use super::{Core, try_with};
use crate::machine::blocking::Pool;
use crate::machine::clock::Nanos;
use crate::record::event::{Cause, Event};
use crate::record::ids::Id;
use crate::record::news::News;
use crate::record::origin::Origin;

impl Core {
    /// Takes out the earliest timer if it is due at `now`; its waker is to be woken.
    /// What that wakes is the timer's doing.
    pub(crate) fn expire(&self, now: Nanos) -> Option<Waker> {
        let (timer, waker) = self.timers.borrow_mut().expire(now)?;
        let recorder = self.recorder();
        if recorder.is_on() {
            let timer = recorder.timer(timer.armed());
            recorder.record(Event::TimerFired { timer });
            recorder.set_cause(Cause::Timer(timer));
        }
        Some(waker)
    }

    /// Moves a paused clock forward.
    pub(crate) fn jump_clock_to(&self, at: Nanos) {
        let from = self.clock.now();
        self.clock.jump_to(at);
        if self.recorder().is_on() && self.clock.is_paused() {
            self.recorder().record(Event::ClockJumped { from });
        }
    }

    /// Records what the pool's threads have told. Only while recording is on.
    pub(crate) fn take_in_news(&self) {
        if let Some(news) = self.pool.news() {
            self.recorder().take_in(news.take());
        }
    }
}

/// A job is about to be queued, by this thread.
pub(super) fn job_queued(pool: &Arc<Pool>, job: Id, at: &'static Location<'static>) {
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
