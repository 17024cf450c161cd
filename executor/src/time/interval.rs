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
    pub fn tick(&mut self) -> impl Future<Output = Instant> {
        Tick(Some(self))
    }

    /// As [`tick`](Self::tick), for a future made by hand.
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
    pub fn reset(&mut self) {
        self.reset_after(self.period);
    }

    /// The next tick comes now.
    pub fn reset_immediately(&mut self) {
        self.reset_at(Instant::now());
    }

    /// The next tick comes `after` from now.
    pub fn reset_after(&mut self, after: Duration) {
        self.reset_at(Instant::now().saturating_add(after));
    }

    /// The next tick comes at `deadline`.
    pub fn reset_at(&mut self, deadline: Instant) {
        Pin::new(&mut self.sleep).reset(deadline);
    }

    /// The time between ticks.
    pub fn period(&self) -> Duration {
        self.period
    }

    /// What happens when ticks are missed.
    pub fn missed_tick_behavior(&self) -> MissedTickBehavior {
        self.missed
    }

    /// Says what happens when ticks are missed.
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
