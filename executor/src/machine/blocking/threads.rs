//! The threads of a pool: how many there may be, and their start.
//!
//! Owns [`Limits`]. A job that finds no idle worker starts one.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::lookups::Lookups;
use super::{Pool, Queued, State};
use crate::sys::shared::{MutexGuard, thread};
use crate::sys::start::named_if_refused;

/// What the builder says about a pool.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) threads: usize,
    pub(crate) queue: usize,
    pub(crate) keep_alive: Duration,
    pub(crate) thread_name: ThreadName,
    pub(crate) stack_size: Option<usize>,
    /// The runtime's name.
    pub(crate) name: Option<String>,
    /// Called by each thread before its first job.
    pub(crate) on_start: Option<Hook>,
    /// Called by each thread after its last job.
    pub(crate) on_stop: Option<Hook>,
}

/// What the threads are called.
#[derive(Clone)]
pub(crate) enum ThreadName {
    /// This, and their number.
    Numbered(String),
    /// What the program says.
    By(Arc<dyn Fn() -> String + Send + Sync>),
}

impl ThreadName {
    fn of(&self, number: u64) -> String {
        match self {
            Self::Numbered(name) => format!("{name}-{number}"),
            // No thread's name can contain a NUL.
            Self::By(make) => make().replace('\0', "\u{fffd}"),
        }
    }
}

impl fmt::Debug for ThreadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbered(name) => name.fmt(f),
            Self::By(_) => f.write_str("Fn() -> String"),
        }
    }
}

/// Code of the program that is called at some point.
#[derive(Clone)]
pub(crate) struct Hook(Arc<dyn Fn() + Send + Sync>);

impl Hook {
    pub(crate) fn new(call: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(call))
    }

    pub(crate) fn call(&self) {
        (self.0)();
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fn()")
    }
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
        let mut builder = thread::Builder::new().name(self.limits.thread_name.of(number));
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
