//! The runtime: `block_on`, and the loop's other driver `turn`.
//!
//! Owns [`Runtime`]: a machine, and those who look at it. The machine's own part is in
//! `machine/turn/`; the settings are in `builder.rs`, the counts in `metrics.rs`.

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

use std::fmt;
use std::io;
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

pub use crate::machine::blocking::ShutdownTimeout;
pub use crate::machine::context::{Handle, TryCurrentError};
pub use crate::machine::core::{FileIo, OnDeadlock};
pub use builder::Builder;
pub use enter::EnterGuard;
pub use handle::{Id, RuntimeFlavor, is_rt_shutdown_err, worker_index};
pub use local::{LocalOptions, LocalRuntime};
pub use metrics::RuntimeMetrics;

use crate::machine::clock::FAR_FUTURE;
use crate::machine::context;
use crate::machine::core::Core;
use crate::machine::scheduler::cell::is_large;
use crate::machine::scheduler::inherited;
use crate::machine::scheduler::join::JoinHandle;
use crate::machine::scheduler::run;
use crate::machine::turn::{InLoop, Ran, Turning};
use crate::sys::errors::named;
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

    /// Makes one turn of the loop, for a program whose own loop drives the
    /// runtime: a window system's, a game's.
    ///
    /// Queued tasks are polled; if then none is queued, it sleeps until a
    /// deadline, an event, or `timeout`; without a timeout possibly for ever,
    /// with zero not at all. Between turns, wait until the runtime's descriptor
    /// ([`AsRawFd`](std::os::fd::AsRawFd)) is readable: it is when a turn has something to
    /// do.
    ///
    /// # Errors
    ///
    /// When the kernel refuses to wait for events, or the thread can't be started that
    /// tells the descriptor of deadlines where the system has no timer that would.
    ///
    /// # Panics
    ///
    /// When called from within a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// let runtime = buzzer::runtime::Runtime::new()?;
    /// let task = runtime.spawn(async { "served" });
    /// while !task.is_finished() {
    ///     runtime.turn(Some(Duration::ZERO))?;
    ///     // ... draw a frame ...
    /// }
    /// assert_eq!(runtime.block_on(task).unwrap(), "served");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn turn(&self, timeout: Option<Duration>) -> io::Result<Turn> {
        let _looping = context::start_loop("Runtime::turn");
        // That of whoever calls is none of the tasks'.
        let _none = inherited::enter(None);
        let _entered = context::enter(&self.core);
        let core = &self.core;
        let _in_loop = InLoop::begin(core);
        core.inject.unparked();
        let limit = timeout.map(|timeout| {
            let nanos = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
            core.clock.now().saturating_add(nanos)
        });
        let limit = limit.filter(|&limit| limit < FAR_FUTURE);
        let failed = |error| named("wait for", "events", error);
        let ran = self.turning().turn(None, limit, true).map_err(failed)?;
        let Ran::Polls(polls) = ran else {
            unreachable!("there is no main future to end");
        };
        self.make_descriptor_tell().map_err(failed)?;
        Ok(Turn { polls })
    }

    /// While no loop runs, the descriptor is to be readable when a turn would
    /// have work.
    fn make_descriptor_tell(&self) -> io::Result<()> {
        let core = &self.core;
        if !core.inject.prepare_park() || core.scheduler.has_queued() {
            core.inject.unpark_now();
            return Ok(());
        }
        let timer = core.timers.borrow().next();
        if timer.is_some() && core.clock.is_paused() {
            // The next turn would jump; not while a job is in flight, whose
            // end makes the descriptor readable.
            if core.pool.is_quiet() {
                core.inject.unpark_now();
            }
            return Ok(());
        }
        let now = core.clock.now();
        let mut reactor = core.reactor.borrow_mut();
        // Also of a paused clock: children live by the real one.
        let asks = reactor.patience();
        let asks = asks.map(|patience| now.saturating_add(patience.as_nanos() as u64));
        if let Some(deadline) = timer.into_iter().chain(asks).min() {
            if asks.is_some() {
                // It may have told of the same moment of a paused clock.
                reactor.timer().forget();
            }
            if deadline <= now {
                core.inject.unpark_now();
                return Ok(());
            }
            let left = Duration::from_nanos(deadline - now);
            let unpark = || {
                let inject = core.inject.clone();
                move || inject.unpark_now()
            };
            reactor.timer().tell_at(deadline, left, unpark)?;
        }
        Ok(())
    }

    fn turning(&self) -> Turning<'_> {
        Turning {
            core: &self.core,
            event_interval: self.event_interval,
            observer: &self.watching,
        }
    }

    /// Spawns a task; it runs once the loop does.
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
    #[must_use = "the runtime is left again when the guard is dropped"]
    pub fn enter(&self) -> EnterGuard<'_> {
        EnterGuard::here(self.core.clone())
    }

    /// Counts of what the runtime has done and holds.
    pub fn metrics(&self) -> RuntimeMetrics {
        self.handle.metrics()
    }
}

/// For a foreign loop, which waits until this is readable and then makes a
/// [`turn`](Self::turn). It is readable when a turn has something to do: when a source has
/// an event, a deadline has come, or another thread has sent something. It must not be
/// read, and is the runtime's: open for as long as that lives.
///
/// It is epoll's or kqueue's own descriptor. On Linux a timerfd tells it of deadlines;
/// elsewhere, and where a sandbox refuses that, a thread does, which begins with the first
/// deadline after the first call of this.
///
/// Only where mio's selector has a descriptor: its poll(2), which
/// `--cfg mio_unsupported_force_poll_poll` has it use, has none.
#[cfg(not(mio_unsupported_force_poll_poll))]
impl std::os::fd::AsRawFd for Runtime {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        let mut reactor = self.core.reactor.borrow_mut();
        let is_news = reactor.timer().is_waited_for();
        let descriptor = reactor.descriptor();
        drop(reactor);
        let is_in = context::try_with(|core| Rc::ptr_eq(core, &self.core)) == Some(true);
        if is_news && !is_in {
            // What is armed already was not for who waits on it.
            drop(TellsAtTheEnd(self));
        }
        descriptor.expect("mio has one under the same condition")
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

/// What a turn did.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    polls: u32,
}

impl Turn {
    /// How many tasks were polled.
    pub fn polls(&self) -> u32 {
        self.polls
    }
}
