//! The end of a blocking pool.
//!
//! Owns its close, the wait for its workers, and the names of who held it up.
//! Only the runtime's shutdown calls it.

use std::fmt;
use std::panic::Location;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use super::{Pool, Queued};

/// Blocking jobs were still running when the time for the shutdown was over.
#[derive(Debug, Clone)]
pub struct ShutdownTimeout {
    after: Duration,
    held_by: Vec<&'static Location<'static>>,
}

impl ShutdownTimeout {
    /// Where the jobs that still run were spawned.
    pub fn held_by(&self) -> &[&'static Location<'static>] {
        &self.held_by
    }
}

impl fmt::Display for ShutdownTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} blocking ", self.held_by.len())?;
        f.write_str(if self.held_by.len() == 1 {
            "job"
        } else {
            "jobs"
        })?;
        write!(
            f,
            " still running {:?} after the shutdown began, spawned at ",
            self.after
        )?;
        for (n, place) in self.held_by.iter().enumerate() {
            write!(f, "{}{place}", if n == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl std::error::Error for ShutdownTimeout {}

impl Pool {
    /// Accepts no more jobs and cancels those that have not begun, except the
    /// mandatory ones, which the workers still run.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        let Some(jobs) = state.jobs.take() else {
            return;
        };
        let waiting: Vec<_> = self.taken.try_iter().collect();
        // Not zero: a worker may have received one and not acknowledged it yet.
        state.queued -= waiting.len();
        let waiting = waiting.into_iter().chain(std::mem::take(&mut state.line));
        let (kept, cancelled): (Vec<_>, Vec<_>) = waiting.partition(|queued| queued.mandatory);
        // Workers take from the line once the channel is empty. Idle ones wake
        // up by the channel's end.
        state.line = kept.into();
        for queued in &cancelled {
            state.jobs_known.remove(&queued.job.id());
        }
        drop(jobs);
        drop(state);
        for Queued { job, .. } in cancelled {
            self.tell_cancelled(&*job);
            job.cancel();
            self.one_ended();
        }
    }

    /// Waits until the workers have ended, at most for `limit`.
    ///
    /// # Errors
    ///
    /// Names the jobs that still run.
    pub(crate) fn join(&self, limit: Option<Duration>) -> Result<(), ShutdownTimeout> {
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let mut state = self.lock();
        while state.threads > 0 {
            state = match deadline.map(|at| at.saturating_duration_since(Instant::now())) {
                None => self
                    .ended
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                // By rule 1 a job that a worker has received and not acknowledged
                // counts as queued: wait the moment until it is known by name.
                Some(Duration::ZERO) if state.queued > 0 => self
                    .ended
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => {
                    let begun = state.jobs_known.values();
                    let begun = begun.filter(|known| known.worker.is_some());
                    let working = begun.filter_map(|known| known.job.upgrade());
                    let jobs: Vec<_> = working
                        .chain(state.line.iter().map(|queued| queued.job.clone()))
                        .collect();
                    drop(state);
                    let running = jobs.iter().filter(|job| !job.is_finished());
                    let mut held_by: Vec<_> = running.map(|job| job.spawned_at()).collect();
                    held_by.sort_unstable();
                    if held_by.is_empty() {
                        // The workers have nothing to do and are about to end.
                        return Ok(());
                    }
                    let after = limit.unwrap_or_default();
                    return Err(ShutdownTimeout { after, held_by });
                }
                Some(left) => {
                    let waited = self.ended.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        let threads = std::mem::take(&mut state.joinable);
        drop(state);
        for thread in threads.into_values() {
            // A worker contains every panic of the program's.
            let _ = thread.join();
        }
        Ok(())
    }
}
