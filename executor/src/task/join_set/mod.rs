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
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Aborts all, in the order of their spawns. They stay in the set, to be taken as
    /// cancelled.
    pub fn abort_all(&mut self) {
        // Their places tell no order: one that was left is the next one's.
        let handles = self.members.iter().map(|(_, member)| &member.handle);
        let mut handles: Vec<_> = handles.collect();
        handles.sort_unstable_by_key(|handle| handle.id());
        handles.into_iter().for_each(JoinHandle::abort);
    }

    /// Empties the set; what was in it runs on.
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
