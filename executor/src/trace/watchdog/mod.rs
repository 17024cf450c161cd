//! The watchdog: a poll that holds the loop too long is reported while it does.
//!
//! Owns [`SlowPoll`], the thread that looks, and the naming of those who had to wait.
//! The word that it looks at is in `record/watch.rs`.

mod environment;
mod text;
pub(crate) mod victims;

use std::fmt;
use std::io;
use std::panic::Location;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::ids::{Direction, Id, SourceId, TimerId};
use crate::panics::{contain, discard};
use crate::record::watch::{About, Polled, Watch};
pub(crate) use environment::from_environment;

/// Looks within the limit: a poll is reported when it has lasted for the limit, or a
/// quarter of it more.
const LOOKS: u32 = 4;

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
    /// Which task. `None` for one that is not made yet, or that waits through a waker
    /// of another library.
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
            super::output::say(format_args!("{slow}"));
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

/// What the thread knew of the poll that it last found.
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
            .map_err(|error| {
                let what = format!("the watchdog's thread can't be started: {error}");
                io::Error::new(error.kind(), what)
            })?;
        let thread = Some(thread);
        Ok(Self { shared, thread })
    }

    pub(crate) fn watch(&self) -> Arc<Watch> {
        self.shared.watch.clone()
    }

    /// To be called after a poll that was reported; `victims` is asked who waits.
    pub(crate) fn poll_ended(&self, task: Id, victims: impl FnOnce(Duration) -> Vec<Victim>) {
        let look = lock(&self.shared.last_look);
        let held = look.held + look.at.elapsed();
        drop(look);
        let _telling = lock(&self.shared.telling);
        self.shared.tell(task, held, Some(victims(held)));
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
        let unknown = About {
            name: None,
            at: None,
        };
        let about = self.watch.about(task).unwrap_or(unknown);
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
        let period = (self.limit / LOOKS).max(Duration::from_micros(50));
        let mut found = None;
        let mut held = Duration::ZERO;
        let mut report_at = self.limit;
        let mut last = Instant::now();
        while !self.wait(period) {
            let now = Instant::now();
            // If this thread had to wait itself, then so had the loop's, perhaps: the
            // process was stopped, or the machine is overloaded.
            let passed = (now - last).min(2 * period);
            last = now;
            match self.watch.look() {
                Polled::Nothing => found = None,
                Polled::Task(task) => {
                    found = Some(task);
                    held = Duration::ZERO;
                    report_at = self.limit;
                }
                Polled::TheSame => held += passed,
            }
            *lock(&self.last_look) = LastLook { held, at: now };
            let Some(task) = found.filter(|_| held >= report_at) else {
                continue;
            };
            let _telling = lock(&self.telling);
            if self.watch.report(task) {
                self.tell(task, held, None);
                report_at = held.saturating_mul(2);
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
