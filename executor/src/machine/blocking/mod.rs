//! The blocking pool: threads for what may block.
//!
//! Owns the workers, the bounded queue before them, and the line before the
//! queue. Each runtime's `core.rs` has one; `task::spawn_blocking`, `fs/`, `net/` and the
//! handles submit to it by `context/jobs.rs`, from any thread.
//!
//! - `work.rs`: what a job does, as the pool and the dump know it
//! - `threads.rs`: how many threads there may be, and their start
//! - `lookups/`: lookups of names, which may hold a part of them only
//! - `shutdown.rs`: the end of a pool
//! - `inspect.rs`: what it shows of its jobs
//!
//! # How a job gets its worker
//!
//! Threads start when a job finds no idle one, up to the limit, and end after
//! an idle time. The queue is a channel; a job that finds as many in it as the
//! program allows waits in line, as a future whose handle is pending; the loop never
//! waits. The line moves up whenever a worker takes from the queue. The channel has no
//! bound of its own: one with a bound has its memory from the start, and most runtimes
//! have no job.
//!
//! Every count is changed under the one mutex, in the same critical section as
//! what it counts:
//!
//! 1. `queued` counts jobs in the channel that no worker has *acknowledged*, and
//!    `idle` the workers that wait for one and have not acknowledged any. So
//!    `queued > idle` is exactly "a job will find no worker": a worker that has
//!    received but not yet taken the lock counts on both sides.
//! 2. A worker goes idle, or ends, only after it found the channel empty under
//!    the lock; a submit sends under the lock. So no job is left with a worker
//!    that has gone.
//! 3. Nothing is sent past the line: the first in it is let into the channel whenever a
//!    worker acknowledges a job. While somebody stands in it, `queued` is the limit.

mod inspect;
mod lookups;
mod shutdown;
mod threads;
mod work;

use std::collections::{HashMap, VecDeque};
use std::panic::Location;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, Weak};
use std::time::Instant;

pub(crate) use inspect::{JobSeen, Stage};
pub(crate) use lookups::Lookup;
pub use shutdown::ShutdownTimeout;
pub(crate) use threads::{Hook, Limits, ThreadName};
pub(crate) use work::{FileWork, Work};

use crate::machine::panics::{contain, contain_drop, discard};
use crate::machine::scheduler::inject::Inject;
use crate::machine::scheduler::join::JoinHandle;
use crate::machine::scheduler::packet::{Job, Packet};
use crate::record::ids::Id;
use crate::record::news::{JobNews, News};
use crate::record::origin::in_job;
use crate::sys::shared::channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use crate::sys::shared::{AtomicBool, AtomicUsize, Condvar, Mutex, MutexGuard, thread};
use lookups::Lookups;

pub(crate) struct Pool {
    limits: Limits,
    taken: Receiver<Queued>,
    state: Mutex<State>,
    /// Notified when a worker ends, and after the close when one has a job.
    ended: Condvar,
    /// Jobs submitted and not yet ended or cancelled. While there are any, a
    /// paused clock stands still. A job's wakes are sent before it is taken off,
    /// so whoever reads zero finds them in the inject queue.
    in_flight: AtomicUsize,
    /// Whether the loop must be nudged when the last job ends: its clock is
    /// paused, and may now jump.
    ///
    /// The loop sets this and then reads `in_flight`; a worker lowers `in_flight`
    /// and then reads this. All four are SeqCst, so one of the two sees the other.
    nudge: AtomicBool,
    inject: Arc<Inject>,
    /// Where jobs tell what happens to them, if their runtime is recorded.
    news: Option<JobNews>,
    /// Called first thing on each worker, with the pool, and last, without.
    set_worker: fn(Option<&Arc<Pool>>),
}

struct State {
    /// `None` once the pool is closed: idle workers then see the end.
    jobs: Option<Sender<Queued>>,
    queued: usize,
    idle: usize,
    threads: usize,
    /// Jobs that found the queue full.
    line: VecDeque<Queued>,
    lookups: Lookups,
    /// The jobs that have not ended, for `join` and the dump to name.
    jobs_known: HashMap<Id, KnownJob>,
    /// To be joined at shutdown. A worker that ends before takes itself out.
    joinable: HashMap<u64, thread::JoinHandle<()>>,
    started: u64,
}

