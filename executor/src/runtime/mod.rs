//! The runtime, and `block_on`.
//!
//! Owns [`Runtime`]: a machine, and those who look at it. The machine's own part is in
//! `machine/turn/`; the loop's other driver is in `turn.rs`, the settings are in
//! `builder.rs`, the counts in `metrics.rs`.

#[cfg(feature = "macros")]
pub(crate) mod attributes;
mod builder;
mod enter;
mod handle;
mod inspect;
mod local;
mod metrics;
mod observe;
mod observers;
mod shutdown;
mod switches;
#[cfg(test)]
mod tests;
mod turn;

use std::fmt;
use std::io;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::pin::pin;
use std::rc::Rc;

pub use crate::machine::blocking::ShutdownTimeout;
pub use crate::machine::context::{Handle, TryCurrentError};
pub use crate::machine::core::{FileIo, OnDeadlock};
pub use builder::Builder;
pub use enter::EnterGuard;
pub use handle::{Id, RuntimeFlavor, is_rt_shutdown_err, worker_index};
pub use local::{LocalOptions, LocalRuntime};
pub use metrics::RuntimeMetrics;
pub use turn::Turn;

use crate::machine::context;
use crate::machine::core::Core;
use crate::machine::scheduler::cell::is_large;
use crate::machine::scheduler::join::JoinHandle;
use crate::machine::scheduler::run;
use crate::machine::turn::{InLoop, Turning};
use crate::trace::overdue::Overdue;
use enter::TellsAtTheEnd;
use observers::{Outputs, Watching};

/// A single-threaded runtime.
///
/// It stays on the thread that made it: neither it nor its tasks need be `Send`.
/// Other threads reach it through a [`Handle`].
///
/// # Shutdown
///
/// When `block_on` returns, tasks that have not ended stay with the runtime, and
/// the next `block_on` goes on with them. Dropping the runtime drops them in
/// the order of their spawns, within the runtime's context; what they spawn
/// meanwhile is dropped at once. Blocking jobs that no thread has begun are
/// cancelled, except writes to files, which are carried out; for those begun
/// the drop waits, except for lookups of names, which are left to their threads.
/// [`shutdown_timeout`](Self::shutdown_timeout) does not wait for ever, and says
/// which job it was. A shutdown that takes longer than a second says on stderr what
/// holds it up: a job, or the drop of a task.
///
/// A process that forks must not use a runtime made before the fork in the
/// child: the two would share one epoll, and a kqueue is not inherited at all.
///
/// ```compile_fail
/// let runtime = buzzer::runtime::Runtime::new().unwrap();
/// std::thread::spawn(move || runtime.block_on(async {}));
/// ```
pub struct Runtime {
    core: Rc<Core>,
    handle: Handle,
    event_interval: u32,
    /// Whether the pool's threads were waited for, or given up.
    joined: bool,
    watching: Watching,
    /// Dropped after all else that is recorded.
    outputs: Outputs,
    /// Dropped after all that may hold the shutdown up.
    overdue: Overdue,
}

impl Runtime {
    /// A runtime with the defaults of [`Builder`].
    ///
    /// # Errors
    ///
    /// As [`Builder::build`].
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Runtime::new()?;
    /// assert_eq!(runtime.block_on(async { "served" }), "served");
    /// # std::io::Result::Ok(())
    /// ```
    pub fn new() -> io::Result<Self> {
        Builder::new_current_thread().build()
    }

    fn from_core(
        core: Rc<Core>,
        event_interval: u32,
        outputs: Outputs,
        watching: Watching,
    ) -> Self {
        let handle = Handle::new(core.pool.clone());
        // No loop runs yet, so what is sent is to make the descriptor readable.
        let nothing_sent = core.inject.prepare_park();
        debug_assert!(nothing_sent, "nobody has had a handle");
        Self {
            core,
            handle,
            event_interval,
            joined: false,
            watching,
            outputs,
            overdue: Overdue::default(),
        }
    }

