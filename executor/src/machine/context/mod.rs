//! The runtime that this thread is in, and handles to it from other threads.
//!
//! Owns the thread-local that leads to a [`Core`], and [`Handle`]. `runtime/` enters
//! cores; everything that programs call finds its runtime here.

mod entered;
mod jobs;

use std::cell::RefCell;
use std::fmt;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::Arc;

use crate::machine::blocking::{Pool, Work};
use crate::machine::core::{Core, FileIo};
use crate::machine::panics::{contain_drop, discard};
use crate::machine::scheduler::cell::is_large;
use crate::machine::scheduler::current;
use crate::machine::scheduler::inherited;
use crate::machine::scheduler::inject::Message;
use crate::machine::scheduler::join::JoinHandle;
use crate::machine::scheduler::owner;
use crate::machine::scheduler::packet::{Finisher, Packet};
use crate::machine::scheduler::sent::{SentTask, spawn_sent};
use crate::machine::scheduler::undropped::Undropped;
use crate::machine::scheduler::whereabouts::{self, no_runtime};
use crate::record::event::Event;
pub(crate) use entered::{Entered, check_still_in, enter, is_in_loop, start_loop};
pub(crate) use jobs::{look_up, spawn_blocking};

thread_local! {
    /// The runtime that this thread is in. Borrowed only for calls that run no
    /// code of the program.
    static CURRENT: RefCell<Undropped<Option<Rc<Core>>>> =
        const { RefCell::new(Undropped::new(None)) };
    /// On a worker of a blocking pool: the handle of its runtime.
    static WORKER: RefCell<Undropped<Option<Handle>>> =
        const { RefCell::new(Undropped::new(None)) };
}

/// Calls `f` with the current runtime, if there is one. `f` runs no code of the
/// program.
#[inline]
pub(crate) fn try_with<R>(f: impl FnOnce(&Rc<Core>) -> R) -> Option<R> {
    CURRENT.with_borrow(|current| current.as_ref().map(f))
}

/// Calls `f` with the current runtime. `f` runs no code of the program.
///
/// # Panics
///
/// Outside a runtime; `what` says what needed one.
#[inline]
#[track_caller]
pub(crate) fn with<R>(what: impl fmt::Display, f: impl FnOnce(&Rc<Core>) -> R) -> R {
    match try_with(f) {
        Some(result) => result,
        None => no_runtime(what),
    }
}

/// Which way file operations may go.
#[track_caller]
pub(crate) fn file_io() -> FileIo {
    with("a file operation", |core| core.file_io)
}

/// Counts a file operation that was done at once, or sent to the pool.
pub(crate) fn count_file_op(at_once: bool) {
    try_with(|core| {
        let counters = &core.counters;
        let counter = match at_once {
            true => &counters.file_ops_at_once,
            false => &counters.file_ops_pooled,
        };
        counter.set(counter.get() + 1);
        let recorder = core.recorder();
        if recorder.is_on() {
            let by = recorder.cause();
            recorder.record(Event::FileOp { by, at_once });
        }
    });
}

/// A way to a runtime from any thread: cloned, sent and shared freely.
///
/// It does not keep the runtime alive. What is spawned after the runtime was
/// dropped is dropped at once, and its handle says "cancelled".
///
/// # Examples
///
/// ```
/// let runtime = buzzer::runtime::Runtime::new()?;
/// let handle = runtime.handle().clone();
/// let other = std::thread::spawn(move || handle.spawn(async { 6 * 7 }));
/// let task = other.join().unwrap();
/// assert_eq!(runtime.block_on(task).unwrap(), 42);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Handle {
    pool: Arc<Pool>,
}

/// What a panic cuts short is a job or a task, and the runtime goes on without it.
impl UnwindSafe for Handle {}
impl RefUnwindSafe for Handle {}

impl Handle {
    pub(crate) fn new(pool: Arc<Pool>) -> Self {
        Self { pool }
    }

    /// The runtime, if it is one of this thread.
    pub(crate) fn core(&self) -> Option<Rc<Core>> {
        Core::of_this_thread(self.pool.inject().id())
    }

    pub(crate) fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// The handle of the runtime that this thread is in: in `block_on`, in its
    /// tasks, and in its blocking jobs.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::runtime::Handle;
    ///
    /// buzzer::block_on(async {
    ///     let handle = Handle::current();
    ///     let thread = std::thread::spawn(move || handle.spawn(async { 6 * 7 }));
    ///     assert_eq!(thread.join().unwrap().await.unwrap(), 42);
    /// });
    /// ```
    #[track_caller]
    pub fn current() -> Self {
        match Self::try_current() {
            Ok(handle) => handle,
            Err(_) => no_runtime("Handle::current"),
        }
    }

