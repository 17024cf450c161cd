//! What every task of a runtime waits for.
//!
//! Owns [`Dump`]. `collect.rs` reads it out of the tables that the runtime has anyway,
//! `text.rs` prints it as a tree.

mod collect;
mod crowds;
mod owners;
mod sources;
mod syncs;
mod text;

pub(crate) use owners::Owners;
pub use syncs::{SyncDump, SyncHolder, SyncWant};

use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use crate::machine::blocking::Work;
use crate::machine::context;
use crate::record::ids::{Direction, Id, SourceId, TimerId};

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
/// Three things can't be seen. What lies outside the runtime's tables (another crate's channel
/// or lock, another executor, also the handle of a scope's child) holds wakers where nobody
/// can look: such a task waits for [`WaitFor::Outside`]. A handle or a job whose future
/// was polled once and then left alone, without being dropped, still counts as waited for.
/// And a guard that was moved to another task still counts as held by the one that took it:
/// see [`SyncHolder`].
///
/// Its `Display` is made to be read: a tree of who awaits whom.
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

/// One task, or the future of `block_on`.
#[derive(Clone, Debug)]
pub struct TaskDump {
    id: Id,
    name: Option<Arc<String>>,
    context: Option<Arc<String>>,
    spawned_at: Option<&'static Location<'static>>,
    state: TaskState,
    aborted: bool,
    polls: Option<u64>,
    waited: Option<Duration>,
    waits: Vec<Wait>,
}

/// One blocking job that has not ended.
#[derive(Clone, Debug)]
pub struct JobDump {
    id: Id,
    work: Work,
    spawned_at: &'static Location<'static>,
    state: JobState,
    is_awaited: bool,
}

/// One source that somebody waits for: a socket, a child process, a signal, or what a
/// program has put into an [`AsyncFd`](crate::io::AsyncFd).
#[derive(Clone, Debug)]
pub struct SourceDump {
    id: SourceId,
    fd: i32,
    what: String,
    made_at: Option<&'static Location<'static>>,
}

/// What a task is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TaskState {
    /// It waits to be woken.
    Waiting,
    /// It is in the run queue.
    Queued,
    /// It is being polled: it has asked for the dump.
    Running,
    /// It has ended, and its handle has not taken the output.
    Ended,
}

/// One thing that a task waits for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wait {
    /// Which child of a gather, race or scope waits for it, by its position; `None` if
    /// it is the task itself.
    pub child: Option<usize>,
    /// For what.
    pub on: WaitFor,
}

/// What is waited for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WaitFor {
    /// A deadline.
    Deadline {
        /// By which timer.
        timer: TimerId,
        /// When, since the runtime was made and by its clock. `None` if it never comes:
        /// it is further off than a clock can show.
        at: Option<Duration>,
    },
    /// A descriptor's readiness.
    Source {
        /// Which source.
        source: SourceId,
        /// Its descriptor; see [`SourceDump::fd`].
        fd: i32,
        /// What it is to be ready for.
        direction: Direction,
    },
    /// The end of another task, through its handle.
    Task(Id),
    /// The end of a blocking job.
    Job {
        /// Which.
        job: Id,
        /// Where it was spawned.
        spawned_at: &'static Location<'static>,
        /// How far it has come.
        state: JobState,
    },
    /// A lock, channel or bell of [`sync`](crate::sync). Known where
    /// [`Builder::dump_waits`](crate::runtime::Builder::dump_waits),
    /// [`dump_on_signal`](crate::runtime::Builder::dump_on_signal) or
    /// [`on_deadlock`](crate::runtime::Builder::on_deadlock) said so before it was waited
    /// for, in any runtime of the process.
    Sync {
        /// Which: see [`Dump::sync`].
        sync: u64,
        /// What is wanted of it.
        want: SyncWant,
    },
    /// Something outside the runtime's tables: a channel or lock of another crate, a
    /// [`ScopedJoinHandle`](crate::ScopedJoinHandle), another executor or runtime.
    Outside,
}

