//! A deadline again and again.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::{Instant, Sleep, sleep_until};

/// Ticks now, and then every `period`.
///
/// # Panics
///
/// If the period is zero.
///
/// # Examples
///
/// ```
/// use buzzer::time::{Duration, interval};
/// buzzer::block_on(async {
///     let mut ticks = interval(Duration::from_micros(50));
///     let first = ticks.tick().await;
///     assert_eq!(ticks.tick().await - first, Duration::from_micros(50));
/// });
/// ```
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    interval_at(Instant::now(), period)
}

/// Ticks at `start`, and then every `period`.
///
/// # Panics
///
/// If the period is zero.
///
/// # Examples
///
/// ```
/// use buzzer::time::{Duration, Instant, interval_at};
///
/// # buzzer::runtime::Builder::new_current_thread().start_paused(true).build().unwrap()
/// # .block_on(async {
/// let (opens, hour) = (Instant::now() + Duration::from_secs(60), Duration::from_secs(3_600));
/// let mut hours = interval_at(opens, hour);
/// assert_eq!(hours.tick().await, opens);
/// assert_eq!(hours.tick().await, opens + hour);
/// # });
/// ```
#[track_caller]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    assert!(
        !period.is_zero(),
        "the period of an interval must be longer than zero"
    );
    Interval {
        sleep: sleep_until(start),
        period,
        missed: MissedTickBehavior::default(),
    }
}

/// What an interval does when ticks were missed: its task was slow, the loop
/// was blocked, or the process was stopped.
///
/// # Examples
///
/// A task that is held up for five and a half seconds, with a tick each second:
///
/// ```
/// use buzzer::time::{self, Duration, Instant, MissedTickBehavior};
///
/// # buzzer::runtime::Builder::new_current_thread().start_paused(true).build().unwrap()
/// # .block_on(async {
/// for (behavior, next) in [
///     (MissedTickBehavior::Burst, 2.0), // Late, and at once: those missed come one by one.
///     (MissedTickBehavior::Delay, 6.5), // A second after the late one.
///     (MissedTickBehavior::Skip, 6.0),  // Back in step.
/// ] {
///     let began = Instant::now();
///     let mut seconds = time::interval(Duration::from_secs(1));
///     seconds.set_missed_tick_behavior(behavior);
///     seconds.tick().await; // The first comes at once.
///     time::advance(Duration::from_millis(5_500)).await;
///     seconds.tick().await; // Was due at one.
///     let due = seconds.tick().await - began;
///     assert_eq!(due, Duration::from_secs_f64(next), "{behavior:?}");
/// }
/// # });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum MissedTickBehavior {
    /// Tick as fast as possible until caught up; ticks keep their places.
    #[default]
    Burst,
    /// Tick at once, and count the periods from then on.
    Delay,
    /// Tick at once, and then at the next place that is a whole number of
    /// periods after the start.
    Skip,
}

impl MissedTickBehavior {
    /// The tick after the one that was due at `due` and given at `now`.
    fn next(self, due: Instant, now: Instant, period: Duration) -> Instant {
        match self {
            Self::Burst => due.saturating_add(period),
            Self::Delay => now.saturating_add(period),
            Self::Skip => {
                let late = now.saturating_duration_since(due).as_nanos();
                let into_period = u64::try_from(late % period.as_nanos());
                let rest = period - Duration::from_nanos(into_period.unwrap_or(0));
                now.saturating_add(rest)
            }
        }
    }
}

/// Ticks made by [`interval`] and [`interval_at`].
#[derive(Debug)]
pub struct Interval {
    /// To the next tick.
    sleep: Sleep,
    period: Duration,
    missed: MissedTickBehavior,
}

impl Interval {
    /// Waits for the next tick; gives the moment it was due.
    ///
    /// # Cancel safety
    ///
    /// A dropped wait consumes no tick.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::time::{Duration, Instant, interval};
    ///
    /// # buzzer::runtime::Builder::new_current_thread().start_paused(true).build().unwrap()
    /// # .block_on(async {
    /// let mut minutes = interval(Duration::from_secs(60));
    /// let first = minutes.tick().await; // The first comes at once.
    /// assert_eq!(minutes.tick().await - first, Duration::from_secs(60));
    /// assert_eq!(Instant::now() - first, Duration::from_secs(60));
    /// # });
    /// ```
    pub fn tick(&mut self) -> impl Future<Output = Instant> {
        Tick(Some(self))
    }