struct KnownJob {
    /// Weak, so that it is the worker who drops the job, and outside the lock.
    job: Weak<dyn Job>,
    spawned_at: &'static Location<'static>,
    work: Work,
    /// Who runs it, once it has begun.
    worker: Option<u64>,
}

struct Queued {
    job: Arc<dyn Job>,
    /// As its [`Work`] says.
    is_mandatory: bool,
    is_lookup: bool,
}

impl Pool {
    pub(crate) fn new(
        limits: Limits,
        inject: Arc<Inject>,
        news: Option<JobNews>,
        set_worker: fn(Option<&Arc<Pool>>),
    ) -> Arc<Self> {
        let (jobs, taken) = unbounded();
        let state = Mutex::new(State {
            jobs: Some(jobs),
            queued: 0,
            idle: 0,
            threads: 0,
            line: VecDeque::new(),
            lookups: Lookups::default(),
            jobs_known: HashMap::new(),
            joinable: HashMap::new(),
            started: 0,
        });
        Arc::new(Self {
            limits,
            taken,
            state,
            ended: Condvar::new(),
            in_flight: AtomicUsize::new(0),
            nudge: AtomicBool::new(false),
            inject,
            news,
            set_worker,
        })
    }

    pub(crate) fn inject(&self) -> &Arc<Inject> {
        &self.inject
    }

    pub(crate) fn news(&self) -> Option<&JobNews> {
        self.news.as_ref()
    }

    /// A job will not be run.
    fn tell_cancelled(&self, job: &dyn Job) {
        if let Some(news) = &self.news {
            let (job, at) = (job.id(), Instant::now());
            news.tell(News::Cancelled { job, at });
        }
    }

    pub(crate) fn threads(&self) -> usize {
        self.lock().threads
    }

    /// Whether all jobs have ended. What they woke is then in the inject queue.
    pub(crate) fn is_quiet(&self) -> bool {
        self.in_flight.load(Ordering::SeqCst) == 0
    }

    /// Says whether the loop wants to know when the last job ends.
    pub(crate) fn set_nudge(&self, nudge: bool) {
        self.nudge.store(nudge, Ordering::SeqCst);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code of the program runs under the lock, so nothing poisons it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Submits `job`, which does `work`.
    pub(crate) fn spawn<T: Send + 'static>(
        self: &Arc<Self>,
        id: Id,
        job: impl FnOnce() -> T + Send + 'static,
        work: Work,
        spawned_at: &'static Location<'static>,
    ) -> JoinHandle<T> {
        let packet = Arc::new(Packet::for_job(id, Box::new(job), spawned_at));
        let queued = Queued {
            job: packet.clone(),
            is_mandatory: work.is_mandatory(),
            is_lookup: work.is_lookup(),
        };
        self.submit(queued, work);
        JoinHandle::of_packet(packet)
    }

    fn submit(self: &Arc<Self>, queued: Queued, work: Work) {
        let mut state = self.lock();
        if state.jobs.is_none() {
            drop(state);
            self.tell_cancelled(&*queued.job);
            return queued.job.cancel();
        }
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let known = KnownJob {
            job: Arc::downgrade(&queued.job),
            spawned_at: queued.job.spawned_at(),
            work,
            worker: None,
        };
        state.jobs_known.insert(queued.job.id(), known);
        let may_enter = match queued.is_lookup {
            false => Some(queued),
            true => self.stand_in_line(&mut state, queued),
        };
        let Some(queued) = may_enter else { return };
        self.enqueue(&mut state, queued);
        if state.queued + state.line.len() > state.idle && state.threads < self.limits.threads {
            self.start_thread(state);
        }
    }

    /// Puts a job into the channel, or behind those that wait for room in it.
    fn enqueue(&self, state: &mut State, queued: Queued) {
        match &state.jobs {
            // By rule 3 nobody is in line then.
            Some(jobs) if state.queued < self.limits.queue => {
                jobs.send(queued).expect("the pool itself keeps a receiver");
                state.queued += 1;
            }
            _ => state.line.push_back(queued),
        }
    }

