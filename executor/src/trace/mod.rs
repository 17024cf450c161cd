//! Looking at a runtime: what it did, and what it waits for.
//!
//! Owns [`Recording`]. `record/` makes the events, and the files here tell, draw,
//! count and replay them.
//!
//! # Any program, without a change
//!
//! The variable `BUZZER_TRACE` has each runtime of a program recorded:
//!
//! | value | what it gives |
//! |---|---|
//! | `story` | the [story](Recording::story), line by line on stderr as it happens, so that also a program that is stuck has told everything |
//! | `FILE.json` | the timeline, for <https://ui.perfetto.dev> |
//! | `FILE.html` | the replay: a page to step through the run |
//!
//! ```text
//! BUZZER_TRACE=story cargo run --example async_read -- --paused
//! ```
//!
//! A file is made when the runtime is, where the process then is, and written when the
//! runtime is dropped, also by a panic that unwinds. The second runtime of a process
//! writes `FILE-2.json`, and so on; its story's lines begin with `2|`, and from then on
//! those of the first with `1|`. A process that finds the file of another that still
//! runs, as one that was started by it does, writes `FILE-pid4711.json`.
//!
//! A file holds the latest 262,144 events, or as many as `BUZZER_TRACE_EVENTS` says;
//! while the program runs they take 48 bytes each. A line on stderr says how many were
//! written, and how many had to make room for them; another what opens the file. A write
//! that takes long says so each second.
//!
//! # When the process ends first
//!
//! The file, and the ledger of `BUZZER_LEDGER`, are written as well
//!
//! - when SIGINT (Ctrl-C), SIGTERM, SIGHUP or SIGQUIT ends the process. The program stands
//!   still from its next event on; when all is written the signal takes its course, so
//!   the process ends by it. A second one, a second later, does not wait. Where the program
//!   handles the signal or ignores it, nothing is changed;
//! - when the process calls `exit`, or `main` returns or panics while a runtime is left;
//! - when it aborts, as by a panic that does not unwind.
//!
//! Of SIGKILL no process is told. So what has happened is also written while the program
//! runs, by a thread: some 10 ms after it has happened if it is little, and if it is much
//! so that the writing takes a twentieth of a core. A file is written beside the old one,
//! with `.part` behind its name, and takes its place in one step, so what has the name can
//! be opened at any time. Without
//! a file or a ledger there is no thread and no handler.
//!
//! Three more variables ask a program that is slow or stuck, and are answered on stderr:
//!
//! | variable | what it gives |
//! |---|---|
//! | `BUZZER_WATCHDOG=100ms` | a report of each poll that holds the loop longer, while it does, and of who had to wait: [`Builder::watchdog`] |
//! | `BUZZER_DUMP=USR1` | at `kill -USR1`, what every task waits for: the [`Dump`], by [`Builder::dump_on_signal`]; or who holds the loop, if it can't answer |
//! | `BUZZER_LEDGER=1` | at each runtime's end, or its process's, where its time went: the [`Ledger`] |
//!
//! [`Builder::on_deadlock`] gives the dump when nothing could ever wake a task again.
//!
//! [`Builder::watchdog`]: crate::runtime::Builder::watchdog
//! [`Builder::dump_on_signal`]: crate::runtime::Builder::dump_on_signal
//! [`Builder::on_deadlock`]: crate::runtime::Builder::on_deadlock
//!
//! A duration is a number and its unit: `100ms`, `1.5s`, `500us`. A signal has its name,
//! such as `USR1`, and not its number.
//!
//! What can't be done is said on stderr, and the program runs as without the variable.
//! So is a name that begins with `BUZZER_` and is none of these, with the one that may be
//! meant. An empty value is no value. They are read once a process, by the first
//! [`Builder::build`](crate::runtime::Builder::build).
//!
//! A program that may do more than who started it (set-user-id, set-group-id, or with
//! capabilities: AT_SECURE of getauxval(3); elsewhere issetugid(2)) obeys none of them
//! and says nothing: else its caller could choose where it writes.

pub(crate) mod dump;
mod ending;
pub(crate) mod environment;
pub(crate) mod json;
pub(crate) mod ledger;
pub(crate) mod names;
pub(crate) mod output;
pub(crate) mod overdue;
mod place;
mod replay;
mod story;
mod timeline;
pub(crate) mod waits;
pub(crate) mod watchdog;

use std::time::Duration;

