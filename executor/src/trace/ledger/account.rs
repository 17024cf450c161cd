//! What is known of one task, or of several that were merged.
//!
//! Owns [`TaskAccount`] and its parts. `fold.rs` fills them.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::histogram::Histogram;
use crate::record::event::{Cause, WakeEffect};
use crate::record::ids::Id;
use crate::record::time::Nanos;

/// What one task has come to, or all tasks of one place that were merged: a line of the
/// [`Ledger`](super::Ledger).
///
/// # Examples
///
/// ```
/// use buzzer::runtime::Builder;
///
/// let runtime = Builder::new_current_thread().ledger(true).build()?;
/// let line = line!() + 1;
/// let task = runtime.spawn(buzzer::task::yield_now());
/// let id = task.id();
/// runtime.block_on(task).unwrap();
/// let ledger = runtime.ledger();
/// let account = ledger.tasks().iter().find(|task| task.id() == Some(id)).unwrap();
/// assert_eq!((account.tasks(), account.polls(), account.name()), (1, 2, None));
/// assert_eq!(account.spawned_at().unwrap().line(), line);
/// assert!(account.longest() <= account.time());
/// assert_eq!(account.wakes().total(), 1); // By itself.
/// assert_eq!(account.delays().count(), 2); // Twice it was in the run queue.
/// assert!(account.delays().max() <= ledger.total());
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct TaskAccount(pub(super) Account);

#[derive(Clone, Default, Debug)]
pub(super) struct Account {
    /// `None` of several.
    pub(super) id: Option<Id>,
    pub(super) at: Option<&'static Location<'static>>,
    pub(super) name: Option<Arc<String>>,
    /// What is shown of what it has inherited.
    pub(super) context: Option<Arc<String>>,
    pub(super) tasks: u64,
    /// How many of them have not ended.
    pub(super) live: u64,
    pub(super) polls: u64,
    pub(super) time: Nanos,
    pub(super) longest: Nanos,
    pub(super) wakes: Wakes,
    pub(super) delays: Delays,
    /// When it went to the run queue, if it is there; by a clock that stands still while
    /// something is recorded.
    pub(super) queued_at: Option<Nanos>,
}

impl Account {
    pub(super) fn of(task: Id) -> Self {
        Self {
            id: Some(task),
            tasks: 1,
            live: 1,
            ..Self::default()
        }
    }

    pub(super) fn of_site(at: Option<&'static Location<'static>>) -> Self {
        Self {
            at,
            ..Self::default()
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.tasks += other.tasks;
        self.live += other.live;
        self.polls += other.polls;
        self.time += other.time;
        self.longest = self.longest.max(other.longest);
        self.wakes.merge(&other.wakes);
        self.delays.0.merge(&other.delays.0);
    }
}

impl TaskAccount {
    /// Which task; 0 is the future of `block_on`, all of them in one account. `None` if
    /// it is several tasks that have ended.
    pub fn id(&self) -> Option<Id> {
        self.0.id
    }

    /// The name that [`task::Builder`](crate::task::Builder) gave it.
    pub fn name(&self) -> Option<&str> {
        self.0.name.as_ref().map(|name| name.as_str())
    }

    /// Where it was spawned; of task 0, where `block_on` was called last.
    pub fn spawned_at(&self) -> Option<&'static Location<'static>> {
        self.0.at
    }

    /// How many tasks it is.
    pub fn tasks(&self) -> u64 {
        self.0.tasks
    }

    /// How many polls have begun. The drop of an aborted task counts as one.
    pub fn polls(&self) -> u64 {
        self.0.polls
    }

    /// How long all its polls lasted.
    pub fn time(&self) -> Duration {
        Duration::from_nanos(self.0.time)
    }

    /// How long the longest of them lasted.
    pub fn longest(&self) -> Duration {
        Duration::from_nanos(self.0.longest)
    }

    /// Who or what woke it, how often.
    pub fn wakes(&self) -> &Wakes {
        &self.0.wakes
    }

    /// How long it was in the run queue.
    pub fn delays(&self) -> &Delays {
        &self.0.delays
    }
}

/// The wakes of a task by their causes: those that queued it, at once or after the poll
/// that it was in. What woke it when that was settled already is only in
/// [`redundant`](Self::redundant). See [`TaskAccount`].
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Wakes {
    /// A timer that was due.
    pub timer: u64,
    /// Readiness of a source.
    pub readiness: u64,
    /// A blocking job.
    pub job: u64,
    /// The code of another task.
    pub other_task: u64,
    /// The task itself, in its own poll.
    pub itself: u64,
    /// Another thread; or this one, where it is not in the runtime
    /// ([`Runtime::enter`](crate::runtime::Runtime::enter)).
    pub thread: u64,
    /// The program, on this thread and in the runtime, but in none of its tasks.
    pub outside: u64,
    /// By any of these, but it was queued already, or woken in this poll already.
    pub redundant: u64,
}

impl Wakes {
    /// All that queued the task.
    pub fn total(&self) -> u64 {
        self.by_cause().iter().map(|(count, _)| count).sum()
    }

    pub(super) fn by_cause(&self) -> [(u64, &'static str); 7] {
        [
            (self.timer, "timer"),
            (self.readiness, "readiness"),
            (self.job, "job"),
            (self.other_task, "task"),
            (self.itself, "itself"),
            (self.thread, "thread"),
            (self.outside, "outside"),
        ]
    }

    pub(super) fn add(&mut self, task: Id, cause: Cause, effect: WakeEffect) {
        let count = match cause {
            _ if effect == WakeEffect::Nothing => &mut self.redundant,
            Cause::Timer(_) => &mut self.timer,
            Cause::Source(..) => &mut self.readiness,
            Cause::Job(_) => &mut self.job,
            Cause::Task(by) if by == task => &mut self.itself,
            Cause::Task(_) => &mut self.other_task,
            Cause::Thread(_) => &mut self.thread,
            Cause::Outside => &mut self.outside,
        };
        *count += 1;
    }

    fn merge(&mut self, other: &Self) {
        self.timer += other.timer;
        self.readiness += other.readiness;
        self.job += other.job;
        self.other_task += other.other_task;
        self.itself += other.itself;
        self.thread += other.thread;
        self.outside += other.outside;
        self.redundant += other.redundant;
    }
}

/// How long a task was in the run queue before each poll: from the spawn or wake that
/// put it there, or from the end of the poll that it was woken in. What
/// [recording](super::Ledger::recording) took meanwhile is left out. See [`TaskAccount`].
#[derive(Clone, Default, Debug)]
pub struct Delays(pub(super) Histogram);

impl Delays {
    /// How many there were.
    pub fn count(&self) -> u64 {
        self.0.count()
    }

    /// So many percent of the delays were at most this long. It is up to an eighth too
    /// long and never too short, since delays are counted in buckets. Zero if there is
    /// none.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = buzzer::runtime::Builder::new_current_thread()
    ///     .ledger(true)
    ///     .build()?;
    /// runtime.block_on(buzzer::task::yield_now());
    /// let ledger = runtime.ledger();
    /// let delays = ledger.tasks()[0].delays();
    /// assert_eq!(delays.count(), 2);
    /// assert!(delays.percentile(50.0) <= delays.max());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn percentile(&self, percent: f64) -> Duration {
        Duration::from_nanos(self.0.percentile(percent))
    }

    /// The longest, exactly.
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.0.max())
    }
}
