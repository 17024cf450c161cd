//! What a random program is, and what it wrote.
//!
//! Owns the steps, the faults that can be planted among them, and the transcript of this
//! thread. The generator makes programs, the interpreter runs them on either runtime and
//! writes, the comparer reads.

mod transcript;

pub use transcript::{Line, close, ends, now_is, open, write_line, write_panic};

use std::fmt;
use std::slice::from_ref;
use std::sync::Arc;

/// Steps, one after the other. Shared, since each task that runs it has its own hold on it.
pub type Body = Arc<Vec<Step>>;

/// Tasks that begin together, and what they may rely on.
#[derive(Clone, Debug)]
pub struct Program {
    pub promise: Promise,
    /// Of buzzer's queue, where its order is not to matter: tasks are drawn by it.
    pub seed: Option<u64>,
    pub tasks: Vec<Body>,
}

/// What is to be the same on both runtimes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Promise {
    /// Every line, in its order.
    Order,
    /// The lines of each strand, in their order; how strands alternate is not promised.
    Strands,
}

/// One step. Small numbers name what they are about, modulo how many there are of it.
#[derive(Clone, Debug)]
pub enum Step {
    // Any program.
    /// Milliseconds.
    Sleep(u32),
    /// Back to the end of the queue, by a wake of its own.
    Wake,
    Panic,
    /// With a value in a task-local.
    Local(Body),
    Join(Vec<Body>),
    Gather(Vec<Body>),

    // Where the order is promised: all share everything.
    Spawn(Body),
    Await(u8),
    Detach(u8),
    Abort(u8),
    IsFinished(u8),
    Send(u8),
    TrySend(u8),
    Reserve(u8, Body),
    AwaitClosed(u8),
    Receive(u8),
    TryReceive(u8),
    CloseChannel(u8),
    Lock(u8, Body),
    TryLock(u8, Body),
    Read(Body),
    Write(Body),
    Downgrade(Body),
    Acquire(u8, Body),
    AddPermit,
    CloseSemaphore,
    Notified(u8),
    NotifyOne(u8),
    NotifyLast(u8),
    NotifyWaiters(u8),
    Meet,
    Initialise(Body),
    SetWatch,
    WatchChanged,
    Broadcast,
    HearBroadcast(u8),
    SendOnce(u8),
    ReceiveOnce(u8),
    Tick(u32, u8),
    Timeout(u32, Body),
    /// By `select!`, the first one first.
    Select(Vec<Body>),
    Race(Vec<Body>),
    Set(Vec<Body>, SetEnd),

    // Where each strand is alone: what it does depends on no other's turn.
    Yield,
    /// A task, what is done meanwhile, and what becomes of the task.
    Child(Body, Body, Fate),
    /// For so many milliseconds at most.
    Limit(Limiter, u32, Body),
    /// To a sum, behind a lock.
    Add(u8),
    /// Through a gate for two, so many times and once more.
    Enter(u8),
    Job(u8, JobFate),
    /// So many jobs, behind one that holds the only worker.
    JobQueue(Vec<JobFate>),
    /// The same, in a set.
    JobSet(u8, SetEnd),
    /// So many values from a task of its own, which does the first between two of them, to
    /// this one, which does the second.
    Flow(Conduit, u8, Body, Body),
    File(Vec<FileStep>),
    Process(u8),
    /// There and back again, by the handles of two runtimes.
    OtherRuntime(u8, AwayEnd),
}

/// What becomes of a task once something else has been done.
#[derive(Clone, Copy, Debug)]
pub enum Fate {
    Await,
    Detach,
    /// It panics at its end, and is awaited.
    Panic,
    /// After so many milliseconds, and then it is awaited.
    Abort(u32),
}

/// What becomes of a blocking job.
#[derive(Clone, Copy, Debug)]
pub enum JobFate {
    Await,
    Detach,
    Abort,
}

/// What becomes of a task of another runtime.
#[derive(Clone, Copy, Debug)]
pub enum AwayEnd {
    Await,
    Detach,
    Abort,
    /// Its runtime ends before it does.
    Leave,
}

/// With a file, at its position.
#[derive(Clone, Copy, Debug)]
pub enum FileStep {
    Write(u8),
    Read(u8),
    ReadToEnd,
    Seek(u8),
    SeekFromEnd(u8),
    SetLen(u8),
    Length,
}

/// What ends a body before its end.
#[derive(Clone, Copy, Debug)]
pub enum Limiter {
    Timeout,
    /// `select!` with a sleep, in the order that is drawn.
    Select,
    Race,
}

