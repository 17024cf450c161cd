//! Waiting for a time: `sleep`, `timeout`, `interval`, and the clock itself.
//!
//! Owns what programs call; the deadlines are kept in `machine/timers.rs` and the time
//! in `machine/clock.rs`. Names and signatures are tokio's. Times are kept in
//! nanoseconds: a sleep is never early, and late only by what the kernel and the other
//! tasks take, and by a millisecond at the most where the system's wait counts in those
//! (a Linux that refuses timerfds). The clock is std's: `CLOCK_MONOTONIC` on Linux, which
//! stands still while the machine is suspended.

pub mod error;
mod instant;
mod interval;
mod sleep;
mod timeout;

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

pub use instant::Instant;
pub use interval::{Interval, MissedTickBehavior, interval, interval_at};
pub use sleep::{Sleep, sleep, sleep_until};
pub use std::time::Duration;
pub use timeout::{Timeout, timeout, timeout_at};

use crate::machine::context;
use crate::machine::core::Core;
use crate::machine::panics::wake_contained;

/// Stops the runtime's clock. Until [`resume`] it stands still while there is
/// anything to do (a task queued, an event, a blocking job in flight), and jumps
/// to the next deadline when all is idle: waiting takes no time.
///
/// What another thread is about to do can't be known: a program that waits for
/// one should hold the clock by a blocking job.
///
/// # Panics
///
/// If the clock is paused already; outside a runtime.
///
/// # Examples
///
/// ```
/// use buzzer::time::{self, Duration, Instant};
///
/// buzzer::block_on(async {
///     time::pause();
///     let began = Instant::now();
///     time::sleep(Duration::from_secs(3_600)).await; // Takes no time.
///     assert_eq!(began.elapsed(), Duration::from_secs(3_600));
/// });
/// ```
#[track_caller]
pub fn pause() {
    let paused = context::with("time::pause", |core| {
        core.pool.set_nudge(true);
        core.clock.pause()
    });
    assert!(paused, "time::pause was called while the clock was paused");
}

/// Lets the clock run again, on from where it stands.
///
/// # Panics
///
/// If the clock is not paused; outside a runtime.
///
/// # Examples
///
/// ```
/// use buzzer::time::{self, Instant};
///
/// buzzer::block_on(async {
///     time::pause();
///     let stopped = Instant::now();
///     assert_eq!(stopped.elapsed(), time::Duration::ZERO);
///     time::resume();
///     while stopped.elapsed().is_zero() {} // It goes again.
/// });
/// ```
#[track_caller]
pub fn resume() {
    let resumed = context::with("time::resume", |core| {
        core.pool.set_nudge(false);
        core.reactor.borrow_mut().timer().forget();
        core.clock.resume()
    });
    assert!(
        resumed,
        "time::resume was called while the clock was running"
    );
}

/// Moves a paused clock forward by `duration`, then lets the tasks run whose
/// deadlines have passed by that.
///
/// # Panics
///
/// If the clock is not paused; outside a runtime.
///
/// # Cancel safety
///
/// The clock moves in the first poll; dropped after that, it has moved.
///
/// # Examples
///
/// ```
/// use buzzer::time::{self, Duration};
///
/// # buzzer::runtime::Builder::new_current_thread().start_paused(true).build().unwrap()
/// # .block_on(async {
/// let coffee = buzzer::spawn(time::sleep(Duration::from_secs(120)));
/// time::advance(Duration::from_secs(119)).await;
/// assert!(!coffee.is_finished());
/// time::advance(Duration::from_secs(1)).await;
/// assert!(coffee.is_finished());
/// # });
/// ```
pub fn advance(duration: Duration) -> impl Future<Output = ()> {
    Advance::By(duration)
}

/// Named, so that a panic of it tells the line that awaits it.
enum Advance {
    By(Duration),
    /// The clock has moved.
    Moved,
    /// It was ready.
    Ended,
}

impl Future for Advance {
    type Output = ();

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let duration = match *self {
            Self::By(duration) => duration,
            Self::Moved => {
                *self = Self::Ended;
                return Poll::Ready(());
            }
            Self::Ended => panic!(
                "time::advance was polled after it gave its result: call it again to move the \
                 clock again"
            ),
        };
        *self = Self::Moved;
        let paused = context::with("time::advance", |core| {
            let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
            core.jump_clock_to(core.clock.now().saturating_add(nanos));
            core.clock.is_paused()
        });
        assert!(
            paused,
            "time::advance was called while the clock was running: pause it first"
        );
        let cause = context::with("time::advance", |core| core.recorder().cause());
        let expire = |core: &Rc<Core>| core.expire(core.clock.now());
        while let Some(due) = context::with("time::advance", expire) {
            wake_contained(due);
        }
        context::with("time::advance", |core| core.recorder().set_cause(cause));
        // The tasks that were due are queued; now they run.
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
