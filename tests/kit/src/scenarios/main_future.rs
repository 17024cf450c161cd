//! `block_on` alone: its future is polled when it was woken, however that was done.

use std::future::poll_fn;
use std::sync::{Arc, OnceLock};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use crate::Executor;
use crate::child::awaiting;
use crate::hand::{Count, within};
use crate::look;
use crate::scenario::{Outcome, Scenario, expect};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "wake_during_the_first_poll",
        mistake: "A wake that comes before the poll is over is lost.",
        look: "Whether the mark \"woken\" is cleared after a poll, or the thread parked without \
               a look at it. Clear it before the poll, and look at it before parking.",
        needs: &[],
        run: wake_during_the_first_poll,
    },
    Scenario {
        name: "wake_while_parked",
        mistake: "A wake from another thread doesn't end the park.",
        look: "What the waker does on another thread: it must set the mark, and then unpark.",
        needs: &[],
        run: wake_while_parked,
    },
    Scenario {
        name: "idle",
        mistake: "The processor is kept busy while there is nothing to do.",
        look: "What the loop does with an empty queue: it must park until it is woken, and not \
               poll, yield or sleep for a while.",
        needs: &[],
        run: idle,
    },
];

/// Pending once; `leave` gets the waker.
fn pending_once(leave: impl FnOnce(&Waker) + 'static) -> impl Future<Output = ()> {
    let mut leave = Some(leave);
    poll_fn(move |cx| match leave.take() {
        None => Poll::Ready(()),
        Some(leave) => {
            leave(cx.waker());
            Poll::Pending
        }
    })
}

fn wake_during_the_first_poll(executor: &Executor) -> Outcome {
    within(executor, async {
        awaiting("a second poll, since the first one has woken its own waker");
        pending_once(Waker::wake_by_ref).await;
        Ok(())
    })
}

fn wake_while_parked(executor: &Executor) -> Outcome {
    within(executor, async {
        awaiting("a poll, since another thread has woken the waker while this one was idle");
        pending_once(|waker| {
            let waker = waker.clone();
            thread::spawn(move || {
                until_others_sleep();
                waker.wake();
            });
        })
        .await;
        Ok(())
    })
}

/// Until all other threads sleep, where that can be seen; and for 50 ms elsewhere.
fn until_others_sleep() {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_millis(50) {
        thread::sleep(Duration::from_millis(1));
        if look::at_others().is_some_and(|look| look.all_sleep) {
            return;
        }
    }
}

/// How long nothing is to do. Half of what `judge` takes for a hang.
const IDLE: Duration = Duration::from_millis(300);
/// More than the few microseconds of a thread that falls asleep and is woken.
const BUSY: Duration = Duration::from_millis(30);
/// Falling asleep once is one; a page that is read from disk may add a few.
const RUNS: u64 = 20;

fn idle(executor: &Executor) -> Outcome {
    let polls = Count::default();
    let counted = polls.clone();
    within(executor, async move {
        awaiting("a poll after 300 ms in which nothing was to do");
        let found: Arc<OnceLock<Outcome>> = Arc::default();
        poll_fn(|cx| {
            if counted.add() == 1 {
                let (waker, found) = (cx.waker().clone(), Arc::clone(&found));
                thread::spawn(move || {
                    let _ = found.set(busy_while_idle());
                    waker.wake();
                });
            }
            match found.get() {
                Some(outcome) => Poll::Ready(outcome.clone()),
                None => Poll::Pending,
            }
        })
        .await?;
        let polls = polls.get();
        let expected = "2 polls, the first and the one that was woken";
        expect(polls == 2, expected, format_args!("{polls} polls"))
    })
}

/// Looks at the other threads twice.
fn busy_while_idle() -> Outcome {
    until_others_sleep();
    let before = look::at_others();
    thread::sleep(IDLE);
    let after = look::at_others();
    let (Some(before), Some(after)) = (before, after) else {
        return Ok(()); // Nothing to be seen here; polls are counted still.
    };
    let cpu = after.cpu.saturating_sub(before.cpu);
    let runs = after.runs.saturating_sub(before.runs);
    expect(
        cpu < BUSY && runs < RUNS,
        "a thread that sleeps until it is woken",
        format_args!(
            "in 300 ms it ran {runs} times, for {} ms in all",
            cpu.as_millis()
        ),
    )
}
