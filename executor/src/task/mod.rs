//! Tasks: what programs call.
//!
//! Owns the public face of tasks; the machine behind it is in `machine/scheduler/`, the
//! threads of `spawn_blocking` are in `machine/blocking/`. Names and signatures are
//! tokio's, except that [`spawn`] takes futures that are not `Send`. `join_set/` has
//! many tasks, `local_set.rs` and `local_key/` what is local to some, `coop.rs` their
//! fairness.

mod block_in_place;
pub mod coop;
pub mod join_set;
mod local_key;
mod local_set;

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::Poll;

pub use crate::machine::scheduler::abort::AbortHandle;
pub use crate::machine::scheduler::error::JoinError;
pub use crate::machine::scheduler::join::JoinHandle;
pub use crate::machine::scheduler::run::spawn;
pub use crate::record::ids::Id;
pub use block_in_place::block_in_place;
pub use coop::{Unconstrained, consume_budget, unconstrained};
pub use join_set::JoinSet;
#[doc(hidden)]
pub use local_key::Inherits;
pub use local_key::{AccessError, LocalKey};
pub use local_set::{LocalEnterGuard, LocalSet, spawn_local};

/// Named futures of this module.
pub mod futures {
    pub use super::local_key::TaskLocalFuture;
}

use crate::machine::blocking::Work;
use crate::machine::context;
use crate::machine::scheduler::cell::is_large;
use crate::machine::scheduler::owner;
use crate::machine::scheduler::run;

/// Runs `job`, which may block, on a thread of the current runtime's pool.
///
/// Up to [`max_blocking_queue`](crate::runtime::Builder::max_blocking_queue)
/// jobs are queued before the pool's threads. Beyond that a job waits in line
/// for its place; its handle is pending meanwhile, and the loop goes on. So
/// whoever awaits the handle before making the next job is slowed down to what
/// the pool can do. Dropping the handle detaches the job: it runs all the same.
///
/// A job that has begun can't be cancelled; [`JoinHandle::abort`] cancels one
/// that has not. A panic comes back through the handle, and so does the error of
/// a thread that could not be started.
///
/// # Panics
///
/// Outside a runtime and its blocking jobs.
///
/// # Examples
///
/// ```
/// buzzer::block_on(async {
///     let sum = buzzer::task::spawn_blocking(|| (1..=1_000u64).sum::<u64>());
///     assert_eq!(sum.await.unwrap(), 500_500);
/// });
/// ```
#[track_caller]
pub fn spawn_blocking<F, R>(job: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let what = "spawn_blocking";
    match const { is_large::<F>() } {
        true => context::spawn_blocking(what, Work::Program, Box::new(job)),
        false => context::spawn_blocking(what, Work::Program, job),
    }
}

/// Lets the other queued tasks run, and goes on after them.
///
/// It is no wait: the loop looks at timers, sources and what other threads have sent only
/// when no task is queued, or after so many polls as
/// [`Builder::event_interval`](crate::runtime::Builder::event_interval) says. So with nobody
/// else in the queue, a task that yields is polled again at once, without such a look.
///
/// # Examples
///
/// ```
/// use std::{cell::RefCell, rc::Rc};
///
/// buzzer::block_on(async {
///     let order = Rc::new(RefCell::new(Vec::new()));
///     let theirs = order.clone();
///     buzzer::spawn(async move { theirs.borrow_mut().push("the other") });
///     order.borrow_mut().push("one");
///     buzzer::task::yield_now().await;
///     order.borrow_mut().push("one, again");
///     assert_eq!(*order.borrow(), ["one", "the other", "one, again"]);
/// });
/// ```
pub async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

/// The id of the task or blocking job whose code this is: its polls, and the drop of
/// all that was its own (its future, what a job captured, an output that nobody took),
/// whoever drops it, and on whichever thread.
///
/// # Panics
///
/// Outside a task and a job; the future of `block_on` is none.
///
/// # Examples
///
/// ```
/// buzzer::block_on(async {
///     let job = buzzer::task::spawn_blocking(buzzer::task::id);
///     let id = job.id();
///     assert_eq!(job.await.unwrap(), id);
/// });
/// ```
#[track_caller]
pub fn id() -> Id {
    match try_id() {
        Some(id) => id,
        None => panic!(
            "task::id was called outside a task and a blocking job: the future of block_on has no \
             id, and `task::try_id` says so without a panic"
        ),
    }
}

/// As [`id`]; `None` outside a task and a blocking job.
///
/// # Examples
///
/// ```
/// buzzer::block_on(async {
///     assert_eq!(buzzer::task::try_id(), None); // The future of `block_on` has none.
///     let task = buzzer::spawn(async { buzzer::task::try_id() });
///     let id = task.id();
///     assert_eq!(task.await.unwrap(), Some(id));
/// });
/// ```
pub fn try_id() -> Option<Id> {
    match owner::current() {
        Some((id, _)) => Some(id),
        None => context::try_with(|core| core.scheduler.running()).flatten(),
    }
}

/// The name of the task whose code this is, as [`id`] has it; `None` outside a task, and
/// for one without a name.
///
/// # Examples
///
/// ```
/// buzzer::block_on(async {
///     assert_eq!(buzzer::task::name(), None);
///     let named = buzzer::task::Builder::new().name("barista");
///     let task = named.spawn(async { buzzer::task::name() })?;
///     assert_eq!(task.await.unwrap().as_deref(), Some("barista"));
///     std::io::Result::Ok(())
/// })
/// # .unwrap();
/// ```
pub fn name() -> Option<String> {
    match owner::current() {
        Some((_, name)) => name.map(|name| String::clone(&name)),
        None => context::try_with(|core| core.scheduler.running_name()).flatten(),
    }
}

/// Spawns a task with a name.
///
/// # Examples
///
/// ```
/// buzzer::block_on(async {
///     let task = buzzer::task::Builder::new()
///         .name("barista")
///         .spawn(async { buzzer::task::name() })?;
///     assert_eq!(task.await.unwrap().as_deref(), Some("barista"));
///     Ok::<(), std::io::Error>(())
/// })
/// # .unwrap();
/// ```
#[derive(Clone, Copy, Default)]
pub struct Builder<'a> {
    name: Option<&'a str>,
}

impl<'a> Builder<'a> {
    /// A task without a name so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the task.
    pub fn name(self, name: &'a str) -> Self {
        Self { name: Some(name) }
    }

    /// As [`spawn`].
    ///
    /// # Errors
    ///
    /// None here; the signature is tokio's.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let name = self.name.map(|name| Arc::new(name.to_owned()));
        let what = "task::Builder::spawn";
        Ok(match const { is_large::<F>() } {
            true => run::spawn_named(what, Box::pin(future), name),
            false => run::spawn_named(what, future, name),
        })
    }
}

impl fmt::Debug for Builder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("task::Builder")
            .field("name", &self.name)
            .finish()
    }
}
