//! What else a handle can be asked, and for.
//!
//! Owns the half of [`Handle`] that needs more than the machine: being in its runtime,
//! blocking on a future, figures. Names are tokio's.

use std::fmt;
use std::pin::pin;

use super::{EnterGuard, Handle, RuntimeMetrics};
use crate::machine::context;
use crate::sync::blocking::drive;

/// How a runtime runs its tasks. There is one way here; the other is tokio's.
///
/// # Examples
///
/// ```
/// use buzzer::runtime::{Handle, RuntimeFlavor};
///
/// buzzer::block_on(async {
///     assert_eq!(Handle::current().runtime_flavor(), RuntimeFlavor::CurrentThread);
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuntimeFlavor {
    /// All on one thread.
    CurrentThread,
    /// On several: no runtime of this crate.
    MultiThread,
}

/// Which runtime it is, or which [`LocalSet`](crate::task::LocalSet): told apart from every
/// other of this process, alive or gone.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub struct Id(pub(super) u64);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of the worker that this thread is: 0 where a runtime's loop runs, `None`
/// elsewhere. The names of [`RuntimeMetrics`] that begin with `worker_` take it.
///
/// ```
/// use buzzer::runtime::worker_index;
///
/// assert_eq!(worker_index(), None);
/// buzzer::block_on(async {
///     assert_eq!(worker_index(), Some(0));
///     let job = buzzer::task::spawn_blocking(worker_index);
///     assert_eq!(job.await.unwrap(), None);
/// });
/// ```
pub fn worker_index() -> Option<usize> {
    context::is_in_loop().then_some(0)
}

/// Whether it is the error of an operation whose runtime was shut down. None is: what
/// belongs to a runtime that is gone panics where it is used, and names it.
///
/// # Examples
///
/// ```
/// let error = std::io::Error::other("no beans");
/// assert!(!buzzer::runtime::is_rt_shutdown_err(&error));
/// ```
pub fn is_rt_shutdown_err(_: &std::io::Error) -> bool {
    false
}

impl Handle {
    /// While the guard lives, this thread is in the runtime.
    ///
    /// On the runtime's own thread that is as by
    /// [`Runtime::enter`](super::Runtime::enter). On another it is as in a blocking job:
    /// [`Handle::current`] and [`spawn_blocking`](crate::task::spawn_blocking) find the
    /// runtime, and what needs its thread says so.
    ///
    /// # Panics
    ///
    /// As [`Runtime::enter`](super::Runtime::enter).
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Runtime::new()?;
    /// let handle = runtime.handle().clone();
    /// let other = std::thread::spawn(move || {
    ///     let _in_it = handle.enter();
    ///     buzzer::task::spawn_blocking(|| 6 * 7)
    /// });
    /// assert_eq!(runtime.block_on(other.join().unwrap()).unwrap(), 42);
    /// # std::io::Result::Ok(())
    /// ```
    #[must_use = "the runtime is left again when the guard is dropped"]
    pub fn enter(&self) -> EnterGuard<'_> {
        EnterGuard::by_handle(self)
    }

    /// Blocks this thread until `future` has ended, and gives its output: for a thread of
    /// the blocking pool, or of the program's own. Who runs the tasks is the runtime's
    /// own thread, meanwhile.
    ///
    /// The future runs here, as in a blocking job: it may await channels, locks and
    /// handles from [`Handle::spawn`]. What needs the runtime's thread (a sleep, a
    /// socket) says so; spawn it there, and await the handle.
    ///
    /// # Panics
    ///
    /// When `future` does; within a runtime; and on the runtime's own thread, where
    /// [`Runtime::block_on`](super::Runtime::block_on) is to be called: nobody would run
    /// the tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::runtime::Handle;
    /// use buzzer::task::spawn_blocking;
    ///
    /// # buzzer::block_on(async {
    /// let job = spawn_blocking(|| {
    ///     let handle = Handle::current();
    ///     let cup = handle.spawn(async { "one mocha" });
    ///     handle.block_on(cup).unwrap()
    /// });
    /// assert_eq!(job.await.unwrap(), "one mocha");
    /// # });
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let _looping = context::start_loop("Handle::block_on");
        assert!(
            self.core().is_none(),
            "Handle::block_on was called on the thread of its runtime, where nobody would run \
             the tasks meanwhile: call `Runtime::block_on`"
        );
        let _entered = self.enter();
        drive(pin!(future))
    }

    /// How the runtime runs its tasks: [`RuntimeFlavor::CurrentThread`].
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::runtime::{Handle, RuntimeFlavor};
    ///
    /// buzzer::block_on(async {
    ///     assert_eq!(Handle::current().runtime_flavor(), RuntimeFlavor::CurrentThread);
    /// });
    /// ```
    pub fn runtime_flavor(&self) -> RuntimeFlavor {
        RuntimeFlavor::CurrentThread
    }

    /// Which runtime it leads to.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::runtime::{Handle, Runtime};
    ///
    /// let (one, other) = (Runtime::new()?, Runtime::new()?);
    /// assert_ne!(one.handle().id(), other.handle().id());
    /// assert_eq!(one.block_on(async { Handle::current().id() }), one.handle().id());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn id(&self) -> Id {
        Id(self.pool().inject().registered())
    }

    /// The runtime's name, if [`Builder::name`](super::Builder::name) gave it one.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::runtime::{Builder, Handle};
    ///
    /// let runtime = Builder::new_current_thread().name("shop").build()?;
    /// runtime.block_on(async { assert_eq!(Handle::current().name(), Some("shop")) });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn name(&self) -> Option<&str> {
        self.pool().name()
    }

    /// Counts of what the runtime has done and holds; see
    /// [`Runtime::metrics`](super::Runtime::metrics).
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::runtime::Handle;
    ///
    /// buzzer::block_on(async {
    ///     let _task = buzzer::spawn(std::future::pending::<()>());
    ///     assert_eq!(Handle::current().metrics().num_alive_tasks(), 1);
    /// });
    /// ```
    pub fn metrics(&self) -> RuntimeMetrics {
        RuntimeMetrics::of(self.clone())
    }
}