    /// Drives `future` to its end on this thread, and the runtime's tasks while
    /// it waits.
    ///
    /// # Panics
    ///
    /// When `future` panics; when called from within a runtime; or when the
    /// kernel refuses to wait for events, which it does only if something else
    /// closed the runtime's descriptors.
    ///
    /// # Examples
    ///
    /// What is left when it returns goes on with the next call:
    ///
    /// ```
    /// use buzzer::time::{Duration, sleep};
    ///
    /// let runtime = buzzer::runtime::Runtime::new()?;
    /// let latte = runtime.block_on(async {
    ///     buzzer::spawn(async {
    ///         sleep(Duration::from_millis(1)).await;
    ///         "one latte"
    ///     })
    /// });
    /// assert!(!latte.is_finished());
    /// assert_eq!(runtime.block_on(latte).unwrap(), "one latte");
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let _looping = context::start_loop("block_on");
        let entered = context::enter(&self.core);
        let output = {
            let _in_loop = InLoop::begin(&self.core);
            self.core.inject.unparked();
            // Before the future, whose drop may leave something to do.
            let _tells = TellsAtTheEnd(self);
            self.turning().block_on(pin!(future))
        };
        // While the output is ours to drop: it may be a guard, for which this panics.
        drop(entered);
        output
    }

    /// The next `block_on` is that of this line: a closure between the two would hide
    /// it.
    pub(crate) fn called_at(&self, at: &'static Location<'static>) {
        self.core.main_at.set(Some(at));
    }

    fn turning(&self) -> Turning<'_> {
        Turning {
            core: &self.core,
            event_interval: self.event_interval,
            observer: &self.watching,
        }
    }

    /// Spawns a task; it runs once the loop does.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Runtime::new()?;
    /// let order = runtime.spawn(async { "one mocha" });
    /// assert!(!order.is_finished()); // Nothing has run yet.
    /// assert_eq!(runtime.block_on(order).unwrap(), "one mocha");
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let scheduler = &self.core.scheduler;
        let handle = match const { is_large::<F>() } {
            true => run::spawn_on(scheduler, Box::pin(future), None),
            false => run::spawn_on(scheduler, future, None),
        };
        // A foreign loop may be waiting on the descriptor.
        self.core.inject.nudge();
        handle
    }

    /// Runs `job` on the blocking pool; see
    /// [`task::spawn_blocking`](crate::task::spawn_blocking).
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Runtime::new()?;
    /// let sum = runtime.spawn_blocking(|| (1..=1_000_u64).sum::<u64>());
    /// assert_eq!(runtime.block_on(sum).unwrap(), 500_500);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, job: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        match const { is_large::<F>() } {
            true => self.handle.spawn_blocking(Box::new(job)),
            false => self.handle.spawn_blocking(job),
        }
    }

    /// A handle for other threads.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Runtime::new()?;
    /// let handle = runtime.handle().clone();
    /// let waiter = std::thread::spawn(move || handle.block_on(handle.spawn(async { 6 * 7 })));
    /// while !waiter.is_finished() {
    ///     runtime.turn(Some(std::time::Duration::from_millis(1)))?;
    /// }
    /// assert_eq!(waiter.join().unwrap().unwrap(), 42);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// While the guard lives, this thread is in the runtime: `spawn`, `sleep`
    /// and the like find it. Nothing runs until a loop does.
    ///
    /// # Panics
    ///
    /// When guards are dropped in another order than the reverse of their
    /// making. A guard kept over an await makes the `block_on` panic that drives
    /// the future: other tasks run meanwhile.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Runtime::new()?;
    /// let order = {
    ///     let _in_it = runtime.enter();
    ///     buzzer::spawn(async { "one mocha" })
    /// };
    /// assert_eq!(runtime.block_on(order).unwrap(), "one mocha");
    /// # std::io::Result::Ok(())
    /// ```
    #[must_use = "the runtime is left again when the guard is dropped"]
    pub fn enter(&self) -> EnterGuard<'_> {
        EnterGuard::here(self.core.clone())
    }

    /// Counts of what the runtime has done and holds.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Runtime::new()?;
    /// let task = runtime.spawn(std::future::pending::<()>());
    /// runtime.block_on(buzzer::task::yield_now());
    /// let metrics = runtime.metrics();
    /// assert_eq!(metrics.num_alive_tasks(), 1);
    /// assert_eq!(metrics.polls(), 3); // Twice the future, and the task in between.
    /// # drop(task);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn metrics(&self) -> RuntimeMetrics {
        self.handle.metrics()
    }
}

/// A panic that leaves [`block_on`](Runtime::block_on) is its future's, and the next
/// goes on with the tasks.
impl UnwindSafe for Runtime {}
impl RefUnwindSafe for Runtime {}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("number", &self.core.inject.runtime())
            .field("alive_tasks", &self.core.scheduler.alive())
            .finish_non_exhaustive()
    }
}
