//! A limit holds whatever the limited future does.

#[path = "support/on_drop.rs"]
mod on_drop;
#[path = "support/paused.rs"]
mod paused;

use std::cell::Cell;
use std::future::{pending, poll_fn, ready};
use std::rc::Rc;
use std::task::Poll;

use buzzer::time::{Duration, Instant, advance, sleep, sleep_until, timeout, timeout_at};
use futures::FutureExt;
use on_drop::OnDrop;
use paused::paused;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn zero_the_past_and_exactly_now_end_a_future_that_waits_and_not_one_that_is_ready() {
    paused().block_on(async {
        let now = Instant::now();
        for limit in [now, now - Duration::from_nanos(1)] {
            assert!(timeout_at(limit, pending::<()>()).await.is_err());
            assert_eq!(timeout_at(limit, ready(7)).await, Ok(7));
        }
        assert!(timeout(Duration::ZERO, pending::<()>()).await.is_err());
        assert_eq!(timeout(Duration::ZERO, ready(7)).await, Ok(7));
        assert_eq!(now.elapsed(), Duration::ZERO);
    });
}

#[test]
fn duration_max_is_no_limit() {
    paused().block_on(async {
        let before = Instant::now();
        let hundred_years = sleep(SECOND * 86_400 * 365 * 100);
        assert!(timeout(Duration::MAX, hundred_years).await.is_ok());
        assert_eq!(before.elapsed(), SECOND * 86_400 * 365 * 100);
    });
}

#[test]
fn a_future_that_is_ready_at_the_very_deadline_is_in_time() {
    paused().block_on(async {
        // Armed before the limit, and after it.
        let early = sleep(SECOND);
        assert!(timeout(SECOND, early).await.is_ok());
        let late = async {
            sleep(SECOND / 2).await;
            sleep(SECOND / 2).await;
        };
        assert!(timeout(SECOND, late).await.is_ok());
    });
}

#[test]
fn the_future_is_dropped_when_the_time_is_over_and_its_timers_with_it() {
    paused().block_on(async {
        let before = Instant::now();
        let dropped = Rc::new(Cell::new(false));
        let guard = dropped.clone();
        let waits = async move {
            let _on_drop = OnDrop(move || guard.set(true));
            sleep(100 * SECOND).await;
        };
        assert!(timeout(SECOND, waits).await.is_err());
        assert!(dropped.get());
        assert_eq!(before.elapsed(), SECOND);
    });
}

#[test]
fn a_timeout_fires_although_its_future_spends_the_budget_in_every_poll() {
    paused().block_on(async {
        let polls = Cell::new(0);
        let mut busy = Box::pin(async {
            // The deadline passes, and then this is never without something ready.
            advance(2 * SECOND).await;
            let elapsed = Instant::now();
            loop {
                sleep_until(elapsed).await;
            }
        });
        let counted = poll_fn(|cx| {
            polls.set(polls.get() + 1);
            assert!(
                polls.get() < 10,
                "the limit had ten chances to be looked at"
            );
            busy.as_mut().poll(cx)
        });
        let limited: Result<(), _> = timeout(SECOND, counted).await;
        assert!(limited.is_err());
    });
}

#[test]
fn a_budget_spent_before_the_timeout_does_not_make_a_ready_future_late() {
    paused().block_on(async {
        // Every leaf takes one unit of the 128, also the one within the timeout.
        for _ in 0..1_000 {
            let ready = sleep(Duration::ZERO);
            assert!(timeout(Duration::ZERO, ready).await.is_ok());
        }
    });
}

#[test]
fn a_timeout_fires_although_a_sibling_spends_the_budget_before_each_of_its_polls() {
    paused().block_on(async {
        let polls = Cell::new(0);
        let passed = Instant::now();
        let mut limited = Box::pin(timeout_at(passed, sleep(SECOND)));
        poll_fn(|cx| {
            polls.set(polls.get() + 1);
            assert!(
                polls.get() < 10,
                "the limit had ten chances to be looked at"
            );
            let mut sibling = Box::pin(async {
                loop {
                    sleep_until(passed).await;
                }
            });
            let spent: Poll<()> = sibling.as_mut().poll(cx);
            assert!(spent.is_pending());
            limited.as_mut().poll(cx)
        })
        .await
        .unwrap_err();
    });
}

#[test]
fn a_timeout_within_a_timeout_ends_first() {
    paused().block_on(async {
        let before = Instant::now();
        let inner = timeout(SECOND, pending::<()>());
        assert!(matches!(timeout(2 * SECOND, inner).await, Ok(Err(_))));
        let inner = timeout(2 * SECOND, pending::<()>());
        assert!(timeout(SECOND, inner).await.is_err());
        assert_eq!(before.elapsed(), 2 * SECOND);
    });
}

#[test]
fn elapsed_says_so_and_becomes_an_io_error() {
    paused().block_on(async {
        let elapsed = timeout(SECOND, pending::<()>()).await.unwrap_err();
        assert_eq!(elapsed.to_string(), "deadline has elapsed");
        let error = std::io::Error::from(elapsed);
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    });
}

#[test]
fn a_timeout_polled_by_hand_wakes_whoever_polled_it_last() {
    paused().block_on(async {
        let mut limited = Box::pin(timeout(SECOND, pending::<()>()));
        assert!(limited.as_mut().now_or_never().is_none());
        // Now from a task of its own.
        let task = buzzer::spawn(poll_fn(move |cx| match limited.as_mut().poll(cx) {
            Poll::Ready(result) => Poll::Ready(result.is_err()),
            Poll::Pending => Poll::Pending,
        }));
        assert!(task.await.unwrap());
    });
}
