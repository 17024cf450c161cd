//! The watchdog: a poll that holds the loop too long is reported while it does.
//!
//! Owns [`SlowPoll`], the thread that looks (`thread.rs`), and the naming of those who
//! had to wait. The same thread answers the signal that asks for a dump while the loop
//! can't (`asked.rs`). The word that it looks at is in `record/watch.rs`.

mod asked;
mod bell;
mod looks;
mod text;
mod thread;
pub(crate) mod victims;

use std::fmt;
use std::panic::Location;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::record::ids::{Direction, Id, SourceId, TimerId};
use crate::record::watch::About;
use crate::sys::locks::{Mutex, MutexGuard};
use crate::sys::stderr::say;
pub(crate) use thread::Watchdog;

/// A poll that holds the loop longer than the limit of
/// [`Builder::watchdog`](crate::runtime::Builder::watchdog).
///
/// It is reported first while it goes on, from the watchdog's thread, again each time
/// its length has doubled, and once more when it has ended, by the loop, with those who
/// had to wait.
///
/// # Examples
///
/// ```
/// use std::sync::mpsc;
/// use std::time::Duration;
/// use buzzer::runtime::Builder;
/// use buzzer::trace::SlowPoll;
///
/// let (tell, told) = mpsc::channel();
/// let runtime = Builder::new_current_thread()
///     .watchdog(Duration::from_millis(4))
///     .on_slow_poll(move |poll| tell.send(poll.clone()).unwrap())
///     .build()?;
/// let line = line!() + 1;
/// let slow = runtime.spawn(async move {
///     let first: SlowPoll = told.recv().unwrap(); // Holds the loop until that is reported.
///     (first, told)
/// });
/// let victim = runtime.spawn(async {});
/// let (slow_id, victim_id) = (slow.id(), victim.id());
/// let (first, told) = runtime.block_on(slow).unwrap();
/// drop(runtime);
///
/// assert!(first.victims().is_none()); // It went on.
/// assert_eq!((first.task(), first.name()), (slow_id, None));
/// assert_eq!(first.spawned_at().unwrap().line(), line);
/// let last = told.iter().last().unwrap(); // At its end.
/// assert!(last.held() >= first.held());
/// let victims = last.victims().unwrap();
/// assert!(victims.iter().any(|victim| victim.task() == Some(victim_id)));
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct SlowPoll {
    task: Id,
    about: About,
    held: Duration,
    victims: Option<Vec<Victim>>,
}

/// Who could have gone on meanwhile.
///
/// # Examples
///
/// ```
/// use std::sync::mpsc;
/// use std::time::Duration;
/// use buzzer::runtime::Builder;
///
/// let (tell, told) = mpsc::channel();
/// let runtime = Builder::new_current_thread()
///     .watchdog(Duration::from_millis(4))
///     .on_slow_poll(move |poll| tell.send(poll.clone()).unwrap())
///     .build()?;
/// let slow = runtime.spawn(async move {
///     told.recv().unwrap(); // Holds the loop until that is reported.
///     told
/// });
/// let line = line!() + 1;
/// let waits = runtime.spawn(async {});
/// let told = runtime.block_on(slow).unwrap();
/// drop(runtime);
/// let last = told.iter().last().unwrap();
/// let mut victims = last.victims().unwrap().iter();
/// let victim = victims.find(|victim| victim.task() == Some(waits.id())).unwrap();
/// println!("{:?}: {:?} for {:?}", victim.task(), victim.kept(), victim.waited());
/// assert_eq!((victim.name(), victim.spawned_at().map(|at| at.line())), (None, Some(line)));
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct Victim {
    task: Option<Id>,
    about: About,
    by: Kept,
    waited: Duration,
}

/// Where a victim stood. See [`Victim`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kept {
    /// In the run queue, at the end of the poll.
    InRunQueue,
    /// At a timer that came due.
    AtTimer(TimerId),
    /// At a source that became ready.
    AtSource(SourceId, Direction),
    /// In the inject queue: woken or spawned by another thread, or by a job.
    InInjectQueue,
}

impl SlowPoll {
    /// Whose poll; 0 is the future of `block_on`.
    pub fn task(&self) -> Id {
        self.task
    }

    /// The task's name, if it was given one.
    pub fn name(&self) -> Option<&str> {
        self.about.name.as_deref()
    }

    /// Where the task was spawned, or its `block_on` called.
    pub fn spawned_at(&self) -> Option<&'static Location<'static>> {
        self.about.at
    }

    /// How long the poll is known to have held the loop. It began up to a quarter of
    /// the limit earlier.
    pub fn held(&self) -> Duration {
        self.held
    }

    /// Who had to wait; `None` while the poll goes on.
    pub fn victims(&self) -> Option<&[Victim]> {
        self.victims.as_deref()
    }
}

impl Victim {
    /// Which task. `None` for one that is not made yet, that waits through a waker of
    /// another library, or that another thread has aborted.
    pub fn task(&self) -> Option<Id> {
        self.task
    }

    /// The task's name, if it was given one.
    pub fn name(&self) -> Option<&str> {
        self.about.name.as_deref()
    }

    /// Where the task was spawned.
    pub fn spawned_at(&self) -> Option<&'static Location<'static>> {
        self.about.at
    }

    /// Where it stood.
    pub fn kept(&self) -> Kept {
        self.by
    }

    /// How long it was kept waiting: for a timer since its deadline; for the others up
    /// to this long, since nobody has noted when in the poll they were woken. Who was
    /// woken by the poll itself, at its very end, is among them.
    pub fn waited(&self) -> Duration {
        self.waited
    }
}

/// Who gets the reports.
#[derive(Clone)]
pub(crate) struct Listener(pub(crate) Arc<dyn Fn(&SlowPoll) + Send + Sync>);

impl Listener {
    /// Each report in one write, so that no other line gets in between.
    pub(crate) fn stderr() -> Self {
        Self(Arc::new(|slow| {
            say(format_args!("{slow}"));
        }))
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
