//! A moment on the runtime's clock.
//!
//! Owns [`Instant`]: std's, except that `now` asks the clock of the runtime.

use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::time::Duration;

use crate::machine::context;

/// A moment on the runtime's clock, real or paused.
///
/// Outside a runtime it is the real time. Arithmetic is as for
/// [`std::time::Instant`].
///
/// # Examples
///
/// ```
/// use buzzer::time::{self, Duration, Instant};
///
/// # buzzer::runtime::Builder::new_current_thread().start_paused(true).build().unwrap()
/// # .block_on(async {
/// let (began, second) = (Instant::now(), Duration::from_secs(1));
/// time::advance(3 * second).await;
/// let now = Instant::now();
/// assert_eq!(began.elapsed(), 3 * second);
/// assert_eq!(now - began, now.duration_since(began));
/// assert_eq!(began.saturating_duration_since(now), Duration::ZERO);
/// assert_eq!(began.checked_duration_since(now), None);
/// assert_eq!(began.checked_add(3 * second), Some(now));
/// assert_eq!(now.checked_sub(3 * second), Some(began));
/// assert_eq!(now.checked_add(Duration::MAX), None);
/// assert_eq!(Instant::from_std(now.into_std()), now);
/// # });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Instant(std::time::Instant);

impl Instant {
    /// Now.
    pub fn now() -> Self {
        let now = context::try_with(|core| core.clock.now_instant());
        Self(now.unwrap_or_else(std::time::Instant::now))
    }

    /// The same moment of std.
    pub fn from_std(std: std::time::Instant) -> Self {
        Self(std)
    }

    /// The same moment for std.
    pub fn into_std(self) -> std::time::Instant {
        self.0
    }

    /// How long ago it was; zero if it is yet to come.
    pub fn elapsed(&self) -> Duration {
        Self::now().saturating_duration_since(*self)
    }

    /// The time from `earlier` to here; zero if that is later.
    pub fn duration_since(&self, earlier: Self) -> Duration {
        self.0.duration_since(earlier.0)
    }

    /// The time from `earlier` to here; zero if that is later.
    pub fn saturating_duration_since(&self, earlier: Self) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }

    /// The time from `earlier` to here; `None` if that is later.
    pub fn checked_duration_since(&self, earlier: Self) -> Option<Duration> {
        self.0.checked_duration_since(earlier.0)
    }

    /// `None` if the sum can't be held.
    pub fn checked_add(&self, duration: Duration) -> Option<Self> {
        self.0.checked_add(duration).map(Self)
    }

    /// `None` if the difference can't be held.
    pub fn checked_sub(&self, duration: Duration) -> Option<Self> {
        self.0.checked_sub(duration).map(Self)
    }

    /// For deadlines: where the sum can't be held, a moment that does not come,
    /// since it is beyond what the runtime's clock counts.
    pub(crate) fn saturating_add(self, duration: Duration) -> Self {
        const MILLENNIUM: Duration = Duration::from_secs(1_000 * 365 * 86_400);
        self.checked_add(duration)
            .or_else(|| self.checked_add(MILLENNIUM))
            .unwrap_or(self)
    }
}

impl From<std::time::Instant> for Instant {
    fn from(std: std::time::Instant) -> Self {
        Self(std)
    }
}

impl From<Instant> for std::time::Instant {
    fn from(instant: Instant) -> Self {
        instant.0
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    #[track_caller]
    fn add(self, duration: Duration) -> Self {
        Self(self.0 + duration)
    }
}

impl AddAssign<Duration> for Instant {
    #[track_caller]
    fn add_assign(&mut self, duration: Duration) {
        self.0 += duration;
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    #[track_caller]
    fn sub(self, duration: Duration) -> Self {
        Self(self.0 - duration)
    }
}

impl SubAssign<Duration> for Instant {
    #[track_caller]
    fn sub_assign(&mut self, duration: Duration) {
        self.0 -= duration;
    }
}

impl Sub for Instant {
    type Output = Duration;

    /// Zero if `earlier` is later.
    fn sub(self, earlier: Self) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }
}
