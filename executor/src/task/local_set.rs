//! Tasks that are not `Send`, by the names that tokio has for them.
//!
//! Owns [`LocalSet`] and [`spawn_local`]. Every task may be one that is not `Send` here, so
//! what is left of a set is what it knows: which tasks are its own, to wait for them and to
//! abort them.

use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use slab::Slab;

use super::{AbortHandle, JoinHandle};
use crate::machine::panics::wake_contained;
use crate::machine::scheduler::cell::is_large;
use crate::machine::scheduler::run;
use crate::sys::pinned::{Around, Scoped};

thread_local! {
    /// The set whose code this is.
    static CURRENT: RefCell<Option<Rc<Members>>> = const { RefCell::new(None) };
}

/// As [`spawn`](crate::spawn), whose tasks need not be `Send` either. Within a
/// [`LocalSet`] it is one of the set's.
///
/// # Panics
///
/// Outside a runtime.
///
/// # Examples
///
/// ```
/// # buzzer::block_on(async {
/// let cups = std::rc::Rc::new(7);
/// let task = buzzer::task::spawn_local(async move { *cups });
/// assert_eq!(task.await.unwrap(), 7);
/// # });
/// ```
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    match CURRENT.with_borrow(Option::clone) {
        Some(members) => spawn_member(&members, future),
        None => spawn_what(future),
    }
}

#[track_caller]
fn spawn_what<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let what = "task::spawn_local";
    match const { is_large::<F>() } {
        true => run::spawn_named(what, Box::pin(future), None),
        false => run::spawn_named(what, future, None),
    }
}

/// A set of tasks of the current runtime. Awaiting it waits until all have ended; dropping
/// it aborts those that have not.
///
/// Its tasks are like all others: they run whenever the runtime does, also while nobody
/// polls the set. It stays on its thread.
///
/// # Cancel safety
///
/// As a future, dropping a reference to it loses nothing.
///
/// # Examples
///
/// ```
/// use buzzer::task::{LocalSet, spawn_local};
///
/// # buzzer::block_on(async {
/// let local = LocalSet::new();
/// let cups = std::rc::Rc::new(std::cell::Cell::new(0));
/// let counted = cups.clone();
/// local.run_until(async move {
///     spawn_local(async move { counted.set(1) });
/// }).await;
/// local.await;
/// assert_eq!(cups.get(), 1);
/// # });
/// ```
#[derive(Default)]
pub struct LocalSet {
    members: Rc<Members>,
}

#[derive(Default)]
struct Members {
    /// Those that have not ended.
    tasks: RefCell<Slab<Option<AbortHandle>>>,
    /// Who waits until all have.
    waiter: RefCell<Option<Waker>>,
    /// The how-manieth it is of those that were asked.
    number: OnceCell<u64>,
}

/// How many sets have been asked for their number.
static NUMBERED: AtomicU64 = AtomicU64::new(0);

impl LocalSet {
    /// An empty set. It may be made outside a runtime.
    pub fn new() -> Self {
        Self::default()
    }

    /// A number that no other set of this process has.
    pub(crate) fn number(&self) -> u64 {
        let next = || NUMBERED.fetch_add(1, Ordering::Relaxed);
        *self.members.number.get_or_init(next)
    }

    /// While the guard lives, [`spawn_local`] on this thread spawns tasks of this set.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::task::{LocalSet, spawn_local};
    ///
    /// # buzzer::block_on(async {
    /// let table = LocalSet::new();
    /// let cup = {
    ///     let _at_it = table.enter();
    ///     spawn_local(async { "mocha" })
    /// };
    /// assert_eq!(table.run_until(cup).await.unwrap(), "mocha");
    /// # });
    /// ```
    pub fn enter(&self) -> LocalEnterGuard {
        let before = CURRENT.replace(Some(self.members.clone()));
        LocalEnterGuard {
            before,
            on_its_thread: PhantomData,
        }
    }