/// What values go through.
#[derive(Clone, Copy, Debug)]
pub enum Conduit {
    Mpsc,
    Unbounded,
    Broadcast,
    OneShot,
    Duplex,
    UnixStream,
    UnixDatagram,
    Tcp,
    Udp,
    Pipe,
    /// Both pipes of a child.
    Cat,
    FromThread,
    FromJob,
    FromRuntime,
}

/// What becomes of a `JoinSet` whose tasks or jobs were spawned.
#[derive(Clone, Copy, Debug)]
pub enum SetEnd {
    AwaitAll,
    AwaitOneThenDrop,
    AbortAllThenAwait,
    Shutdown,
    Detach,
}

/// A mistake in the interpretation on buzzer, to see that it is found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    None,
    /// A sleep of three milliseconds takes four.
    SleepsLate,
    /// A timeout looks at its deadline before its future.
    DeadlineFirst,
    /// An abort does nothing.
    AbortIgnored,
    /// A receive that is given up takes a value with it.
    ReceiveLoses,
    /// Who wants several permits gets them one by one.
    PermitsOneByOne,
    /// A ring for one reaches the last in line.
    LastIsTold,
    /// A task ends with its handle.
    DropAborts,
    /// A gather polls every branch, in the order written.
    GatherPollsAll,
    /// Losers of a race are never dropped.
    LosersStay,
    /// The clock jumps though a job runs.
    JobsHoldNothing,
    /// A job that is aborted before it has begun runs all the same.
    QueuedJobsRun,
    /// A job that has not begun is cancelled with its handle.
    JobsGoWithTheirHandles,
    /// To abort all of a set does nothing to jobs.
    SetsIgnoreAborts,
    /// An abort does not reach a task that another runtime has spawned.
    AbortsStayHere,
    /// A file keeps its length.
    LengthsStay,
    /// `block_on` panics, in programs that make what is made once.
    RunPanics,
    /// So does the drop of the runtime.
    DropPanics,
    /// The wake by a job is lost, while another holds the clock. Not of [`Self::ALL`]: who
    /// finds that doesn't return.
    JobsAreNotHeardOf,
}

impl Fault {
    pub const ALL: [Self; 17] = [
        Self::SleepsLate,
        Self::DeadlineFirst,
        Self::AbortIgnored,
        Self::ReceiveLoses,
        Self::PermitsOneByOne,
        Self::LastIsTold,
        Self::DropAborts,
        Self::GatherPollsAll,
        Self::LosersStay,
        Self::JobsHoldNothing,
        Self::QueuedJobsRun,
        Self::JobsGoWithTheirHandles,
        Self::SetsIgnoreAborts,
        Self::AbortsStayHere,
        Self::LengthsStay,
        Self::RunPanics,
        Self::DropPanics,
    ];
}

impl Step {
    /// The steps within.
    fn bodies(&self) -> Vec<&Body> {
        use Step::*;
        let several = match self {
            Child(first, second, _) | Flow(_, _, first, second) => return vec![first, second],
            Local(one) | Spawn(one) | Read(one) | Write(one) | Downgrade(one) => from_ref(one),
            Initialise(one) => from_ref(one),
            Lock(_, one) | TryLock(_, one) | Reserve(_, one) | Acquire(_, one) => from_ref(one),
            Timeout(_, one) => from_ref(one),
            Limit(_, _, one) => from_ref(one),
            Join(all) | Gather(all) | Select(all) | Race(all) | Set(all, _) => all,
            _ => &[],
        };
        several.iter().collect()
    }
}

fn tell(f: &mut fmt::Formatter<'_>, steps: &Body, depth: usize) -> fmt::Result {
    for step in steps.iter() {
        let bodies = step.bodies();
        let mut name = format!("{step:?}");
        if let (Some(begin), false) = (name.find('['), bodies.is_empty()) {
            name.truncate(begin);
        }
        writeln!(f, "{:depth$}{}", "", name.trim_end_matches([',', ' ']))?;
        for (position, body) in bodies.iter().enumerate() {
            if position > 0 {
                writeln!(f, "{:depth$}and", "")?;
            }
            tell(f, body, depth + 4)?;
        }
    }
    Ok(())
}

/// A step in a line, what is within it deeper.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { promise, seed, .. } = self;
        writeln!(f, "promised: {promise:?}, buzzer's order: {seed:?}")?;
        for (position, task) in self.tasks.iter().enumerate() {
            writeln!(f, "task {position}")?;
            tell(f, task, 4)?;
        }
        Ok(())
    }
}
