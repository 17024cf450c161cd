//! The end of a blocking pool.
//!
//! Owns its close, the wait for its workers, and the names of who held it up.
//! Only the runtime's shutdown calls it.

use std::collections::HashSet;
use std::fmt;
use std::panic::Location;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::{KnownJob, Pool, Queued, State, Work};
use crate::machine::panics::{contain_drop, discard};
use crate::machine::scheduler::packet::Job;
use crate::sys::shared::{MutexGuard, thread};
use crate::sys::thread::Ending;

/// A wait without a limit tells who holds it up after so long, and again each time its
/// length has doubled: long enough that a shutdown which is only busy says nothing, and
/// short enough that nobody has taken it for dead.
const FIRST_REPORT: Duration = Duration::from_secs(1);

/// Blocking jobs were still running when the time for the shutdown was over.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let runtime = buzzer::runtime::Runtime::new()?;
/// let (go_on, wait) = std::sync::mpsc::channel::<()>();
/// let (tell, begun) = std::sync::mpsc::channel();
/// let job = runtime.spawn_blocking(move || {
///     tell.send(()).unwrap();
///     wait.recv()
/// });
/// begun.recv().unwrap();
/// let error = runtime.shutdown_timeout(Duration::from_millis(10)).unwrap_err();
/// assert_eq!(error.held_by().len(), 1);
/// assert!(error.to_string().starts_with("1 blocking job still running"));
/// drop(go_on); // Lets the thread end.
/// # drop(job);
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug, Clone)]
pub struct ShutdownTimeout {
    after: Duration,
    held_by: Vec<&'static Location<'static>>,
    /// What each of them does.
    works: Vec<Work>,
    /// Threads whose jobs have all ended.
    threads: usize,
}

impl ShutdownTimeout {
    /// Where the jobs that still run were spawned.
    pub fn held_by(&self) -> &[&'static Location<'static>] {
        &self.held_by
    }
}

impl fmt::Display for ShutdownTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = |count: usize| if count == 1 { "" } else { "s" };
        let (jobs, after) = (self.held_by.len(), self.after);
        if jobs == 0 {
            let threads = self.threads;
            return write!(
                f,
                "{threads} thread{} of the blocking pool still ending {after:?} after the shutdown \
                 began: the drop of a thread-local blocks there",
                s(threads)
            );
        }
        write!(
            f,
            "{jobs} blocking job{} still running {after:?} after the shutdown began, spawned at ",
            s(jobs)
        )?;
        self.names(f)
    }
}

impl ShutdownTimeout {
    fn names(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (place, work)) in self.held_by.iter().zip(&self.works).enumerate() {
            write!(f, "{}{place}", if n == 0 { "" } else { ", " })?;
            if let Some(name) = work.name() {
                write!(f, " ({name})")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for ShutdownTimeout {}

/// How long a shutdown waits, and when it tells who it waits for.
struct Patience<'a> {
    began: Instant,
    limit: Option<Duration>,
    report_after: Duration,
    tell: &'a mut dyn FnMut(&ShutdownTimeout),
}

impl Patience<'_> {
    /// How long it waits before it has to do something.
    fn lasts(&self) -> Duration {
        self.limit.unwrap_or(self.report_after)
    }

    /// How much of it is left; `None` for longer than a clock can show.
    fn left(&self) -> Option<Duration> {
        let until = self.began.checked_add(self.lasts())?;
        Some(until.saturating_duration_since(Instant::now()))
    }

    /// Without a limit, tells who holds it up and waits on.
    fn report(&mut self, held: &ShutdownTimeout) {
        if !held.held_by.is_empty() || held.threads > 0 {
            (self.tell)(held);
        }
        self.report_after = self.report_after.saturating_mul(2);
    }
}

impl Pool {
    /// Accepts no more jobs and cancels those that have not begun, except the
    /// mandatory ones, which the workers still run. `cancels` is called before the first
    /// is cancelled, whose closure may do anything when it is dropped.
    pub(crate) fn close(&self, cancels: impl FnOnce()) {
        let mut state = self.lock();
        let Some(jobs) = state.jobs.take() else {
            return;
        };
        let waiting: Vec<_> = self.taken.try_iter().collect();
        // Not zero: a worker may have received one and not acknowledged it yet.
        state.queued -= waiting.len();
        let lookups = state.lookups.drain();
        let waiting = waiting.into_iter().chain(std::mem::take(&mut state.line));
        let (kept, cancelled): (Vec<_>, Vec<_>) = waiting
            .chain(lookups)
            .partition(|queued| queued.is_mandatory);
        // Workers take from the line once the channel is empty. Idle ones wake
        // up by the channel's end.
        state.line = kept.into();
        for queued in &cancelled {
            state.jobs_known.remove(&queued.job.id());
        }
        drop(jobs);
        drop(state);
        if !cancelled.is_empty() {
            cancels();
        }
        for Queued { job, .. } in cancelled {
            self.tell_cancelled(&*job);
            job.cancel();
            self.one_ended();
        }
    }

