//! The place where an output crosses threads.
//!
//! Owns the result of a blocking job, or of a task that another thread
//! spawned, until its handle takes it. The worker (or the task) finishes it
//! once; the handle may be polled and dropped on any thread. A task that its
//! runtime's own thread spawned needs none of this: see `cell.rs`.

use std::panic::Location;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};

use super::error::JoinError;
use super::number::TaskKey;
use super::owner;
use crate::machine::panics::{contain, contain_drop, discard, wake_contained};
use crate::record::event::Outcome;
use crate::record::ids::Id;
use crate::sys::shared::{Mutex, MutexGuard};

pub(crate) struct Packet<T> {
    id: Id,
    spawned_at: &'static Location<'static>,
    /// Never held while code of the program runs: closures, outputs and wakers
    /// are moved out first.
    state: Mutex<State<T>>,
}

struct State<T> {
    stage: Stage<T>,
    /// The handle's waker. Set while the stage is neither Done nor Taken.
    waker: Option<Waker>,
}

enum Stage<T> {
    /// A job that no worker has begun. Set at the spawn.
    Queued(Box<dyn FnOnce() -> T + Send>),
    /// A job on its worker: it can't be cancelled any more.
    Working,
    /// A task; `key` is known once the runtime's thread has taken it in,
    /// and an `abort` from before that is kept until then.
    Task {
        key: Option<TaskKey>,
        abort: bool,
    },
    Done(Result<T, JoinError>),
    /// The handle has taken the result.
    Taken,
}

/// The one side of a packet that may finish it. Dropped before that (its task
/// was dropped, or never reached the runtime) it says "cancelled", so that no
/// handle waits for ever.
pub(crate) struct Finisher<T>(Arc<Packet<T>>);

impl<T> Finisher<T> {
    pub(crate) fn new(packet: Arc<Packet<T>>) -> Self {
        Self(packet)
    }

    pub(crate) fn packet(&self) -> &Arc<Packet<T>> {
        &self.0
    }

    pub(crate) fn finish(self, result: Result<T, JoinError>) {
        self.0.finish(result);
        // With no handle left it is the last that holds the output.
        contain_drop(self).unwrap_or_else(discard);
    }
}

/// Where a task's output goes at its end.
pub(crate) trait Destination<T> {
    /// Gives it the output, which comes back if it is to stay in the task's memory.
    fn give(&mut self, result: Result<T, JoinError>) -> Option<Result<T, JoinError>>;
    /// Shows who waits for it, if that may be on another thread.
    fn show_waiter(&self, look: &mut dyn FnMut(&Waker));
}

/// Nowhere: the handle takes it out of the task's memory.
impl<T> Destination<T> for () {
    #[inline]
    fn give(&mut self, result: Result<T, JoinError>) -> Option<Result<T, JoinError>> {
        Some(result)
    }

    fn show_waiter(&self, _look: &mut dyn FnMut(&Waker)) {}
}

/// To a handle that may be on another thread. `None` once it has the output.
impl<T> Destination<T> for Option<Finisher<T>> {
    fn give(&mut self, result: Result<T, JoinError>) -> Option<Result<T, JoinError>> {
        match self.take() {
            Some(finisher) => {
                finisher.finish(result);
                None
            }
            None => unreachable!("a task ends once"),
        }
    }

    fn show_waiter(&self, look: &mut dyn FnMut(&Waker)) {
        if let Some(finisher) = self {
            finisher.packet().show_waiter(look);
        }
    }
}

impl<T> Drop for Finisher<T> {
    fn drop(&mut self) {
        if !self.0.is_finished() {
            self.0.cancel();
        }
    }
}

/// What the pool sees of a job.
pub(crate) trait Job: Send + Sync {
    /// Runs the job here and now, unless it was cancelled meanwhile. Whether it ran. `ended` is
    /// called before the result can be seen.
    fn run(&self, ended: &mut dyn FnMut(Outcome)) -> bool;
    /// Ends the job without running it.
    fn cancel(&self);
    /// Ends the job because no thread could be started for it.
    fn fail(&self, error: std::io::Error);
    /// Whether its result is there, or was.
    fn is_finished(&self) -> bool;
    fn id(&self) -> Id;
    /// Shows who waits for its handle. `look` is no code of the program.
    fn show_waiter(&self, look: &mut dyn FnMut(&Waker));
    fn spawned_at(&self) -> &'static Location<'static>;
}

impl<T> Packet<T> {
    pub(crate) fn for_job(
        id: Id,
        job: Box<dyn FnOnce() -> T + Send>,
        spawned_at: &'static Location<'static>,
    ) -> Self {
        Self::new(id, Stage::Queued(job), spawned_at)
    }

    pub(crate) fn for_task(id: Id, spawned_at: &'static Location<'static>) -> Self {
        let (key, abort) = (None, false);
        Self::new(id, Stage::Task { key, abort }, spawned_at)
    }

