//! What can happen in a runtime, and who caused it.
//!
//! Owns the vocabulary of the recording; `about.rs` has what events tell of. The machine
//! makes events where things happen; `trace/` tells, draws and counts them. An event is made
//! of numbers and static places, so that recording one allocates nothing.

mod about;

use std::panic::Location;
use std::sync::Arc;

pub use about::{
    Cause, Outcome, ParkedUntil, Phase, SyncKind, SyncStep, ThreadIndex, WaitsOn, WakeEffect,
};

use crate::record::ids::{Direction, Id, SourceId, SyncId, TimerId};
use crate::record::time::Nanos;

/// One event, and when it was.
///
/// # Examples
///
/// ```
/// use buzzer::runtime::Builder;
///
/// let runtime = Builder::new_current_thread().record(100).start_paused(true).build()?;
/// runtime.block_on(buzzer::time::sleep(std::time::Duration::from_secs(60)));
/// let recording = runtime.recording();
/// let last = recording.records().last().unwrap();
/// assert_eq!(last.time().as_secs(), 60);
/// println!("{:?}", last.event);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// By the runtime's clock, since the runtime was made; virtual while the clock
    /// is paused.
    pub at: Nanos,
    /// What it was.
    pub event: Event,
}

/// What happened.
///
/// A task is known by its [`Id`]; the future given to `block_on` is a task too,
/// with id 0.
///
/// # Examples
///
/// Who was spawned, and how its one poll ended:
///
/// ```
/// use buzzer::runtime::Builder;
/// use buzzer::trace::{Event, Outcome};
///
/// let runtime = Builder::new_current_thread().record(100).build()?;
/// let task = runtime.spawn(async { "mocha" });
/// let id = task.id();
/// runtime.block_on(task).unwrap();
/// let recording = runtime.recording();
/// let events = || recording.records().iter().map(|record| &record.event);
/// assert!(events().any(|event| matches!(event, Event::Spawned { task, .. } if *task == id)));
/// assert!(events().any(|event| matches!(
///     event,
///     Event::PollEnded { task, outcome: Outcome::Ready, .. } if *task == id
/// )));
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// A turn of the loop begins; turns count from 1.
    Turn {
        /// Which one.
        number: u64,
    },
    /// A phase of the turn begins; the one before has ended.
    Phase(Phase),
    /// A `block_on` begins: its future is queued as task 0.
    MainStarted {
        /// Where `block_on` was called.
        at: &'static Location<'static>,
    },
    /// A task was made and queued.
    Spawned {
        /// The new task.
        task: Id,
        /// Who spawned it.
        by: Cause,
        /// Where in the program.
        at: &'static Location<'static>,
        /// The name that [`task::Builder`](crate::task::Builder) gave it.
        name: Option<Arc<String>>,
    },
    /// The loop begins to poll a task, which leaves the run queue.
    PollBegan {
        /// Which.
        task: Id,
    },
    /// A poll has ended. Every task that was spawned has a last one: also one that is
    /// aborted, or that the runtime's end drops, and then with [`Outcome::Cancelled`].
    PollEnded {
        /// Of which task.
        task: Id,
        /// With what.
        outcome: Outcome,
        /// Whether it was woken or aborted during the poll, and so is back in the
        /// run queue. Only with [`Outcome::Pending`].
        requeued: bool,
    },
    /// A task was woken.
    Woken {
        /// Which.
        task: Id,
        /// Who or what woke it.
        cause: Cause,
        /// What that changed.
        effect: WakeEffect,
    },
    /// A task was aborted: its next turn is its last.
    Aborted {
        /// Which.
        task: Id,
        /// By whom.
        by: Cause,
        /// Whether it goes to the run queue for that; if not it is there already,
        /// or is being polled.
        queued: bool,
    },
    /// A task's poll has found something not ready, and will be woken by it. A task
    /// may wait for many things at once.
    Waits {
        /// Which task.
        task: Id,
        /// For what.
        on: WaitsOn,
    },
    /// A task waits no longer for something that has not come: it dropped the future
    /// or the handle.
    WaitDropped {
        /// For what; whoever waited for it.
        on: WaitsOn,
    },
    /// The loop goes to sleep, or only looks for events.
    Parked {
        /// For how long at most.
        until: ParkedUntil,
    },
    /// The loop is awake again.
    Unparked {
        /// How many events of sources the sleep brought.
        events: usize,
    },
    /// A paused clock jumps to the next deadline, since everything is idle. The
    /// record's own time is the new one.
    ClockJumped {
        /// From this time.
        from: Nanos,
    },
    /// A descriptor was registered with the reactor.
    SourceRegistered {
        /// Its name from here on.
        source: SourceId,
        /// The descriptor's number. Of a child whose end no descriptor tells of: its own,
        /// negative.
        fd: i32,
        /// Whether reading is of interest.
        read: bool,
        /// Whether writing is.
        write: bool,
    },
    /// An event of the selector has marked a source ready; or a task has asked for the readiness
    /// of one that is new, and the kernel said so.
    SourceReady {
        /// Which.
        source: SourceId,
        /// In which direction.
        direction: Direction,
    },
    /// An operation would have blocked, or has emptied the source: it is not ready
    /// any more.
    SourceCleared {
        /// Which.
        source: SourceId,
        /// In which direction.
        direction: Direction,
    },
    /// A source was deregistered.
    SourceClosed {
        /// Which.
        source: SourceId,
    },
    /// A timer was armed.
    TimerArmed {
        /// Its name from here on.
        timer: TimerId,
        /// When it is due, by the runtime's clock.
        deadline: Nanos,
        /// Who arms it.
        by: Cause,
    },
    /// A timer was due.
    TimerFired {
        /// Which.
        timer: TimerId,
    },
    /// A timer was disarmed before it was due.
    TimerDropped {
        /// Which.
        timer: TimerId,
    },
    /// A job was given to the blocking pool.
    JobQueued {
        /// Which.
        job: Id,
        /// By whom.
        by: Cause,
        /// Where in the program.
        at: &'static Location<'static>,
    },
    /// A worker has begun a job. The loop learns of it together with the job's end, so
    /// that a run which does the same is recorded the same: of a job that goes on, a
    /// recording has only that it was queued.
    JobStarted {
        /// Which.
        job: Id,
        /// Which worker: they count from 0 in their pool.
        worker: u64,
    },
    /// A job has ended.
    JobFinished {
        /// Which.
        job: Id,
        /// Which worker did it.
        worker: u64,
        /// How it ended.
        outcome: Outcome,
    },
    /// A job will not be run: it was aborted before it began, or no thread could be
    /// started for it.
    JobCancelled {
        /// Which.
        job: Id,
    },
    /// A file operation was done, or begun.
    FileOp {
        /// In whose poll.
        by: Cause,
        /// Whether it was done at once, on the loop; if not, it went to the pool, and
        /// the job that follows does it.
        at_once: bool,
    },
    /// A lock, channel or bell is told of for the first time. What is never waited for and
    /// holds nobody up, such as a channel that is never empty or full, is not told of.
    SyncMet {
        /// Its name from here on.
        sync: SyncId,
        /// Its type.
        kind: SyncKind,
        /// Where in the program it was made; `None` if it lies in a `static`.
        at: Option<&'static Location<'static>>,
        /// The name that [`sync::named`](crate::sync::named) gave it.
        name: Option<Arc<String>>,
    },
    /// Something was done to it, on the runtime's thread. What other threads and other
    /// runtimes do to it is not recorded here, and neither are values that are sent and
    /// received while nobody waits.
    SyncStepped {
        /// Which.
        sync: SyncId,
        /// What; by the task that is polled, if one is.
        step: SyncStep,
    },
    /// It was dropped.
    SyncGone {
        /// Which.
        sync: SyncId,
    },
    /// A task was made that has inherited task-locals which are to be shown: see
    /// [`task_local!`](crate::task_local!).
    InContext {
        /// Which.
        task: Id,
        /// All of them: `request 4711`.
        shown: Arc<String>,
    },
}