pub use crate::record::event::{
    Cause, Event, Outcome, ParkedUntil, Phase, Record, SyncKind, SyncStep, ThreadIndex, WaitsOn,
    WakeEffect,
};
pub use crate::record::ids::{Direction, SourceId, SyncId, TimerId};
pub use dump::{
    Dump, JobDump, JobState, SourceDump, SyncDump, SyncHolder, SyncWant, TaskDump, TaskState, Wait,
    WaitFor, dump,
};
pub use ledger::{Delays, Ledger, TaskAccount, Wakes};
pub use watchdog::{Kept, SlowPoll, Victim};

use crate::record::{Held, Known, Recorder};

/// What a runtime has recorded so far: the latest events, as many as
/// [`Builder::record`](crate::runtime::Builder::record) keeps.
///
/// # Examples
///
/// ```
/// use buzzer::trace::Event;
/// let runtime = buzzer::runtime::Builder::new_current_thread()
///     .record(10_000)
///     .build()?;
/// runtime.block_on(async { buzzer::task::yield_now().await });
/// let recording = runtime.recording();
/// let polls = recording
///     .records()
///     .iter()
///     .filter(|record| matches!(record.event, Event::PollBegan { .. }));
/// assert_eq!(polls.count(), 2);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// A ring that is too small for all, and what it keeps nevertheless:
///
/// ```
/// use buzzer::runtime::Builder;
/// use buzzer::trace::Event;
///
/// let runtime = Builder::new_current_thread().record(8).build()?;
/// let task = runtime.spawn(std::future::pending::<()>());
/// for _ in 0..100 {
///     runtime.block_on(buzzer::task::yield_now());
/// }
/// let recording = runtime.recording();
/// assert_eq!(recording.records().len(), 8);
/// assert!(recording.dropped() > 0);
/// let spawned = &recording.before()[0].event; // The task lives, so its spawn is kept.
/// assert!(matches!(spawned, Event::Spawned { task: id, .. } if *id == task.id()));
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct Recording {
    held: Held,
    known: Known,
}

impl Recording {
    pub(crate) fn of(recorder: &Recorder) -> Self {
        Self::of_held(recorder.held())
    }

    pub(crate) fn of_held((mut held, mut known): (Held, Known)) -> Self {
        // A job's events reach the loop after what the loop did meanwhile.
        let end = known.end().and_then(|end| sorted_place(&held.records, end));
        known.set_end(end);
        held.records.sort_by_key(|record| record.at);
        Self { held, known }
    }

    /// The events in the order of their times, from the oldest that is kept.
    pub fn records(&self) -> &[Record] {
        &self.held.records
    }

    /// Earlier records that are still needed to understand the later: the spawns of
    /// tasks, the registrations of sources and the first use of locks and channels that
    /// were there when the oldest record was made.
    pub fn before(&self) -> &[Record] {
        &self.held.before
    }

    /// How many events had to make room for later ones.
    pub fn dropped(&self) -> u64 {
        self.held.dropped
    }

    /// The name of a thread that woke or spawned; `None` if it has none.
    ///
    /// # Examples
    ///
    /// A task that another thread has woken:
    ///
    /// ```
    /// use buzzer::runtime::Builder;
    /// use buzzer::trace::{Cause, Event};
    ///
    /// let runtime = Builder::new_current_thread().record(1_000).build()?;
    /// let (tell, told) = buzzer::sync::oneshot::channel();
    /// let kitchen = std::thread::Builder::new().name("kitchen".into());
    /// runtime.block_on(async {
    ///     kitchen.spawn(move || tell.send("mocha")).unwrap();
    ///     told.await.unwrap()
    /// });
    /// let recording = runtime.recording();
    /// let by = |event: &Event| match event {
    ///     Event::Woken { cause: Cause::Thread(thread), .. } => recording.thread(*thread),
    ///     _ => None,
    /// };
    /// let wakers = recording.records().iter().filter_map(|record| by(&record.event));
    /// assert!(wakers.into_iter().all(|name| name == "kitchen"));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn thread(&self, thread: ThreadIndex) -> Option<&str> {
        self.known.thread(thread)
    }
}

/// Where the record at `place` will be when they are sorted by their times.
fn sorted_place(records: &[Record], place: usize) -> Option<usize> {
    let at = records.get(place)?.at;
    let times = records.iter().map(|record| record.at).zip(0..);
    Some(times.filter(|time| *time < (at, place)).count())
}

impl Record {
    /// When it was, since the runtime was made.
    pub fn time(&self) -> Duration {
        Duration::from_nanos(self.at)
    }
}