    /// Spawns a task of this set.
    ///
    /// # Panics
    ///
    /// Outside a runtime. tokio's keeps it until the set is polled; here the runtime is
    /// entered before: `Runtime::enter`, or an `async` block in its `block_on`.
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        spawn_member(&self.members, future)
    }

    /// Awaits `future`, with this as the set that [`spawn_local`] spawns into. Its tasks
    /// run on after it.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops `future`.
    pub async fn run_until<F>(&self, future: F) -> F::Output
    where
        F: Future,
    {
        Within::new(future, InSet(self.members.clone())).await
    }
}

#[track_caller]
fn spawn_member<F>(members: &Rc<Members>, future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let key = members.tasks.borrow_mut().insert(None);
    let member = Member {
        members: members.clone(),
        key,
    };
    let within = Within::new(future, member);
    let handle = spawn_what(within);
    if let Some(task) = members.tasks.borrow_mut().get_mut(key) {
        *task = Some(handle.abort_handle());
    }
    handle
}

/// A future whose polls and drop are within a set.
type Within<F, M> = Scoped<F, M>;

impl<F, M: Around> Within<F, M> {
    fn new(future: F, around: M) -> Self {
        Scoped::within(future, around)
    }
}

/// Of the set, and not counted.
struct InSet(Rc<Members>);

/// Of the set, and counted until it is dropped.
struct Member {
    members: Rc<Members>,
    key: usize,
}

impl Drop for Member {
    fn drop(&mut self) {
        let (ended, is_last) = {
            let mut tasks = self.members.tasks.borrow_mut();
            (tasks.remove(self.key), tasks.is_empty())
        };
        drop(ended);
        if is_last && let Some(waiter) = self.members.waiter.take() {
            wake_contained(waiter);
        }
    }
}

impl Around for InSet {
    fn around<R>(&mut self, call: impl FnOnce() -> R) -> R {
        let _entered = LocalEnterGuard {
            before: CURRENT.replace(Some(self.0.clone())),
            on_its_thread: PhantomData,
        };
        call()
    }
}

impl Around for Member {
    fn around<R>(&mut self, call: impl FnOnce() -> R) -> R {
        InSet(self.members.clone()).around(call)
    }
}

macro_rules! poll_within {
    ($($around:ty),*) => {$(
        impl<F: Future> Future for Within<F, $around> {
            type Output = F::Output;

            #[track_caller]
            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
                let (mut future, set) = self.project();
                set.around(|| {
                    let alive = future.as_mut().as_pin_mut();
                    let polled = alive.expect("not polled after it has ended").poll(cx);
                    if polled.is_ready() {
                        future.set(None);
                    }
                    polled
                })
            }
        }
    )*};
}

poll_within!(InSet, Member);

impl Future for LocalSet {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // Cloned before the look: a foreign waker's clone may run the tasks to their end.
        let waker = cx.waker().clone();
        if self.members.tasks.borrow().is_empty() {
            return Poll::Ready(());
        }
        drop(self.members.waiter.replace(Some(waker)));
        Poll::Pending
    }
}

impl Drop for LocalSet {
    fn drop(&mut self) {
        // Out of the borrow: an abort from outside its runtime is a message.
        let tasks = self.members.tasks.borrow();
        let left: Vec<_> = tasks.iter().flat_map(|(_, task)| task.clone()).collect();
        drop(tasks);
        left.iter().for_each(AbortHandle::abort);
    }
}

impl fmt::Debug for LocalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSet")
            .field("tasks", &self.members.tasks.borrow().len())
            .finish()
    }
}

/// While it lives, [`spawn_local`] on this thread spawns tasks of its set; see
/// [`LocalSet::enter`].
pub struct LocalEnterGuard {
    before: Option<Rc<Members>>,
    on_its_thread: PhantomData<*const ()>,
}

impl Drop for LocalEnterGuard {
    fn drop(&mut self) {
        let before = self.before.take();
        let left = CURRENT.try_with(|current| current.replace(before));
        drop(left);
    }
}

impl fmt::Debug for LocalEnterGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalEnterGuard").finish_non_exhaustive()
    }
}
