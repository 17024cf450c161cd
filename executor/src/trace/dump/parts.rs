//! What a dump is made of: its tasks, jobs and sources, and what a task waits for.
//!
//! Owns their types; `collect.rs` makes them.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::syncs::SyncWant;
use crate::machine::blocking::Work;
use crate::record::ids::{Direction, Id, SourceId, TimerId};

/// One task, or the future of `block_on`. See [`Dump`](crate::trace::Dump).
#[derive(Clone, Debug)]
pub struct TaskDump {
    pub(super) id: Id,
    pub(super) name: Option<Arc<String>>,
    pub(super) context: Option<Arc<String>>,
    pub(super) spawned_at: Option<&'static Location<'static>>,
    pub(super) state: TaskState,
    pub(super) aborted: bool,
    pub(super) polls: Option<u64>,
    pub(super) waited: Option<Duration>,
    pub(super) waits: Vec<Wait>,
}

/// One blocking job that has not ended. See [`Dump`](crate::trace::Dump).
#[derive(Clone, Debug)]
pub struct JobDump {
    pub(super) id: Id,
    pub(super) work: Work,
    pub(super) spawned_at: &'static Location<'static>,
    pub(super) state: JobState,
    pub(super) is_awaited: bool,
}

/// One source that somebody waits for: a socket, a child process, a signal, or what a
/// program has put into an [`AsyncFd`](crate::io::AsyncFd).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use buzzer::net::UdpSocket;
/// use buzzer::runtime::Builder;
///
/// let runtime = Builder::new_current_thread().dump_waits(true).build()?;
/// let guest = runtime.spawn(async {
///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
///     socket.recv(&mut [0; 64]).await
/// });
/// runtime.turn(Some(Duration::ZERO))?;
/// let dump = runtime.dump();
/// let source = dump.sources().next().unwrap();
/// println!("{} (descriptor {}, made at {:?})", source.what(), source.fd(), source.made_at());
/// assert!(source.what().starts_with("the UDP socket 127.0.0.1:"));
/// assert!(dump.source(source.id()).is_some());
/// # drop(guest);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct SourceDump {
    pub(super) id: SourceId,
    pub(super) fd: i32,
    pub(super) what: String,
    pub(super) made_at: Option<&'static Location<'static>>,
}

/// What a task is doing. See [`Dump`](crate::trace::Dump).
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

/// One thing that a task waits for. See [`Dump`](crate::trace::Dump).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wait {
    /// Which child of a gather, race or scope waits for it, by its position; `None` if
    /// it is the task itself.
    pub child: Option<usize>,
    /// For what.
    pub on: WaitFor,
}

/// What is waited for. See [`Dump`](crate::trace::Dump).
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
        /// Which: see [`Dump::sync`](crate::trace::Dump::sync).
        sync: u64,
        /// What is wanted of it.
        want: SyncWant,
    },
    /// Something outside the runtime's tables: a future made by hand, a channel or lock of
    /// another crate, a [`ScopedJoinHandle`](crate::ScopedJoinHandle), another executor or
    /// runtime. Whether it still has the task's waker is not known: wakers are not counted.
    Outside,
}

/// How far a blocking job has come. See [`Dump`](crate::trace::Dump).
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
