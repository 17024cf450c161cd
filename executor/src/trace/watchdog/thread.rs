//! The watchdog's thread.
//!
//! Owns [`Watchdog`]: the looks at the loop, and what follows from them.

use std::io;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use super::asked::{self, Asked, HeldUp};
use super::bell::{Bell, Sleeper};
use super::looks::Looks;
use super::{Listener, SlowPoll, Victim, lock, text};
use crate::machine::blocking::Pool;
use crate::machine::panics::{contain, discard};
use crate::record::ids::Id;
use crate::record::watch::{Polled, Watch};
use crate::sys;
use crate::sys::errors::named;
use crate::sys::locks::Mutex;
use crate::sys::signal_kind::SignalKind;
use crate::sys::start::named_if_refused;
use crate::sys::stderr::say;

/// The watchdog of one runtime. Dropping it ends its thread.
pub(crate) struct Watchdog {
    shared: Arc<Shared>,
    thread: Option<thread::JoinHandle<()>>,
}

struct Shared {
    /// Which polls are reported; none without.
    limit: Option<Duration>,
    watch: Arc<Watch>,
    listener: Listener,
    last_look: Mutex<LastLook>,
    /// Held while a report is told, so that the end of a poll is told after its report.
    telling: Mutex<()>,
    bell: Bell,
    /// Whose jobs a shutdown waits for.
    pool: OnceLock<Arc<Pool>>,
}

/// What the thread knew of a poll when it last found one.
struct LastLook {
    held: Duration,
    at: Instant,
    /// How long after the look before it was to be.
    period: Duration,
}

impl Watchdog {
    /// It reports polls that hold the loop longer than `limit`, and answers `signal`,
    /// which must be caught already, while the loop can't.
    ///
    /// # Errors
    ///
    /// When its thread can't be started, or there is no descriptor for it to hear of the
    /// signal.
    pub(crate) fn new(
        limit: Option<Duration>,
        signal: Option<SignalKind>,
        listener: Listener,
    ) -> io::Result<Self> {
        let failed = |error| named("can't start", "the watchdog's thread", error);
        let signal = signal.map(|signal| signal.0);
        // Before the bell, so that the first signal that rings it counts.
        let asked = signal.map(|signal| Asked::new(signal, sys::signal::count(signal)));
        let (bell, sleeper) = Bell::new(signal).map_err(failed)?;
        let watch = Arc::<Watch>::default();
        if let Some(signal) = signal {
            watch.answers(sys::signal::count(signal));
        }
        let shared = Arc::new(Shared {
            limit,
            watch,
            listener,
            last_look: Mutex::new(LastLook {
                held: Duration::ZERO,
                at: Instant::now(),
                period: Duration::ZERO,
            }),
            telling: Mutex::new(()),
            bell,
            pool: OnceLock::new(),
        });
        let its = shared.clone();
        let thread = thread::Builder::new()
            .name("buzzer-watchdog".to_owned())
            .spawn(move || its.watch(sleeper, asked))
            .map_err(|error| failed(named_if_refused(error)))?;
        let thread = Some(thread);
        Ok(Self { shared, thread })
    }

    pub(crate) fn watch(&self) -> Arc<Watch> {
        self.shared.watch.clone()
    }

    /// The jobs that a shutdown may wait for.
    pub(crate) fn knows(&self, pool: &Arc<Pool>) {
        // There is one pool in a runtime.
        let _ = self.shared.pool.set(pool.clone());
    }

    /// To be called after a poll that was reported; `victims` is asked who waits.
    pub(crate) fn poll_ended(&self, task: Id, victims: impl FnOnce(Duration) -> Vec<Victim>) {
        let held = {
            let last = lock(&self.shared.last_look);
            last.held + Looks::counted(last.period, last.at.elapsed())
        };
        let victims = victims(held);
        let _telling = lock(&self.shared.telling);
        self.shared.tell(task, held, Some(victims));
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.shared.bell.end();
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
    fn watch(&self, sleeper: Sleeper, mut asked: Option<Asked>) {
        let mut looks = Looks::new(self.limit);
        let mut before = Instant::now();
        loop {
            let is_asked = asked
                .as_ref()
                .is_some_and(|asked| asked.is_open(&self.watch));
            let periods = [
                self.limit.map(Looks::period),
                is_asked.then_some(asked::LOOK),
            ];
            let period = periods.into_iter().flatten().min();
            if self.bell.sleep(&sleeper, period) {
                return;
            }
            let now = Instant::now();
            // Without a period it was woken, and knows of no poll before.
            let period = period.unwrap_or_default();
            let since = Looks::counted(period, now - before);
            before = now;
            let polled = self.watch.look();
            looks.take_in(polled, since);
            if polled != Polled::Nothing {
                let held = looks.held();
                let at = now;
                *lock(&self.last_look) = LastLook { held, at, period };
            }
            if let Some(asked) = &mut asked
                && let Some(held_up) = asked.take_in(&self.watch, polled, since)
            {
                self.answer(held_up);
            }
            let Some(task) = looks.due() else { continue };
            let _telling = lock(&self.telling);
            if self.watch.report(task) {
                self.tell(task, looks.held(), None);
                looks.reported();
            }
        }
    }

    /// Answers the signal in the loop's stead.
    fn answer(&self, held_up: HeldUp) {
        let answer = match held_up {
            HeldUp::By(task, held) => {
                let about = self.watch.about(task).unwrap_or_default();
                text::holds_the_loop(task, &about, held)
            }
            HeldUp::ByItself => "no task is being polled, and yet the loop does not come \
                round: the waker of another library holds it, or standard error"
                .to_owned(),
            HeldUp::NoLoop => "no loop runs: neither `block_on` nor `Runtime::turn`. The dump \
                follows when one does"
                .to_owned(),
            HeldUp::Ending => {
                let held_by = self.pool.get().and_then(|pool| pool.still_running());
                let held_by = held_by.map_or(String::new(), |held_by| format!(": {held_by}"));
                format!("the runtime is being dropped, and its tasks are gone{held_by}")
            }
        };
        say(format_args!("asked what every task waits for: {answer}"));
    }
}
