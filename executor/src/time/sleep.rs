//! One deadline as a future.
//!
//! Owns [`Sleep`]: a number into the timers of its runtime.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use super::Instant;
use crate::machine::budget;
use crate::machine::context;
use crate::machine::core::Core;
use crate::machine::scheduler::inject::Message;
use crate::machine::scheduler::live;
use crate::machine::scheduler::number::RuntimeId;
use crate::machine::scheduler::whereabouts::{Since, elsewhere, no_runtime};
use crate::machine::timers::TimerKey;
use crate::record::event::{Event, WaitsOn};

/// Waits until `duration` from now has passed.
///
/// Counted from this call, not from the first poll. Zero is ready at once. A
/// deadline that passes before the first poll is ready then, or in the same turn
/// of the loop. What can't be held, such as [`Duration::MAX`], does not come.
///
/// Once it was ready it is ready at each further poll, until it is
/// [reset](Sleep::reset).
///
/// # Panics
///
/// Polled outside a runtime, or outside the one that polled it first, before it was
/// ready.
///
/// # Cancel safety
///
/// Dropping it disarms the timer.
///
/// # Examples
///
/// ```
/// use buzzer::time::{Duration, Instant, sleep};
/// buzzer::block_on(async {
///     let before = Instant::now();
///     sleep(Duration::from_micros(150)).await;
///     assert!(before.elapsed() >= Duration::from_micros(150));
/// });
/// ```
pub fn sleep(duration: Duration) -> Sleep {
    sleep_until(Instant::now().saturating_add(duration))
}

/// Waits until `deadline`. See [`sleep`].
///
/// # Examples
///
/// ```
/// use buzzer::time::{Duration, Instant, sleep_until};
///
/// # buzzer::runtime::Builder::new_current_thread().start_paused(true).build().unwrap()
/// # .block_on(async {
/// let opens = Instant::now() + Duration::from_secs(8 * 3_600);
/// sleep_until(opens).await;
/// assert_eq!(Instant::now(), opens);
/// # });
/// ```
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep {
        deadline,
        stage: Stage::New,
    }
}

/// The future of [`sleep`] and [`sleep_until`].
#[derive(Debug)]
#[must_use = "a sleep does nothing unless it is awaited"]
pub struct Sleep {
    deadline: Instant,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    /// Not polled since it was made or reset.
    New,
    /// A poll had to wait.
    Armed { runtime: RuntimeId, key: TimerKey },
    /// It was ready. Kept, and not found out anew: a look at the clock may be saved by
    /// an older one, by which the deadline is still to come.
    Ended,
}

/// Every sleeping task pays for its size.
const _: () = assert!(size_of::<Sleep>() == 32);

impl Sleep {
    /// When it ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::time::{Duration, Instant, sleep_until};
    ///
    /// let opens = Instant::now() + Duration::from_secs(3_600);
    /// assert_eq!(sleep_until(opens).deadline(), opens);
    /// ```
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether the deadline has come.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::time::{self, Duration};
    ///
    /// # buzzer::runtime::Builder::new_current_thread().start_paused(true).build().unwrap()
    /// # .block_on(async {
    /// let minute = time::sleep(Duration::from_secs(60));
    /// assert!(!minute.is_elapsed());
    /// time::advance(Duration::from_secs(60)).await;
    /// assert!(minute.is_elapsed());
    /// # });
    /// ```
    pub fn is_elapsed(&self) -> bool {
        self.deadline <= Instant::now()
    }

    /// Moves the deadline, also of a sleep that has ended: it can then be
    /// awaited again. The next poll arms the new deadline; a task that waits for
    /// the sleep already is woken to make that poll.
    ///
    /// # Examples
    ///
    /// A limit that each sign of life puts off:
    ///
    /// ```
    /// use buzzer::time::{Duration, Instant, sleep};
    ///
    /// # buzzer::runtime::Builder::new_current_thread().start_paused(true).build().unwrap()
    /// # .block_on(async {
    /// let began = Instant::now();
    /// let mut limit = std::pin::pin!(sleep(Duration::from_secs(60)));
    /// sleep(Duration::from_secs(59)).await; // Then a guest orders,
    /// limit.as_mut().reset(Instant::now() + Duration::from_secs(60));
    /// limit.await;
    /// assert_eq!(began.elapsed(), Duration::from_secs(59 + 60));
    /// # });
    /// ```
    pub fn reset(mut self: Pin<&mut Self>, deadline: Instant) {
        self.deadline = deadline;
        self.disarm(Waker::wake);
    }