/// How far a blocking job has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JobState {
    /// The pool's queue is full: it waits in line before it.
    InLine,
    /// It looks a name up, and waits in line until another lookup has ended: they may
    /// hold a part of the pool's threads only.
    BehindLookups,
    /// It is in the pool's queue.
    Queued,
    /// The worker of this number runs it.
    Running(u64),
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

    /// The sources that somebody waits for, by their ids.
    pub fn sources(&self) -> impl Iterator<Item = &SourceDump> {
        self.sources.values()
    }

    /// The source of this id, if somebody waits for it.
    pub fn source(&self, id: SourceId) -> Option<&SourceDump> {
        self.sources.get(&id)
    }

    /// The locks, channels and bells that somebody waits for, by their ids.
    pub fn syncs(&self) -> impl Iterator<Item = &SyncDump> {
        self.syncs.values()
    }

    /// The lock, channel or bell of this id, if somebody waits for it.
    pub fn sync(&self, id: u64) -> Option<&SyncDump> {
        self.syncs.get(&id)
    }

    /// What is waited for through wakers of other libraries (`FuturesUnordered` has
    /// such): whose they are can't be known.
    pub fn by_foreign_wakers(&self) -> &[WaitFor] {
        &self.by_foreign
    }
}

impl TaskDump {
    /// Its id; 0 is the future of `block_on`.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The name that it was given.
    pub fn name(&self) -> Option<&str> {
        self.name.as_ref().map(|name| name.as_str())
    }

    /// What it has inherited of the task-locals that are to be shown: `request 4711`. See
    /// [`task_local!`](crate::task_local!).
    pub fn context(&self) -> Option<&str> {
        self.context.as_ref().map(|context| context.as_str())
    }

    /// Where it was spawned, or its `block_on` called. `None` for a task that asks for
    /// the dump: while it is polled its memory is elsewhere.
    pub fn spawned_at(&self) -> Option<&'static Location<'static>> {
        self.spawned_at
    }

    /// What it is doing.
    pub fn state(&self) -> TaskState {
        self.state
    }

    /// Whether it was aborted: its next turn is its last.
    pub fn is_aborted(&self) -> bool {
        self.aborted
    }

    /// How often it was polled, also now; `None` if that was not kept:
    /// [`Builder::dump_waits`](crate::runtime::Builder::dump_waits).
    pub fn polls(&self) -> Option<u64> {
        self.polls
    }

    /// How long its last poll is ago, or its spawn if it was not polled yet: for so long
    /// it has waited. By the clock of the runtime. `None` for a task that is being
    /// polled, and if that was not kept.
    pub fn waited(&self) -> Option<Duration> {
        self.waited
    }

    /// What it waits for. For one that waits this is never empty. Also a task in the run
    /// queue may wait for more than what woke it; but once a gather, race or scope of
    /// it was woken, what its children wait for is not told before the task has been
    /// polled again.
    pub fn waits(&self) -> &[Wait] {
        &self.waits
    }
}

impl JobDump {
    /// Its id.
    pub fn id(&self) -> Id {
        self.id
    }

    /// What it does: `read /etc/hosts`, `look up example.com`. `None` for code of the
    /// program.
    pub fn work(&self) -> Option<String> {
        self.work.name()
    }

    /// Where it was spawned. For a file operation or a lookup that is in this library.
    pub fn spawned_at(&self) -> &'static Location<'static> {
        self.spawned_at
    }

    /// How far it has come.
    pub fn state(&self) -> JobState {
        self.state
    }

    /// Whether somebody waits for its end.
    pub fn is_awaited(&self) -> bool {
        self.is_awaited
    }
}

impl SourceDump {
    /// Its id.
    pub fn id(&self) -> SourceId {
        self.id
    }

    /// Its descriptor. Of a child whose end no descriptor tells of, as everywhere but on
    /// Linux: the child's number, negative.
    pub fn fd(&self) -> i32 {
        self.fd
    }

    /// What the kernel says that it is, and between whom:
    /// `the TCP connection 127.0.0.1:80 to 127.0.0.1:4711`, `the signal SIGTERM`.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Where in the program it was made. `None` if that was not kept
    /// ([`Builder::dump_waits`](crate::runtime::Builder::dump_waits)), or it was made by
    /// an async function, which is not told where it was called.
    pub fn made_at(&self) -> Option<&'static Location<'static>> {
        self.made_at
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
