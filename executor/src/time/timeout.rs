//! A limit on how long a future may take.

use std::fmt;
use std::future::{IntoFuture, poll_fn};
use std::io;
use std::pin::pin;
use std::task::{Poll, ready};
use std::time::Duration;

use super::{Instant, Sleep, sleep_until};
use crate::machine::budget;

/// Awaits `future`, but at most for `duration` from this call.
///
/// The future is polled before the deadline is looked at, so one that is ready
/// at the deadline is in time. When the time is over it is dropped. The
/// deadline is outside the poll budget: it comes also for a future that is
/// always busy.
///
/// tokio's gives a named type, `Timeout`; a named type that holds the future
/// would need `unsafe` to poll it in place.
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
pub fn timeout<F: IntoFuture>(
    duration: Duration,
    future: F,
) -> impl Future<Output = Result<F::Output, Elapsed>> {
    timeout_at(Instant::now().saturating_add(duration), future)
}

/// Awaits `future`, but at most until `deadline`. See [`timeout`].
///
/// # Errors
///
/// As [`timeout`].
pub fn timeout_at<F: IntoFuture>(
    deadline: Instant,
    future: F,
) -> impl Future<Output = Result<F::Output, Elapsed>> {
    let future = future.into_future();
    async move {
        let mut future = pin!(future);
        let mut limit: Sleep = sleep_until(deadline);
        let mut deferred = false;
        poll_fn(|cx| {
            let had_budget = !budget::is_spent();
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Ok(output));
            }
            ready!(limit.poll_elapsed(cx));
            // Where the task has spent its budget before it came here, the future
            // said "pending" even if it was ready. It gets one poll more; not
            // two, since the task may be one that spends it each time.
            if had_budget || std::mem::replace(&mut deferred, true) {
                return Poll::Ready(Err(Elapsed(())));
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await
    }
}

/// The time was over before the future was ready.
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