    fn new(id: Id, stage: Stage<T>, spawned_at: &'static Location<'static>) -> Self {
        let waker = None;
        let state = Mutex::new(State { stage, waker });
        Self {
            id,
            spawned_at,
            state,
        }
    }

    pub(crate) fn id(&self) -> Id {
        self.id
    }

    pub(crate) fn spawned_at(&self) -> &'static Location<'static> {
        self.spawned_at
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No code of the program runs under the lock, so nothing poisons it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores the result and wakes the handle. The first result stands.
    fn finish(&self, result: Result<T, JoinError>) {
        self.finish_locked(self.lock(), result);
    }

    fn cancel(&self) {
        self.finish(Err(JoinError::cancelled(self.id)));
    }

    fn finish_locked(&self, mut state: MutexGuard<'_, State<T>>, result: Result<T, JoinError>) {
        if matches!(state.stage, Stage::Done(_) | Stage::Taken) {
            drop(state);
            return self.drop_own(result);
        }
        let before = std::mem::replace(&mut state.stage, Stage::Done(result));
        let waker = state.waker.take();
        drop(state);
        // A job cancelled before it began drops its closure here.
        self.drop_own(before);
        if let Some(waker) = waker {
            wake_contained(waker);
        }
    }

    /// Drops what is the task's or job's, as its own code.
    fn drop_own(&self, value: impl Sized) {
        let _owned = owner::of(self.id);
        contain_drop(value).unwrap_or_else(discard);
    }

    /// Ends a job that has not begun.
    fn cancel_unless_begun(&self) {
        let state = self.lock();
        if matches!(state.stage, Stage::Queued(_)) {
            self.finish_locked(state, Err(JoinError::cancelled(self.id)));
        }
    }

    /// Called when the runtime has made the task; `true` if it was aborted
    /// before that.
    #[must_use]
    pub(crate) fn task_made(&self, made: TaskKey) -> bool {
        match &mut self.lock().stage {
            Stage::Task { key, abort } => {
                *key = Some(made);
                *abort
            }
            _ => false,
        }
    }

    /// What `JoinHandle::abort` means here: a job not begun ends now, one on
    /// its worker can't be stopped, and a task is for the caller to abort, if it
    /// is made already.
    #[must_use]
    pub(crate) fn abort(&self) -> Option<TaskKey> {
        self.cancel_unless_begun();
        match &mut self.lock().stage {
            Stage::Task { key, abort } => {
                *abort = true;
                *key
            }
            _ => None,
        }
    }

    pub(super) fn is_awaited(&self) -> bool {
        self.lock().waker.is_some()
    }

    pub(super) fn show_waiter(&self, look: &mut dyn FnMut(&Waker)) {
        if let Some(waker) = &self.lock().waker {
            look(waker);
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        matches!(self.lock().stage, Stage::Done(_) | Stage::Taken)
    }

    /// The result, once; `None` says that it was taken before.
    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<Option<Result<T, JoinError>>> {
        // Cloned before the lock: a foreign waker's clone is the program's code.
        let waker = cx.waker().clone();
        let mut state = self.lock();
        let replaced = match &mut state.stage {
            Stage::Done(_) => {
                let Stage::Done(result) = std::mem::replace(&mut state.stage, Stage::Taken) else {
                    unreachable!("the stage was Done a line ago, under the same lock");
                };
                drop(state);
                return Poll::Ready(Some(result));
            }
            Stage::Taken => {
                drop(state);
                return Poll::Ready(None);
            }
            Stage::Queued(_) | Stage::Working | Stage::Task { .. } => state.waker.replace(waker),
        };
        drop(state);
        drop(replaced);
        Poll::Pending
    }
}

/// An output that nobody took, or a job that was never run.
impl<T> Drop for Packet<T> {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let left = std::mem::replace(&mut state.stage, Stage::Taken);
        if !matches!(left, Stage::Taken) {
            self.drop_own(left);
        }
    }
}

impl<T: Send> Job for Packet<T> {
    fn run(&self, ended: &mut dyn FnMut(Outcome)) -> bool {
        let mut state = self.lock();
        match std::mem::replace(&mut state.stage, Stage::Working) {
            Stage::Queued(job) => {
                drop(state);
                let owned = owner::of(self.id);
                let result = contain(job);
                drop(owned);
                ended(match &result {
                    Ok(_) => Outcome::Ready,
                    Err(_) => Outcome::Panicked,
                });
                self.finish(result.map_err(|payload| JoinError::panic(self.id, payload)));
                true
            }
            ended => {
                state.stage = ended;
                false
            }
        }
    }

    fn cancel(&self) {
        self.cancel_unless_begun();
    }

    fn fail(&self, error: std::io::Error) {
        self.finish(Err(JoinError::not_started(self.id, error)));
    }

    fn is_finished(&self) -> bool {
        self.is_finished()
    }

    fn id(&self) -> Id {
        self.id
    }

    fn show_waiter(&self, look: &mut dyn FnMut(&Waker)) {
        self.show_waiter(look);
    }

    fn spawned_at(&self) -> &'static Location<'static> {
        self.spawned_at
    }
}
