//! What events tell of: who did it, what was done, and what came of it.
//!
//! Owns the types of their parts.

use crate::record::ids::{Direction, Id, SourceId, SyncId, TimerId};
use crate::record::time::Nanos;

/// The types of [`sync`](crate::sync). See [`Event`](crate::trace::Event).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs, reason = "they are named after those types")]
pub enum SyncKind {
    Mutex,
    RwLock,
    Semaphore,
    OnceCell,
    SetOnce,
    Notify,
    Barrier,
    Oneshot,
    Mpsc,
    Broadcast,
    Watch,
}

impl SyncKind {
    /// The type in words: `Mutex`, `mpsc channel`.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::trace::SyncKind;
    ///
    /// assert_eq!(SyncKind::Mutex.name(), "Mutex");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Mutex => "Mutex",
            Self::RwLock => "RwLock",
            Self::Semaphore => "Semaphore",
            Self::OnceCell => "OnceCell",
            Self::SetOnce => "SetOnce",
            Self::Notify => "Notify",
            Self::Barrier => "Barrier",
            Self::Oneshot => "oneshot channel",
            Self::Mpsc => "mpsc channel",
            Self::Broadcast => "broadcast channel",
            Self::Watch => "watch channel",
        }
    }
}

/// What is done to a lock, channel or bell. See [`Event`](crate::trace::Event).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SyncStep {
    /// So many of its permits were taken: one of a mutex or by a reader, all by a writer.
    Taken(u32),
    /// So many were given back of those that the task had.
    Given {
        /// Which task.
        of: Id,
        /// How many.
        permits: u32,
    },
    /// What the task waits for was handed to it, and to nobody else: the permits, a value,
    /// room for one, a notification. It takes it in its next poll.
    Handed {
        /// Which task.
        to: Id,
    },
    /// All who wait for it were told.
    ToldAll,
    /// It was closed: nobody waits for it any more.
    Closed,
}

/// The phases of a turn, in their order. See [`Event`](crate::trace::Event).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Phase {
    /// Polls queued tasks.
    Run,
    /// Takes in what other threads sent.
    Inject,
    /// Sleeps until there is something to do.
    Park,
    /// Readiness wakes who waits for it.
    React,
    /// Due timers wake theirs.
    Expire,
}

/// How a poll or a job ended. See [`Event`](crate::trace::Event).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Outcome {
    /// The task waits, or is queued again.
    Pending,
    /// It has ended with its output.
    Ready,
    /// It has ended with a panic.
    Panicked,
    /// Its future was dropped: aborted, or at the runtime's end.
    Cancelled,
}

/// Who or what did it. See [`Event`](crate::trace::Event).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Cause {
    /// The code of a task: in its poll, or in the drop of its future. A task that
    /// wakes itself has its own id here.
    Task(Id),
    /// Readiness of a source.
    Source(SourceId, Direction),
    /// A timer that was due.
    Timer(TimerId),
    /// A blocking job, on its worker: at its end, or in its midst.
    Job(Id),
    /// Another thread.
    Thread(ThreadIndex),
    /// The program, on the runtime's own thread, but in none of its tasks: before
    /// `block_on`, between two turns, in a callback that no task runs in, or while the
    /// thread is in another runtime.
    Outside,
}

/// Names one of the threads that a recording knows: see
/// [`Recording::thread`](crate::trace::Recording::thread). See [`Event`](crate::trace::Event).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ThreadIndex(pub(crate) u32);

/// What a task waits for. See [`Event`](crate::trace::Event).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum WaitsOn {
    /// A deadline.
    Timer(TimerId),
    /// A source's readiness.
    Source(SourceId, Direction),
    /// The end of a task or job, through its handle. Not of one of another runtime, whose
    /// end is not recorded here.
    Handle(Id),
    /// A lock, channel or bell.
    Sync(SyncId),
}

/// What a wake changed. See [`Event`](crate::trace::Event).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum WakeEffect {
    /// The task went to the end of the run queue.
    Queued,
    /// It is being polled, and will go there after the poll.
    AfterPoll,
    /// Nothing: it was queued already, or woken in this poll already, or has ended.
    Nothing,
}

/// How long a park may last. See [`Event`](crate::trace::Event).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ParkedUntil {
    /// It only looks: something is queued, sent, or due.
    Look,
    /// Until this time, by the runtime's clock.
    Deadline(Nanos),
    /// Until something happens.
    ForEver,
}
