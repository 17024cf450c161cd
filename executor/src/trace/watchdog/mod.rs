//! The watchdog: a poll that holds the loop too long is reported while it does.
//!
//! Owns [`SlowPoll`], the thread that looks, and the naming of those who had to wait.
//! The word that it looks at is in `record/watch.rs`.

mod looks;
mod text;
pub(crate) mod victims;

use std::fmt;
use std::io;
use std::panic::Location;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::errors::named;
use crate::ids::{Direction, Id, SourceId, TimerId};
use crate::panics::{contain, discard};
use crate::record::watch::{About, Polled, Watch};
use crate::stderr::say;
use looks::Looks;

/// A poll that holds the loop longer than the limit of
/// [`Builder::watchdog`](crate::runtime::Builder::watchdog).
///
/// It is reported first while it goes on, from the watchdog's thread, again each time
/// its length has doubled, and once more when it has ended, by the loop, with those who
/// had to wait.
#[derive(Clone, Debug)]
pub struct SlowPoll {
    task: Id,
    about: About,
    held: Duration,
    victims: Option<Vec<Victim>>,
}

/// Who could have gone on meanwhile.
#[derive(Clone, Debug)]
pub struct Victim {
    task: Option<Id>,
    about: About,
    by: Kept,
    waited: Duration,
}

/// Where a victim stood.
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

/// The watchdog of one runtime. Dropping it ends its thread.
pub(crate) struct Watchdog {
    shared: Arc<Shared>,
    thread: Option<thread::JoinHandle<()>>,
}

struct Shared {
    limit: Duration,
    watch: Arc<Watch>,
    listener: Listener,
    last_look: Mutex<LastLook>,
    /// Held while a report is told, so that the end of a poll is told after its report.
    telling: Mutex<()>,
    ended: Mutex<bool>,
    ends: Condvar,
}

/// What the thread knew of a poll when it last found one.
struct LastLook {
    held: Duration,
    at: Instant,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watchdog {
    /// # Errors
    ///
    /// When its thread can't be started.
    pub(crate) fn new(limit: Duration, listener: Listener) -> io::Result<Self> {
        let watch = Arc::default();
        let shared = Arc::new(Shared {
            limit,
            watch,
            listener,
            last_look: Mutex::new(LastLook {
                held: Duration::ZERO,
                at: Instant::now(),
            }),
            telling: Mutex::new(()),
            ended: Mutex::new(false),
            ends: Condvar::new(),
        });
        let its = shared.clone();
        let thread = thread::Builder::new()
            .name("buzzer-watchdog".to_owned())
            .spawn(move || its.watch())
            .map_err(|error| named("can't start", "the watchdog's thread", error))?;
        let thread = Some(thread);
        Ok(Self { shared, thread })
    }

    pub(crate) fn watch(&self) -> Arc<Watch> {
        self.shared.watch.clone()
    }

    /// To be called after a poll that was reported; `victims` is asked who waits.
    pub(crate) fn poll_ended(&self, task: Id, victims: impl FnOnce(Duration) -> Vec<Victim>) {
        let (held, since) = {
            let last = lock(&self.shared.last_look);
            (last.held, last.at.elapsed())
        };
        let held = held + Looks::counted(self.shared.limit, since);
        let victims = victims(held);
        let _telling = lock(&self.shared.telling);
        self.shared.tell(task, held, Some(victims));
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        *lock(&self.shared.ended) = true;
        self.shared.ends.notify_one();
        if let Some(thread) = self.thread.take() {
            // It ends at once, unless a listener of the program holds it up. A panic of
            // one has been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn tell(&self, task: Id, held: Duration, victims: Option<Vec<Victim>>) {
        let about = self.watch.about(task).unwrap_or_default();
        let slow = SlowPoll {
            task,
            about,
            held,
            victims,
        };
        // The panic hook reports a panic of the program's listener.
        contain(|| (self.listener.0)(&slow)).unwrap_or_else(discard);
    }

    /// The thread's life.
    fn watch(&self) {
        let mut looks = Looks::new(self.limit);
        let mut before = Instant::now();
        while !self.wait(Looks::period(self.limit)) {
            let now = Instant::now();
            let polled = self.watch.look();
            looks.take_in(polled, now - before);
            before = now;
            if polled != Polled::Nothing {
                let held = looks.held();
                *lock(&self.last_look) = LastLook { held, at: now };
            }
            let Some(task) = looks.due() else { continue };
            let _telling = lock(&self.telling);
            if self.watch.report(task) {
                self.tell(task, looks.held(), None);
                looks.reported();
            }
        }
    }

    /// Waits for a while; whether it is the end.
    fn wait(&self, period: Duration) -> bool {
        let ended = lock(&self.ended);
        let (ended, _) = self
            .ends
            .wait_timeout_while(ended, period, |ended| !*ended)
            .unwrap_or_else(PoisonError::into_inner);
        *ended
    }
}
