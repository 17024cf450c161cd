//! Aborting a task or a job, and asking whether it has ended.
//!
//! Owns [`AbortHandle`], and what it has in common with a `JoinHandle`: neither needs to
//! know the type of the output. Only `join.rs` makes one.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use super::current;
use super::live;
use super::number::{RuntimeId, TaskKey};
use super::packet::Packet;
use crate::record::ids::Id;

/// Aborts a task or job, and nothing else: it may be kept while the handle is
/// awaited elsewhere, cloned, and used on any thread.
///
/// # Examples
///
/// ```
/// buzzer::block_on(async {
///     let task = buzzer::spawn(std::future::pending::<()>());
///     let stop = task.abort_handle();
///     assert!(stop.id() == task.id() && !stop.is_finished());
///     stop.abort();
///     task.await.unwrap_err();
///     assert!(stop.is_finished());
/// });
/// ```
#[derive(Clone)]
pub struct AbortHandle {
    id: Id,
    target: Target,
}

/// As of a `JoinHandle`.
impl UnwindSafe for AbortHandle {}
impl RefUnwindSafe for AbortHandle {}

#[derive(Clone)]
pub(super) enum Target {
    Task(TaskKey),
    Shared(Arc<dyn Abort>),
    Ended,
}

/// A packet whose type of output does not matter.
pub(super) trait Abort: Send + Sync {
    fn abort(&self) -> Option<TaskKey>;
    fn is_finished(&self) -> bool;
}

impl<T: Send> Abort for Packet<T> {
    fn abort(&self) -> Option<TaskKey> {
        self.abort()
    }

    fn is_finished(&self) -> bool {
        self.is_finished()
    }
}

impl AbortHandle {
    pub(super) fn new(id: Id, target: Target) -> Self {
        Self { id, target }
    }

    /// As [`JoinHandle::abort`](crate::task::JoinHandle::abort).
    pub fn abort(&self) {
        match &self.target {
            Target::Task(key) => current::abort(*key, self.id),
            Target::Shared(packet) => abort_shared(packet.abort(), self.id),
            Target::Ended => {}
        }
    }

    /// As [`JoinHandle::is_finished`](crate::task::JoinHandle::is_finished).
    ///
    /// # Panics
    ///
    /// On another thread than the runtime's, for a task from `spawn`.
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        match &self.target {
            Target::Task(key) => is_finished(*key, self.id),
            Target::Shared(packet) => packet.is_finished(),
            Target::Ended => true,
        }
    }

    /// Which task or job it is.
    pub fn id(&self) -> Id {
        self.id
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle").field("id", &self.id).finish()
    }
}

/// Aborts the task that the packet knows of, if it is made already.
pub(super) fn abort_shared(task: Option<TaskKey>, id: Id) {
    if let Some(key) = task {
        current::abort(key, id);
    }
}

#[track_caller]
pub(super) fn is_finished(key: TaskKey, id: Id) -> bool {
    let finished = current::with_runtime(key.runtime, |scheduler| {
        scheduler.map(|scheduler| scheduler.is_finished(key.number, id))
    });
    if finished.is_none() {
        check_gone(key.runtime, "asked");
    }
    finished.unwrap_or(true)
}

/// A runtime that is not of this thread must be gone.
#[track_caller]
pub(super) fn check_gone(runtime: RuntimeId, what: &str) {
    let number = runtime.number();
    assert!(
        !live::is_live(runtime),
        "a JoinHandle from `spawn` was {what} on another thread than that of its runtime \
         (number {number}): await it there, or spawn with `Handle::spawn`, whose handles \
         can be awaited on any thread"
    );
}
