//! A limit on how long a future may take.

use std::fmt;
use std::future::IntoFuture;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::{Instant, Sleep, sleep_until};
use crate::machine::budget;
use crate::sys::pinned::Pinned;

/// Awaits `future`, but at most for `duration` from this call.
///
/// The future is polled before the deadline is looked at, so one that is ready
/// at the deadline is in time. When the time is over it is dropped. The
/// deadline is outside the poll budget: it comes also for a future that is
/// always busy.
///
/// # Errors
///
/// [`Elapsed`], when the deadline has come and the future is not ready.
///
/// # Panics
///
/// Polled outside a runtime.
///
/// # Cancel safety
///
/// Dropping it drops the future.
///
/// # Examples
///
/// ```
/// use buzzer::time::{Duration, sleep, timeout};
/// buzzer::block_on(async {
///     let hour = sleep(Duration::from_secs(3600));
///     assert!(timeout(Duration::from_micros(10), hour).await.is_err());
///     assert_eq!(timeout(Duration::from_secs(3600), async { 7 }).await, Ok(7));
/// });
/// ```
pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Timeout<F::IntoFuture> {
    timeout_at(Instant::now().saturating_add(duration), future)
}

/// Awaits `future`, but at most until `deadline`. See [`timeout`].
///
/// # Errors
///
/// As [`timeout`].
///
/// # Examples
///
/// ```
/// use buzzer::time::{Duration, Instant, sleep, timeout_at};
///
/// # buzzer::runtime::Builder::new_current_thread().start_paused(true).build().unwrap()
/// # .block_on(async {
/// let closing = Instant::now() + Duration::from_secs(60);
/// // Both share the minute that is left.
/// timeout_at(closing, sleep(Duration::from_secs(40))).await.unwrap();
/// timeout_at(closing, sleep(Duration::from_secs(40))).await.unwrap_err();
/// assert_eq!(Instant::now(), closing);
/// # });
/// ```
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    let limit = Limit {
        sleep: sleep_until(deadline),
        stage: Stage::New,
    };
    Pinned::beside(future.into_future(), limit)
}

/// The future of [`timeout`] and [`timeout_at`].
///
/// # Panics
///
/// Polled again after it was ready.
///
/// # Examples
///
/// ```
/// use buzzer::time::{Duration, timeout};
///
/// buzzer::block_on(async {
///     let mut limited = timeout(Duration::from_secs(60), std::future::ready(7));
///     let _: &std::future::Ready<_> = limited.get_ref();
///     *limited.get_mut() = std::future::ready(8);
///     assert_eq!(limited.into_inner().await, 8); // No limit any more.
/// });
/// ```
pub type Timeout<F> = Pinned<F, Limit>;

/// What a [`Timeout`] has beside its future.
#[derive(Debug)]
pub struct Limit {
    sleep: Sleep,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    New,
    /// The time was over in a poll without a budget, and the future got one poll more.
    Deferred,
    Ended,
}

impl<F> Timeout<F> {
    /// The future.
    pub fn get_ref(&self) -> &F {
        self.get().0
    }

    /// The future.
    pub fn get_mut(&mut self) -> &mut F {
        self.get_both_mut().0
    }

    /// The future, without a limit from now on.
    pub fn into_inner(self) -> F {
        self.into_both().0
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (future, limit) = self.project();
        if matches!(limit.stage, Stage::Ended) {
            panic!("a timeout was polled after it gave its result: keep the result");
        }
        let had_budget = !budget::is_spent();
        if let Poll::Ready(output) = future.poll(cx) {
            limit.stage = Stage::Ended;
            return Poll::Ready(Ok(output));
        }
        ready!(limit.sleep.poll_elapsed(cx));
        // Where the task has spent its budget before it came here, the future said
        // "pending" even if it was ready. It gets one poll more; not two, since the task
        // may be one that spends it each time.
        if had_budget || matches!(limit.stage, Stage::Deferred) {
            // A loop over timeouts that are over yields, as with any leaf.
            budget::take_one();
            limit.stage = Stage::Ended;
            return Poll::Ready(Err(Elapsed(())));
        }
        limit.stage = Stage::Deferred;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<F: fmt::Debug> fmt::Debug for Timeout<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (future, limit) = self.get();
        f.debug_struct("Timeout")
            .field("future", future)
            .field("limit", limit)
            .finish()
    }
}

/// The time was over before the future was ready.
///
/// # Examples
///
/// ```
/// use std::io;
/// use buzzer::time::{Duration, timeout};
///
/// buzzer::block_on(async {
///     let waited = timeout(Duration::ZERO, std::future::pending::<()>()).await;
///     let error = waited.unwrap_err();
///     assert_eq!(error.to_string(), "deadline has elapsed");
///     assert_eq!(io::Error::from(error).kind(), io::ErrorKind::TimedOut);
/// });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed(());

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("deadline has elapsed")
    }
}

impl std::error::Error for Elapsed {}

impl From<Elapsed> for io::Error {
    fn from(_: Elapsed) -> Self {
        io::ErrorKind::TimedOut.into()
    }
}
