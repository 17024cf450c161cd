//! What tasks, jobs, timers and sources are called.
//!
//! Owns the numbers that programs and people see. The machine's own names for the
//! same things (`TaskNumber`, `TimerKey`, `SourceKey`) are made for speed; these are
//! made to be told apart and to be the same in each run. Uses nothing of the crate.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Tells one task or blocking job from all others of the process. Only those of a
/// runtime that is gone may come again, 16,384 runtimes later.
///
/// Each runtime has three series, which count up from 1, so that a run that does the
/// same gives the same ids: tasks that its own thread spawns (printed as `4`), tasks
/// that may be awaited on other threads (`s4`, for shared), and blocking jobs (`j4`).
/// The future given to `block_on` is `0` of the first.
///
/// # Examples
///
/// ```
/// buzzer::block_on(async {
///     let task = buzzer::spawn(async {});
///     let job = buzzer::task::spawn_blocking(|| ());
///     assert_ne!(task.id(), job.id());
///     assert_eq!((task.id().to_string(), job.id().to_string()), ("1".into(), "j1".into()));
/// });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u64);

impl Id {
    /// From the low bits up: the count, the series, the runtime.
    const COUNT_BITS: u32 = 48;
    const SERIES_BITS: u32 = 2;

    const TASK: u64 = 0;
    const SHARED: u64 = 1;
    const JOB: u64 = 2;

    fn new(runtime: u16, series: u64, count: u64) -> Self {
        let series = u64::from(runtime) << Self::SERIES_BITS | series;
        Self(series << Self::COUNT_BITS | count)
    }

    /// The future given to `block_on`.
    pub(crate) fn main(runtime: u16) -> Self {
        Self::new(runtime, Self::TASK, 0)
    }

    pub(crate) fn of_runtime(runtime: u16, count: u64) -> Self {
        Self::new(runtime, Self::TASK, count)
    }

    /// Its word, for where only a word fits. No id has all bits set.
    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Which runtime's it is.
    pub(crate) fn runtime(self) -> u16 {
        (self.0 >> (Self::COUNT_BITS + Self::SERIES_BITS)) as u16
    }

    fn series(self) -> u64 {
        self.0 >> Self::COUNT_BITS & ((1 << Self::SERIES_BITS) - 1)
    }

    pub(crate) fn count(self) -> u64 {
        self.0 & ((1 << Self::COUNT_BITS) - 1)
    }

    /// Whether it is the future given to `block_on`.
    pub(crate) fn is_main(self) -> bool {
        self.series() == Self::TASK && self.count() == 0
    }

    /// Whether it is a blocking job.
    pub(crate) fn is_job(self) -> bool {
        self.series() == Self::JOB
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.series() {
            Self::SHARED => f.write_str("s")?,
            Self::JOB => f.write_str("j")?,
            _ => {}
        }
        self.count().fmt(f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

/// Where one runtime's ids come from that any thread may take.
pub(crate) struct SharedIds {
    runtime: u16,
    tasks: AtomicU64,
    jobs: AtomicU64,
}

impl SharedIds {
    pub(crate) fn of_runtime(runtime: u16) -> Self {
        let (tasks, jobs) = (AtomicU64::new(1), AtomicU64::new(1));
        Self {
            runtime,
            tasks,
            jobs,
        }
    }

    pub(crate) fn next_task(&self) -> Id {
        Id::new(self.runtime, Id::SHARED, self.tasks.fetch_add(1, Relaxed))
    }

    pub(crate) fn next_job(&self) -> Id {
        Id::new(self.runtime, Id::JOB, self.jobs.fetch_add(1, Relaxed))
    }
}

/// One armed timer of a runtime: counted from 1 in the order of arming. Wraps after
/// four billion. See [`Event`](crate::trace::Event).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TimerId(pub(crate) u32);

/// One registered source of a runtime: counted from 1 in the order of registering.
/// Wraps after four billion. See [`Event`](crate::trace::Event).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SourceId(pub(crate) u32);

/// One lock, channel or bell that a runtime's tasks have used: counted from 1 in the order
/// in which something was first recorded of them. Wraps after four billion.
/// See [`Event`](crate::trace::Event).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SyncId(pub(crate) u32);

impl fmt::Display for SyncId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for TimerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which way data flows. See [`Event`](crate::trace::Event).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Direction {
    /// Towards the program.
    Read,
    /// Away from it.
    Write,
}
