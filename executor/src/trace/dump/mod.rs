//! What every task of a runtime waits for.
//!
//! Owns [`Dump`]. `parts.rs` has what it is made of, `collect.rs` reads it out of the
//! tables that the runtime has anyway, `text.rs` prints it as a tree.

mod collect;
mod crowds;
mod outside;
mod owners;
mod parts;
mod sources;
mod syncs;
mod text;

pub(crate) use owners::Owners;
pub use parts::{JobDump, JobState, SourceDump, TaskDump, TaskState, Wait, WaitFor};
pub use syncs::{SyncDump, SyncHolder, SyncWant};

use std::collections::BTreeMap;
use std::time::Duration;

use crate::machine::context;
use crate::record::ids::{Id, SourceId};

/// What every task waits for, at one moment.
///
/// A waker is a number, so who waits can be read back from wherever a waker lies: the
/// timers, the sources, the handles, the jobs. Nothing is kept for this while the
/// program runs, except how often and when each task was polled, where
/// [`Builder::dump_waits`](crate::runtime::Builder::dump_waits) or
/// [`Builder::dump_on_signal`](crate::runtime::Builder::dump_on_signal) says so.
///
/// The same setting has locks and channels of [`sync`](crate::sync) say who waits for them,
/// who holds them and since when, and who was last at the other end.
///
/// Three things can't be seen. What lies outside the runtime's tables (a future made by hand,
/// another crate's channel or lock, another executor, also the handle of a scope's child) holds
/// wakers where nobody can look, and wakers are not counted, so that it may have lost them:
/// such a task waits for [`WaitFor::Outside`]. A handle or a job whose future
/// was polled once and then left alone, without being dropped, still counts as waited for.
/// And a guard that was moved to another task still counts as held by the one that took it:
/// see [`SyncHolder`].
///
/// Its `Display` is made to be read: a tree of who awaits whom.
///
/// # Examples
///
/// A task that waits for a minute, another that waits for it, and a job:
///
/// ```
/// use std::time::Duration;
/// use buzzer::runtime::Builder;
/// use buzzer::trace::{JobState, TaskState, WaitFor};
///
/// let runtime = Builder::new_current_thread().dump_waits(true).build()?;
/// let named = buzzer::task::Builder::new().name("barista");
/// let in_it = runtime.enter();
/// let line = line!() + 1;
/// let barista = named.spawn(buzzer::time::sleep(Duration::from_secs(60)))?;
/// let id = barista.id();
/// let guest = runtime.spawn(async { barista.await.unwrap() });
/// let (go_on, wait) = std::sync::mpsc::channel::<()>();
/// let job = runtime.spawn_blocking(move || _ = wait.recv());
/// drop(in_it);
/// runtime.turn(Some(Duration::ZERO))?;
///
/// let dump = runtime.dump();
/// println!("{dump}"); // As a tree of who awaits whom.
/// assert_eq!(dump.tasks().len(), 2);
/// let barista = dump.task(id).unwrap();
/// assert_eq!(barista.name(), Some("barista"));
/// assert_eq!(barista.spawned_at().unwrap().line(), line);
/// assert_eq!((barista.state(), barista.polls()), (TaskState::Waiting, Some(1)));
/// assert!(!barista.is_aborted() && barista.context().is_none());
/// assert!(barista.waited().unwrap() <= dump.now());
/// assert!(matches!(barista.waits()[0].on, WaitFor::Deadline { .. }));
/// let guest = dump.task(guest.id()).unwrap();
/// assert!(matches!(guest.waits()[0].on, WaitFor::Task(id) if id == barista.id()));
///
/// let job = dump.job(job.id()).unwrap();
/// assert!(dump.jobs().count() == 1 && !job.is_awaited() && job.work().is_none());
/// assert!(job.state() != JobState::InLine && job.spawned_at().line() > line);
/// assert!(dump.by_foreign_wakers().is_empty());
/// drop(go_on);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct Dump {
    now: Duration,
    tasks: Vec<TaskDump>,
    /// Whether it is known how often they were polled.
    knows_polls: bool,
    jobs: BTreeMap<Id, JobDump>,
    /// Those that somebody waits for.
    sources: BTreeMap<SourceId, SourceDump>,
    /// Those that somebody waits for.
    syncs: BTreeMap<u64, SyncDump>,
    by_foreign: Vec<WaitFor>,
}

impl Dump {
    /// When it was made, since the runtime was made and by its clock.
    pub fn now(&self) -> Duration {
        self.now
    }

    /// The tasks, by their ids.
    pub fn tasks(&self) -> &[TaskDump] {
        &self.tasks
    }

    /// The task of this id, if it is alive.
    pub fn task(&self, id: Id) -> Option<&TaskDump> {
        let place = self.tasks.binary_search_by_key(&id, |task| task.id).ok()?;
        Some(&self.tasks[place])
    }

    /// The blocking jobs that have not ended, by their ids: those of the program, file
    /// operations, and lookups of names.
    pub fn jobs(&self) -> impl Iterator<Item = &JobDump> {
        self.jobs.values()
    }

    /// The job of this id, if it has not ended.
    pub fn job(&self, id: Id) -> Option<&JobDump> {
        self.jobs.get(&id)
    }

    /// The sources that somebody waits for, by their ids. See [`SourceDump`].
    pub fn sources(&self) -> impl Iterator<Item = &SourceDump> {
        self.sources.values()
    }

    /// The source of this id, if somebody waits for it. See [`SourceDump`].
    pub fn source(&self, id: SourceId) -> Option<&SourceDump> {
        self.sources.get(&id)
    }

    /// The locks, channels and bells that somebody waits for, by their ids.
    /// See [`SyncDump`].
    pub fn syncs(&self) -> impl Iterator<Item = &SyncDump> {
        self.syncs.values()
    }

    /// The lock, channel or bell of this id, if somebody waits for it. See [`SyncDump`].
    pub fn sync(&self, id: u64) -> Option<&SyncDump> {
        self.syncs.get(&id)
    }

    /// What is waited for through wakers of other libraries (`FuturesUnordered` has
    /// such): whose they are can't be known.
    pub fn by_foreign_wakers(&self) -> &[WaitFor] {
        &self.by_foreign
    }
}

/// As [`Runtime::dump`](crate::runtime::Runtime::dump), of the runtime that this thread
/// is in. The task that calls it is shown as being polled.
///
/// # Panics
///
/// Outside a runtime.
#[track_caller]
pub fn dump() -> Dump {
    let core = context::with("trace::dump", |core| core.clone());
    Dump::of(&core)
}