    /// Waits until the workers have ended, at most for `limit`. Without a limit, `tell`
    /// is called now and then with who holds it up. A lookup that has begun is not
    /// waited for, since nobody is left who wants its answer; unless it has the only
    /// thread, and a mandatory job stands behind it.
    ///
    /// # Errors
    ///
    /// Names the jobs that still run.
    pub(crate) fn join(
        &self,
        limit: Option<Duration>,
        tell: &mut dyn FnMut(&ShutdownTimeout),
    ) -> Result<(), ShutdownTimeout> {
        let mut state = self.lock();
        if state.joinable.is_empty() {
            return Ok(());
        }
        let mut patience = Patience {
            began: Instant::now(),
            limit,
            report_after: FIRST_REPORT,
            tell,
        };
        while state.threads > state.lookups.running || !state.line.is_empty() {
            state = match patience.left() {
                // By rule 1 a job that a worker has received and not acknowledged
                // counts as queued: wait the moment until it is known by name.
                Some(Duration::ZERO) if state.queued == 0 => {
                    let held = held_up(state, patience.lasts(), limit.is_some());
                    match limit {
                        None => patience.report(&held),
                        // The workers have nothing to do and are about to end.
                        Some(_) if held.held_by.is_empty() => return Ok(()),
                        Some(_) => return Err(held),
                    }
                    self.lock()
                }
                None | Some(Duration::ZERO) => self
                    .ended
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    let waited = self.ended.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        let threads = self.to_be_joined(&mut state);
        drop(state);
        join_threads(threads, &mut patience);
        Ok(())
    }

    /// The jobs that a worker is at, in words.
    pub(crate) fn still_running(&self) -> Option<String> {
        let held = held_up(self.lock(), Duration::ZERO, false);
        let count = held.held_by.len();
        let s = if count == 1 { "" } else { "s" };
        let names = fmt::from_fn(|f| held.names(f));
        (count > 0).then(|| format!("{count} blocking job{s} still running, spawned at {names}"))
    }

    /// The threads whose end is near. Those of lookups are let go of.
    fn to_be_joined(&self, state: &mut State) -> Vec<thread::JoinHandle<()>> {
        let looks_up = |known: &KnownJob| known.worker.filter(|_| known.work.is_lookup());
        let left: HashSet<_> = state.jobs_known.values().filter_map(looks_up).collect();
        let threads = std::mem::take(&mut state.joinable).into_iter();
        let threads = threads.filter(|(number, _)| !left.contains(number));
        threads.map(|(_, thread)| thread).collect()
    }
}

/// Who still runs, `after` so long. At the end of a limit a job that has just ended is not
/// blamed. Without one, it may be that the drop of its output blocks.
fn held_up(state: MutexGuard<'_, State>, after: Duration, is_limit: bool) -> ShutdownTimeout {
    // What has not begun and was not cancelled will be run.
    let known = state.jobs_known.values().filter(|known| {
        !known.work.is_lookup() && (known.worker.is_some() || known.work.is_mandatory())
    });
    let jobs = known.map(|known| (known.job.upgrade(), known.spawned_at, known.work.clone()));
    let jobs: Vec<_> = jobs.collect();
    drop(state);
    let has_ended = |job: &Option<Arc<dyn Job>>| job.as_ref().is_none_or(|job| job.is_finished());
    let running = jobs.iter().filter(|(job, ..)| !is_limit || !has_ended(job));
    let mut held: Vec<_> = running
        .map(|(_, place, work)| (*place, work.clone()))
        .collect();
    held.sort_by_key(|(place, _)| *place);
    // A worker may have ended meanwhile, and this then drops what the job held.
    contain_drop(jobs).unwrap_or_else(discard);
    let (held_by, works) = held.into_iter().unzip();
    ShutdownTimeout {
        after,
        held_by,
        works,
        threads: 0,
    }
}

/// Waits until the threads have ended, which have nothing left to do but to drop the
/// program's thread-locals. One that hasn't at the end of a limit is let go of.
fn join_threads(threads: Vec<thread::JoinHandle<()>>, patience: &mut Patience<'_>) {
    let mut ending = Ending::new(threads);
    loop {
        let threads = ending.wait(patience.left().unwrap_or(Duration::MAX));
        if threads == 0 || patience.limit.is_some() {
            return;
        }
        patience.report(&ShutdownTimeout {
            after: patience.lasts(),
            held_by: Vec::new(),
            works: Vec::new(),
            threads,
        });
    }
}
