//! The threads of a pool: how many there may be, and their start.
//!
//! Owns [`Limits`]. A job that finds no idle worker starts one.

use std::io;
use std::sync::{Arc, MutexGuard};
use std::thread;
use std::time::Duration;

use super::lookups::Lookups;
use super::{Pool, Queued, State};
use crate::sys::start::named_if_refused;

/// What the builder says about a pool.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) threads: usize,
    pub(crate) queue: usize,
    pub(crate) keep_alive: Duration,
    pub(crate) thread_name: String,
    pub(crate) stack_size: Option<usize>,
}

/// The error once more, for one of the jobs that meet it.
fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(number) => named_if_refused(io::Error::from_raw_os_error(number)),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

impl Pool {
    pub(super) fn start_thread(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        let number = state.started;
        state.started += 1;
        let mut builder =
            thread::Builder::new().name(format!("{}-{number}", self.limits.thread_name));
        if let Some(bytes) = self.limits.stack_size {
            builder = builder.stack_size(bytes);
        }
        let pool = self.clone();
        match builder.spawn(move || pool.work(number)) {
            Ok(thread) => {
                state.threads += 1;
                state.joinable.insert(number, thread);
            }
            // Other workers will get to the job.
            Err(_) if state.threads > 0 => {}
            // Nobody will: an error, not a hang.
            Err(error) => {
                let mut waiting: Vec<_> = self.taken.try_iter().collect();
                waiting.extend(state.line.drain(..));
                waiting.extend(state.lookups.drain());
                // There is no worker, so none of them was received.
                state.lookups = Lookups::default();
                state.queued = 0;
                state.jobs_known.clear();
                drop(state);
                for Queued { job, .. } in waiting {
                    self.tell_cancelled(&*job);
                    job.fail(again(&error));
                    self.one_ended();
                }
            }
        }
    }
}
