//! What a pool's threads have to tell.
//!
//! Owns the list in which jobs leave their events for the loop, since the recorder is
//! the loop's alone. It is there only while a runtime is recorded.
//!
//! A worker hands in "started" and "finished" together, before it publishes the job's
//! result: so the loop, which looks here before it takes in the wakes, always has both
//! before the wake that they cause. If "started" came by itself it would land in
//! whatever turn the loop is in, and no run would be recorded twice the same.

use std::collections::VecDeque;
use std::panic::Location;
use std::sync::PoisonError;
use std::time::Instant;

use super::event::Outcome;
use super::origin::Origin;
use crate::record::ids::Id;
use crate::sys::locks::{Mutex, MutexGuard};

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

/// What waits for the loop at most: it may sleep, or not go round at all, while other
/// threads give jobs to its pool.
const MOST: usize = 1 << 18;

#[derive(Default)]
pub(crate) struct JobNews(Mutex<Waiting>);

#[derive(Default)]
pub(crate) struct Waiting {
    pub(crate) news: VecDeque<News>,
    /// How many events had to make room.
    pub(crate) dropped: u64,
}

impl News {
    /// How many events it becomes.
    fn events(&self) -> u64 {
        match self {
            Self::Queued { .. } | Self::Cancelled { .. } => 1,
            Self::Ran { .. } => 2,
        }
    }
}

impl JobNews {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tell(&self, news: News) {
        let mut waiting = self.lock();
        if waiting.news.len() == MOST
            && let Some(oldest) = waiting.news.pop_front()
        {
            waiting.dropped += oldest.events();
        }
        waiting.news.push_back(news);
    }

    pub(crate) fn take(&self) -> Waiting {
        std::mem::take(&mut *self.lock())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ids::SharedIds;

    #[test]
    fn what_a_loop_that_never_comes_does_not_take_in_is_bounded_and_counted() {
        let (news, ids) = (JobNews::default(), SharedIds::of_runtime(1));
        let (began, ended) = (Instant::now(), Instant::now());
        for _ in 0..MOST + 3 {
            news.tell(News::Ran {
                job: ids.next_job(),
                worker: 0,
                began,
                ended,
                outcome: Outcome::Ready,
            });
        }
        let Waiting { news, dropped } = news.take();
        assert_eq!((news.len(), dropped), (MOST, 6));
        assert!(matches!(&news[0], News::Ran { job, .. } if job.to_string() == "j4"));
    }
}