    /// As [`tick`](Self::tick), for a future made by hand.
    ///
    /// # Examples
    ///
    /// For a future written by hand:
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use buzzer::time::{Duration, Instant, interval};
    ///
    /// # buzzer::runtime::Builder::new_current_thread().start_paused(true).build().unwrap()
    /// # .block_on(async {
    /// let mut minutes = interval(Duration::from_secs(60));
    /// let now = Instant::now();
    /// assert_eq!(poll_fn(|cx| minutes.poll_tick(cx)).await, now);
    /// # });
    /// ```
    #[track_caller]
    pub fn poll_tick(&mut self, cx: &mut Context<'_>) -> Poll<Instant> {
        ready!(Pin::new(&mut self.sleep).poll(cx));
        let due = self.sleep.deadline();
        let now = Instant::now();
        // As in tokio, up to 5 ms late is on time: a loop is seldom punctual.
        let missed = now > due.saturating_add(Duration::from_millis(5));
        let next = match missed {
            true => self.missed.next(due, now, self.period),
            false => due.saturating_add(self.period),
        };
        Pin::new(&mut self.sleep).reset(next);
        Poll::Ready(due)
    }

    /// The next tick comes one period from now.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::time::{self, Duration, Instant};
    ///
    /// # buzzer::runtime::Builder::new_current_thread().start_paused(true).build().unwrap()
    /// # .block_on(async {
    /// let mut minutes = time::interval(Duration::from_secs(60));
    /// minutes.tick().await;
    /// time::advance(Duration::from_secs(50)).await;
    /// minutes.reset(); // A whole minute from here.
    /// let now = Instant::now();
    /// assert_eq!(minutes.tick().await - now, Duration::from_secs(60));
    /// # });
    /// ```
    pub fn reset(&mut self) {
        self.reset_after(self.period);
    }

    /// The next tick comes now.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::time::{self, Duration, Instant};
    ///
    /// # buzzer::runtime::Builder::new_current_thread().start_paused(true).build().unwrap()
    /// # .block_on(async {
    /// let mut minutes = time::interval(Duration::from_secs(60));
    /// minutes.tick().await;
    /// minutes.reset_immediately();
    /// let now = Instant::now();
    /// assert_eq!(minutes.tick().await, now);
    /// # });
    /// ```
    pub fn reset_immediately(&mut self) {
        self.reset_at(Instant::now());
    }

    /// The next tick comes `after` from now.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::time::{self, Duration, Instant};
    ///
    /// # buzzer::runtime::Builder::new_current_thread().start_paused(true).build().unwrap()
    /// # .block_on(async {
    /// let mut minutes = time::interval(Duration::from_secs(60));
    /// minutes.tick().await;
    /// minutes.reset_after(Duration::from_secs(5));
    /// let now = Instant::now();
    /// assert_eq!(minutes.tick().await - now, Duration::from_secs(5));
    /// assert_eq!(minutes.tick().await - now, Duration::from_secs(65));
    /// # });
    /// ```
    pub fn reset_after(&mut self, after: Duration) {
        self.reset_at(Instant::now().saturating_add(after));
    }

    /// The next tick comes at `deadline`.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::time::{self, Duration, Instant};
    ///
    /// # buzzer::runtime::Builder::new_current_thread().start_paused(true).build().unwrap()
    /// # .block_on(async {
    /// let mut minutes = time::interval(Duration::from_secs(60));
    /// minutes.tick().await;
    /// let at = Instant::now() + Duration::from_secs(5);
    /// minutes.reset_at(at);
    /// assert_eq!(minutes.tick().await, at);
    /// # });
    /// ```
    pub fn reset_at(&mut self, deadline: Instant) {
        Pin::new(&mut self.sleep).reset(deadline);
    }

    /// The time between ticks.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::time::{Duration, interval};
    ///
    /// let minutes = interval(Duration::from_secs(60));
    /// assert_eq!(minutes.period(), Duration::from_secs(60));
    /// ```
    pub fn period(&self) -> Duration {
        self.period
    }

    /// What happens when ticks are missed.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::time::{Duration, MissedTickBehavior, interval};
    ///
    /// let minutes = interval(Duration::from_secs(60));
    /// assert_eq!(minutes.missed_tick_behavior(), MissedTickBehavior::Burst);
    /// ```
    pub fn missed_tick_behavior(&self) -> MissedTickBehavior {
        self.missed
    }

    /// Says what happens when ticks are missed.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::time::{Duration, MissedTickBehavior, interval};
    ///
    /// let mut minutes = interval(Duration::from_secs(60));
    /// minutes.set_missed_tick_behavior(MissedTickBehavior::Skip);
    /// assert_eq!(minutes.missed_tick_behavior(), MissedTickBehavior::Skip);
    /// ```
    pub fn set_missed_tick_behavior(&mut self, behavior: MissedTickBehavior) {
        self.missed = behavior;
    }
}

/// `None` once it gave the tick. Named, so that a panic of it tells the line that
/// awaits it.
struct Tick<'a>(Option<&'a mut Interval>);

impl Future for Tick<'_> {
    type Output = Instant;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Instant> {
        let Some(interval) = &mut self.0 else {
            panic!("an interval's tick was polled after it gave its moment: call tick again")
        };
        let tick = ready!(interval.poll_tick(cx));
        self.0 = None;
        Poll::Ready(tick)
    }
}