    /// As [`current`](Self::current).
    ///
    /// # Errors
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::runtime::Handle;
    ///
    /// assert!(Handle::try_current().is_err());
    /// buzzer::block_on(async { assert!(Handle::try_current().is_ok()) });
    /// ```
    pub fn try_current() -> Result<Self, TryCurrentError> {
        try_with(|core| Self::new(core.pool.clone()))
            .or_else(|| WORKER.with_borrow(|worker| Option::clone(worker)))
            .ok_or(TryCurrentError(()))
    }

    /// Spawns a task from any thread. The future is polled and dropped on the
    /// runtime's thread; the handle may be awaited anywhere.
    ///
    /// # Examples
    ///
    /// From a thread of the program's own, while the runtime runs:
    ///
    /// ```
    /// use buzzer::sync::oneshot;
    ///
    /// buzzer::block_on(async {
    ///     let handle = buzzer::runtime::Handle::current();
    ///     let (tell, told) = oneshot::channel();
    ///     let thread = std::thread::spawn(move || {
    ///         handle.spawn(async move { tell.send("one mocha") });
    ///     });
    ///     assert_eq!(told.await, Ok("one mocha"));
    ///     thread.join().unwrap();
    /// });
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        match const { is_large::<F>() } {
            true => self.send_task(Box::pin(future)),
            false => self.send_task(future),
        }
    }

    /// As [`spawn`](Self::spawn), of a future that is not large.
    #[track_caller]
    fn send_task<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let packet = Arc::new(Packet::for_task(
            self.pool.inject().ids.next_task(),
            Location::caller(),
        ));
        let handle = JoinHandle::of_packet(packet.clone());
        let finisher = Finisher::new(packet);
        let context = inherited::current();
        let sent = SentTask {
            future,
            finisher,
            context,
        };
        let runtime = self.pool.inject().id();
        let here = try_with(|core| core.scheduler.clone()).filter(|s| s.id() == runtime);
        match here {
            Some(scheduler) => spawn_sent(&scheduler, sent),
            None => {
                let make = Message::Run(Box::new(move || {
                    let scheduler = current::with_current(|current| current.cloned())
                        .expect("messages are run within their runtime");
                    spawn_sent(&scheduler, sent);
                }));
                // A runtime that is gone gives it back: dropping it cancels.
                let refused = self.pool.inject().send(make);
                let _owned = owner::of(handle.id());
                contain_drop(refused).unwrap_or_else(discard);
            }
        }
        handle
    }

    /// Runs `job` on the runtime's blocking pool; see
    /// [`task::spawn_blocking`](crate::task::spawn_blocking).
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Runtime::new()?;
    /// let sum = runtime.handle().spawn_blocking(|| (1..=1_000_u64).sum::<u64>());
    /// assert_eq!(runtime.block_on(sum).unwrap(), 500_500);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, job: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let spawned_at = Location::caller();
        match const { is_large::<F>() } {
            true => jobs::submit(&self.pool, Box::new(job), Work::Program, spawned_at),
            false => jobs::submit(&self.pool, job, Work::Program, spawned_at),
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runtime = self.pool.inject().runtime();
        f.debug_struct("Handle").field("runtime", &runtime).finish()
    }
}

/// This thread becomes a worker of `pool`, whose jobs find their runtime's handle; or
/// ceases to be one.
pub(crate) fn set_worker(pool: Option<&Arc<Pool>>) {
    drop(become_worker(pool.map(|pool| Handle::new(pool.clone()))));
}

/// This thread works for the runtime of `handle`, as a thread of its pool does, or ceases
/// to. Gives back for whom it has worked before.
pub(crate) fn become_worker(handle: Option<Handle>) -> Option<Handle> {
    whereabouts::set_worker_of(handle.as_ref().map(|handle| handle.pool.inject().id()));
    Undropped::into_inner(WORKER.replace(Undropped::new(handle)))
}

/// This thread is not in a runtime.
///
/// # Examples
///
/// ```
/// let error = buzzer::runtime::Handle::try_current().unwrap_err();
/// assert!(error.is_missing_context() && !error.is_thread_local_destroyed());
/// println!("{error}");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TryCurrentError(());

impl TryCurrentError {
    /// Whether the thread is in no runtime. It always is that.
    pub fn is_missing_context(&self) -> bool {
        true
    }

    /// Whether the thread is at its end, and its thread-locals are gone. It never is
    /// that: they can be asked to the very end.
    pub fn is_thread_local_destroyed(&self) -> bool {
        false
    }
}

impl fmt::Display for TryCurrentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this thread is not in a buzzer runtime")
    }
}

impl std::error::Error for TryCurrentError {}
