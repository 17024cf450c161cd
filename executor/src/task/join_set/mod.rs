//! Tasks of one kind, awaited in the order in which they end.
//!
//! Owns [`JoinSet`], and how it is filled; `take.rs` has how it is emptied.

mod take;

use std::collections::VecDeque;
use std::fmt;

use slab::Slab;

use super::{AbortHandle, JoinHandle, LocalSet};
use crate::machine::context::Handle;
use crate::machine::scheduler::cell::is_large;
use crate::machine::scheduler::group::Children;
use crate::machine::scheduler::run;

/// Tasks and blocking jobs with one type of output, spawned together and awaited in the
/// order in which they end.
///
/// Dropping it aborts all that have not ended;
/// [`detach_all`](JoinSet::detach_all) lets them run on.
///
/// # Examples
///
/// ```
/// use buzzer::task::JoinSet;
/// use buzzer::time::{Duration, sleep};
///
/// # buzzer::runtime::Builder::new_current_thread().start_paused(true).build().unwrap()
/// # .block_on(async {
/// let mut cups = JoinSet::new();
/// for (cup, seconds) in [("mocha", 2), ("espresso", 1)] {
///     cups.spawn(async move {
///         sleep(Duration::from_secs(seconds)).await;
///         cup
///     });
/// }
/// assert_eq!(cups.join_next().await.unwrap().unwrap(), "espresso");
/// assert_eq!(cups.join_next().await.unwrap().unwrap(), "mocha");
/// assert!(cups.join_next().await.is_none());
/// # });
/// ```
pub struct JoinSet<T> {
    members: Slab<Member<T>>,
    /// Members that are no children yet, by key, in the order of their spawns. Without
    /// `children` it may lack some.
    fresh: VecDeque<usize>,
    /// In the runtime that polled it last; `None` before.
    children: Option<Children>,
    /// The key of the member at each child's position.
    keys: Vec<usize>,
    /// How many members may end on another thread.
    crossing: usize,
}

struct Member<T> {
    handle: JoinHandle<T>,
    /// Its child's; `None` while it is none.
    position: Option<usize>,
    /// Whether its end is known before its wake has come.
    crosses: bool,
}

impl<T> JoinSet<T> {
    /// An empty set. It may be made anywhere.
    pub fn new() -> Self {
        Self {
            members: Slab::new(),
            fresh: VecDeque::new(),
            children: None,
            keys: Vec::new(),
            crossing: 0,
        }
    }

    /// How many have not been taken by [`join_next`](Self::join_next) and its like.
    ///
    /// # Examples
    ///
    /// Who has ended counts until it is taken:
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let mut cups = buzzer::task::JoinSet::new();
    /// assert!(cups.is_empty());
    /// cups.spawn(async { "mocha" });
    /// buzzer::task::yield_now().await;
    /// assert_eq!(cups.len(), 1);
    /// cups.join_next().await;
    /// assert_eq!(cups.len(), 0);
    /// # });
    /// ```
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    ///
    /// # Examples
    ///
    /// The usual end of a loop that must not wait for ever:
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let mut cups: buzzer::task::JoinSet<_> = (1..=3).map(std::future::ready).collect();
    /// let mut sum = 0;
    /// while !cups.is_empty() {
    ///     sum += cups.join_next().await.unwrap().unwrap();
    /// }
    /// assert_eq!(sum, 6);
    /// # });
    /// ```
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Aborts all, in the order of their spawns. They stay in the set, to be taken as
    /// cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let mut waits = buzzer::task::JoinSet::new();
    /// waits.spawn(std::future::pending::<()>());
    /// waits.abort_all();
    /// assert!(waits.join_next().await.unwrap().unwrap_err().is_cancelled());
    /// # });
    /// ```
    pub fn abort_all(&mut self) {
        // Their places tell no order: one that was left is the next one's.
        let handles = self.members.iter().map(|(_, member)| &member.handle);
        let mut handles: Vec<_> = handles.collect();
        handles.sort_unstable_by_key(|handle| handle.id());
        handles.into_iter().for_each(JoinHandle::abort);
    }

    /// Empties the set; what was in it runs on.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::{cell::Cell, rc::Rc};
    ///
    /// # buzzer::block_on(async {
    /// let served = Rc::new(Cell::new(false));
    /// let mut cups = buzzer::task::JoinSet::new();
    /// let tell = served.clone();
    /// cups.spawn(async move { tell.set(true) });
    /// cups.detach_all();
    /// drop(cups);
    /// buzzer::task::yield_now().await;
    /// assert!(served.get());
    /// # });
    /// ```
    pub fn detach_all(&mut self) {
        self.children = None;
        self.fresh.clear();
        self.crossing = 0;
        // Dropped last: an output's drop is the program's code.
        drop(std::mem::take(&mut self.members));
    }
}