    /// The runtime's name.
    pub(crate) fn name(&self) -> Option<&str> {
        self.limits.name.as_deref()
    }

    /// A worker's life.
    fn work(self: Arc<Self>, number: u64) {
        (self.set_worker)(Some(&self));
        call(self.limits.on_start.as_ref());
        let (mut state, mut next) = self.next(self.lock());
        while let Some(queued) = next {
            let id = queued.job.id();
            let is_lookup = queued.is_lookup;
            if let Some(known) = state.jobs_known.get_mut(&id) {
                known.worker = Some(number);
            }
            state.lookups.running += usize::from(is_lookup);
            drop(state);
            let in_job = in_job(id);
            self.run(&*queued.job, number);
            // Dropped before the job counts as ended: it may be the last that
            // holds the output.
            contain_drop(queued).unwrap_or_else(discard);
            drop(in_job);
            self.one_ended();
            let mut free = self.lock();
            free.jobs_known.remove(&id);
            if is_lookup {
                self.lookup_ended(&mut free);
            }
            (state, next) = self.next(free);
        }
        (self.set_worker)(None);
        state.threads -= 1;
        if state.jobs.is_some() {
            // Ended for want of work; at shutdown it is joined instead.
            state.joinable.remove(&number);
        }
        self.ended.notify_all();
        drop(state);
        call(self.limits.on_stop.as_ref());
    }

    fn run(&self, job: &dyn Job, worker: u64) {
        let Some(news) = &self.news else {
            job.run(&mut |_| {});
            return;
        };
        let job_id = job.id();
        let began = Instant::now();
        let ran = job.run(&mut |outcome| {
            news.tell(News::Ran {
                job: job_id,
                worker,
                began,
                ended: Instant::now(),
                outcome,
            });
        });
        if !ran {
            self.tell_cancelled(job);
        }
    }

    /// The next job, or `None` when the worker is to end: nothing came for the
    /// idle time, or the pool is closed and empty.
    fn next<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
    ) -> (MutexGuard<'a, State>, Option<Queued>) {
        if let Some(queued) = self.take(&mut state) {
            return (state, Some(queued));
        }
        if state.jobs.is_none() {
            return (state, None);
        }
        state.idle += 1;
        drop(state);
        let received = self.taken.recv_timeout(self.limits.keep_alive);
        let mut state = self.lock();
        state.idle -= 1;
        let next = match received {
            Ok(queued) => {
                self.taken_one(&mut state);
                if state.jobs.is_none() {
                    // `join` may be waiting to learn who has it.
                    self.ended.notify_all();
                }
                Some(queued)
            }
            // A job may have been sent since (rule 2).
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                self.take(&mut state)
            }
        };
        (state, next)
    }

    fn take(&self, state: &mut State) -> Option<Queued> {
        match self.taken.try_recv() {
            Ok(queued) => {
                self.taken_one(state);
                Some(queued)
            }
            // After the close; or when other workers have received all there was
            // and not acknowledged it yet.
            Err(_) => state.line.pop_front(),
        }
    }

    /// Acknowledges a job from the channel, and lets the first in line into its room.
    fn taken_one(&self, state: &mut State) {
        state.queued -= 1;
        let Some(jobs) = &state.jobs else { return };
        if let Some(first) = state.line.pop_front() {
            jobs.send(first).expect("the pool itself keeps a receiver");
            state.queued += 1;
        }
    }

    fn one_ended(&self) {
        let last = self.in_flight.fetch_sub(1, Ordering::SeqCst) == 1;
        if last && self.nudge.load(Ordering::SeqCst) {
            self.inject.nudge();
        }
    }
}

/// Calls what the program has to be called, without a lock.
fn call(hook: Option<&Hook>) {
    if let Some(hook) = hook {
        contain(|| hook.call()).unwrap_or_else(discard);
    }
}

#[cfg(test)]
mod tests;