    /// As [`reset`](Self::reset), for the one who waits for it and is going to poll
    /// it again anyway: it is not woken.
    #[cfg(feature = "hyper")]
    pub(crate) fn reset_by_its_waiter(&mut self, deadline: Instant) {
        self.deadline = deadline;
        self.disarm(drop);
    }

    /// As the future's poll, but outside the budget: a timeout must fire even
    /// when what it guards has spent it.
    #[track_caller]
    pub(super) fn poll_elapsed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if matches!(self.stage, Stage::Ended) {
            return Poll::Ready(());
        }
        // A foreign waker's clone and drop are the program's code, so they
        // happen outside the borrow.
        let waker = cx.waker().clone();
        let here = context::try_with(|core| {
            let mut timers = core.timers.borrow_mut();
            if let Stage::Armed { runtime, key } = self.stage {
                if runtime != core.inject.id() {
                    return None;
                }
                return Some(match timers.set_waker(key, waker) {
                    Ok(replaced) => {
                        let recorder = core.recorder();
                        if recorder.is_on() && !replaced.will_wake(cx.waker()) {
                            // Another task than before, perhaps.
                            recorder.waits(WaitsOn::Timer(recorder.timer(key.armed())));
                        }
                        (Poll::Pending, Some(replaced))
                    }
                    // Timers vanish by firing only: the deadline has come.
                    Err(waker) => (Poll::Ready(()), Some(waker)),
                });
            }
            if core.clock.has_passed(self.deadline.into_std()) {
                return Some((Poll::Ready(()), Some(waker)));
            }
            let deadline = core.clock.nanos(self.deadline.into_std());
            let key = timers.arm(deadline, waker);
            let runtime = core.inject.id();
            self.stage = Stage::Armed { runtime, key };
            let recorder = core.recorder();
            if recorder.is_on() {
                let (timer, by) = (recorder.timer(key.armed()), recorder.cause());
                recorder.record(Event::TimerArmed {
                    timer,
                    deadline,
                    by,
                });
                recorder.waits(WaitsOn::Timer(timer));
            }
            Some((Poll::Pending, None))
        });
        let Some((polled, unused)) = here.flatten() else {
            match self.stage {
                Stage::Armed { runtime, .. } => elsewhere("a sleep", runtime, Since::ItsFirstPoll),
                Stage::New | Stage::Ended => no_runtime("a sleep"),
            }
        };
        drop(unused);
        if polled.is_ready() {
            self.stage = Stage::Ended;
        }
        polled
    }

    /// Takes the timer out, from any thread. Who waited for it is told `and_then`:
    /// outside the borrow, and on the runtime's thread.
    fn disarm(&mut self, and_then: fn(Waker)) {
        let before = std::mem::replace(&mut self.stage, Stage::New);
        let Stage::Armed { runtime, key } = before else {
            return;
        };
        let disarm = move |core: &Rc<Core>| {
            let disarmed = core.timers.borrow_mut().disarm(key);
            let recorder = core.recorder();
            if disarmed.is_some() && recorder.is_on() {
                let timer = recorder.timer(key.armed());
                recorder.record(Event::TimerDropped { timer });
            }
            disarmed
        };
        let here = context::try_with(|core| {
            let is_its = core.inject.id() == runtime;
            is_its.then(|| disarm(core))
        });
        match here.flatten() {
            Some(waiting) => waiting.into_iter().for_each(and_then),
            None => {
                let forget = Message::Run(Box::new(move || {
                    let waiting = context::try_with(disarm).flatten();
                    waiting.into_iter().for_each(and_then);
                }));
                // A runtime that is gone took its timers along.
                let _ = live::send_to(runtime, forget);
            }
        }
    }
}

impl Future for Sleep {
    type Output = ();

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        ready!(budget::poll_left(cx));
        ready!(self.poll_elapsed(cx));
        budget::take_one();
        Poll::Ready(())
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.disarm(drop);
    }
}