impl<T: 'static> JoinSet<T> {
    fn insert(&mut self, handle: JoinHandle<T>, crosses: bool) -> AbortHandle {
        let abort = handle.abort_handle();
        // One that crosses threads may end at any moment, and where the runtime shuts down
        // they have ended.
        let waits = !crosses && !handle.is_finished() && self.admit();
        let key = self.members.insert(Member {
            handle,
            position: None,
            crosses,
        });
        self.crossing += usize::from(crosses);
        match waits {
            true => self.wait_for(key),
            false => self.fresh.push_back(key),
        }
        abort
    }

    /// Spawns a task in the set; see [`spawn`](crate::spawn).
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let mut cups = buzzer::task::JoinSet::new();
    /// cups.spawn(async { "mocha" });
    /// let stop = cups.spawn(std::future::pending());
    /// assert_eq!(cups.join_next().await.unwrap().unwrap(), "mocha");
    /// stop.abort();
    /// assert!(cups.join_next().await.unwrap().is_err());
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        let what = "JoinSet::spawn";
        let handle = match const { is_large::<F>() } {
            true => run::spawn_named(what, Box::pin(task), None),
            false => run::spawn_named(what, task, None),
        };
        self.insert(handle, false)
    }

    /// Spawns a task in the set, on the runtime of `handle`, from any thread; see
    /// [`Handle::spawn`](crate::runtime::Handle::spawn).
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::{runtime::Runtime, task::JoinSet};
    ///
    /// let runtime = Runtime::new()?;
    /// let mut cups = JoinSet::new();
    /// cups.spawn_on(async { "mocha" }, runtime.handle()); // Outside the runtime.
    /// assert_eq!(runtime.block_on(cups.join_next()).unwrap().unwrap(), "mocha");
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_on<F>(&mut self, task: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.insert(handle.spawn(task), true)
    }

    /// As [`spawn`](Self::spawn), whose tasks need not be `Send` either.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let cup = std::rc::Rc::new("mocha");
    /// let mut cups = buzzer::task::JoinSet::new();
    /// cups.spawn_local(async move { *cup });
    /// assert_eq!(cups.join_next().await.unwrap().unwrap(), "mocha");
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.spawn(task)
    }

    /// Spawns a task in this set that is one of `local_set` as well; see
    /// [`LocalSet::spawn_local`].
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::task::{JoinSet, LocalSet};
    ///
    /// # buzzer::block_on(async {
    /// let (table, mut cups) = (LocalSet::new(), JoinSet::new());
    /// cups.spawn_local_on(async { "mocha" }, &table);
    /// table.run_until(async move {
    ///     assert_eq!(cups.join_next().await.unwrap().unwrap(), "mocha");
    /// }).await;
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn_local_on<F>(&mut self, task: F, local_set: &LocalSet) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.insert(local_set.spawn_local(task), false)
    }

    /// Runs a blocking job in the set; see [`spawn_blocking`](super::spawn_blocking).
    ///
    /// # Panics
    ///
    /// Outside a runtime and its blocking jobs.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let mut sums = buzzer::task::JoinSet::new();
    /// sums.spawn_blocking(|| (1..=1_000_u64).sum::<u64>());
    /// assert_eq!(sums.join_next().await.unwrap().unwrap(), 500_500);
    /// # });
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, job: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.insert(super::spawn_blocking(job), true)
    }

    /// As [`spawn_blocking`](Self::spawn_blocking), on the pool of `handle`'s runtime,
    /// from any thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::{runtime::Runtime, task::JoinSet};
    ///
    /// let runtime = Runtime::new()?;
    /// let mut sums = JoinSet::new();
    /// sums.spawn_blocking_on(|| (1..=1_000_u64).sum::<u64>(), runtime.handle());
    /// assert_eq!(runtime.block_on(sums.join_next()).unwrap().unwrap(), 500_500);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, job: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.insert(handle.spawn_blocking(job), true)
    }
}

impl<T> Drop for JoinSet<T> {
    fn drop(&mut self) {
        self.abort_all();
    }
}

impl<T> Default for JoinSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinSet").field("len", &self.len()).finish()
    }
}

/// Spawns each.
impl<T: 'static, F> FromIterator<F> for JoinSet<T>
where
    F: Future<Output = T> + 'static,
{
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = F>>(tasks: I) -> Self {
        let mut set = Self::new();
        set.extend(tasks);
        set
    }
}

/// Spawns each.
impl<T: 'static, F> Extend<F> for JoinSet<T>
where
    F: Future<Output = T> + 'static,
{
    #[track_caller]
    fn extend<I: IntoIterator<Item = F>>(&mut self, tasks: I) {
        for task in tasks {
            self.spawn(task);
        }
    }
}
