//! Timers: none is early, forgotten or in the way.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use super::turns::{had_a_turn, self_waker};
use crate::child::awaiting;
use crate::hand::{Log, idle_beside, poll_once, turns, within};
use crate::scenario::{Outcome, Scenario, expect, expect_order};
use crate::{Executor, Part};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "sleep_early",
        mistake: "A sleep ends before its time is over.",
        look: "How a deadline becomes what the park is told: round up. And compare with the \
               clock before a sleep is taken for ended.",
        needs: &[Part::Sleep],
        run: sleep_early,
    },
    Scenario {
        name: "sleep_zero",
        mistake: "A sleep of no time at all never ends.",
        look: "What is done with a deadline that has passed before it is armed.",
        needs: &[Part::Sleep],
        run: sleep_zero,
    },
    Scenario {
        name: "sleep_for_ever",
        mistake: "A sleep of Duration::MAX panics, or ends at once.",
        look: "Where the deadline is computed: use checked_add, and take what has no place \
               on the clock for never.",
        needs: &[Part::Sleep],
        run: sleep_for_ever,
    },
    Scenario {
        name: "sleeps_in_order",
        mistake: "Sleeps that are due at once end in another order than that of their deadlines.",
        look: "What expires: from a heap or a sorted map, the earliest deadline first.",
        needs: &[Part::Spawn, Part::Sleep],
        run: sleeps_in_order,
    },
    Scenario {
        name: "many_sleeps",
        mistake: "One sleep overwrites another.",
        look: "Where deadlines are kept, and by what key: two may be equal, to the nanosecond.",
        needs: &[Part::Spawn, Part::Sleep],
        run: many_sleeps,
    },
    Scenario {
        name: "sleep_from_the_call",
        mistake: "A sleep's time begins with its first poll, and not with the call.",
        look: "sleep: compute the deadline there.",
        needs: &[Part::Sleep],
        run: sleep_from_the_call,
    },
    Scenario {
        name: "sleep_moved",
        mistake: "A sleep wakes who polled it first, and not who polled it last.",
        look: "What a second poll of a sleep does with its waker.",
        needs: &[Part::Sleep],
        run: sleep_moved,
    },
    Scenario {
        name: "sleep_dropped",
        mistake: "A sleep that was dropped still wakes its task.",
        look: "The sleep's Drop: it must disarm the timer.",
        needs: &[Part::Sleep],
        run: sleep_dropped,
    },
    Scenario {
        name: "idle_while_sleeping",
        mistake: "The processor is kept busy while everybody sleeps.",
        look: "How long the park is told to last: until the next deadline.",
        needs: &[Part::Sleep],
        run: idle_while_sleeping,
    },
    Scenario {
        name: "self_waker_and_sleeps",
        mistake: "A task that wakes itself keeps timers from firing.",
        look: "When the loop looks at the timers: also while there is something in the queue.",
        needs: &[Part::Spawn, Part::Sleep],
        run: self_waker_and_sleeps,
    },
];

/// Too early is judged by the clock; too late is nobody's fault here.
fn sleep_early(executor: &Executor) -> Outcome {
    let sleeper = executor.clone();
    within(executor, async move {
        for microseconds in [1, 300, 999, 1_000, 1_001, 1_700, 2_999, 5_500] {
            let duration = Duration::from_micros(microseconds);
            awaiting(&format!("the end of a sleep of {duration:?}"));
            let begin = Instant::now();
            sleeper.wait(duration).await;
            let took = begin.elapsed();
            let expected = format!("a sleep of at least {duration:?}");
            expect(
                took >= duration,
                &expected,
                format_args!("it took {took:?}"),
            )?;
        }
        Ok(())
    })
}

fn sleep_zero(executor: &Executor) -> Outcome {
    let sleeper = executor.clone();
    within(executor, async move {
        awaiting("the end of a sleep of no time");
        sleeper.wait(Duration::ZERO).await;
        Ok(())
    })
}

fn sleep_for_ever(executor: &Executor) -> Outcome {
    let sleeper = executor.clone();
    within(executor, async move {
        let mut forever = sleeper.wait(Duration::MAX);
        awaiting("a sleep of 10 ms beside one of Duration::MAX");
        let mut short = sleeper.wait(Duration::from_millis(10));
        let has_ended = poll_fn(|cx| match forever.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(true),
            Poll::Pending => short.as_mut().poll(cx).map(|()| false),
        })
        .await;
        expect(!has_ended, "a sleep of Duration::MAX to go on", "it ended")
    })
}

/// All are due when the loop looks again. On a busy machine the calls may lie so far apart
/// that their deadlines are in another order, and are then made anew.
fn sleeps_in_order(executor: &Executor) -> Outcome {
    const TRIES: u32 = 50;
    let spawner = executor.clone();
    within(executor, async move {
        for _ in 0..TRIES {
            let begin = Instant::now();
            let log = Log::default();
            let asked = [(15, "15 ms"), (5, "5 ms"), (10, "10 ms")];
            let tasks = asked.map(|(milliseconds, name)| {
                let (log, sleeper) = (log.clone(), spawner.clone());
                spawner.task(async move {
                    sleeper.wait(Duration::from_millis(milliseconds)).await;
                    log.add(name);
                })
            });
            turns(&spawner, 2).await;
            let was_held_up = begin.elapsed() > Duration::from_millis(4);
            thread::sleep(Duration::from_millis(30));
            awaiting("three sleeps that are due");
            for task in tasks {
                task.await;
            }
            if !was_held_up {
                return expect_order(&log.get(), &["5 ms", "10 ms", "15 ms"]);
            }
        }
        Ok(())
    })
}

fn many_sleeps(executor: &Executor) -> Outcome {
    const SLEEPS: u64 = 1_000;
    let spawner = executor.clone();
    within(executor, async move {
        let tasks: Vec<_> = (0..SLEEPS)
            .map(|number| {
                let sleeper = spawner.clone();
                spawner.task(async move {
                    sleeper.wait(Duration::from_millis(number % 10)).await;
                })
            })
            .collect();
        awaiting("one of 1,000 sleeps of up to 9 ms");
        for task in tasks {
            task.await;
        }
        Ok(())
    })
}

/// By order, not by a stopwatch: one of 250 ms that began long ago, and one of 1 ms.
fn sleep_from_the_call(executor: &Executor) -> Outcome {
    let sleeper = executor.clone();
    within(executor, async move {
        let mut early = sleeper.wait(Duration::from_millis(250));
        thread::sleep(Duration::from_millis(260));
        let mut late = sleeper.wait(Duration::from_millis(1));
        awaiting("the end of a sleep that is overdue");
        let is_early = poll_fn(|cx| match early.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(true),
            Poll::Pending => late.as_mut().poll(cx).map(|()| false),
        })
        .await;
        expect(
            is_early,
            "a sleep of 250 ms, called 260 ms ago, to end before one of 1 ms that begins",
            "the one that begins ended first",
        )
    })
}

fn sleep_moved(executor: &Executor) -> Outcome {
    let sleeper = executor.clone();
    within(executor, async move {
        let mut sleep = sleeper.wait(Duration::from_millis(10));
        if poll_once(sleep.as_mut(), Waker::noop()).is_ready() {
            return Ok(()); // The thread was held up for as long.
        }
        awaiting("the end of a sleep, polled first by somebody else and then from here");
        sleep.await;
        Ok(())
    })
}

fn sleep_dropped(executor: &Executor) -> Outcome {
    let sleeper = executor.clone();
    within(executor, async move {
        let mut polls = 0;
        let mut dropped = Some(sleeper.wait(Duration::from_millis(10)));
        let mut longer = sleeper.wait(Duration::from_millis(200));
        awaiting("the end of a sleep of 200 ms, beside one of 10 ms that was dropped");
        poll_fn(|cx| {
            polls += 1;
            if let Some(mut dropped) = dropped.take() {
                let _ = Pin::new(&mut dropped).poll(cx);
            }
            longer.as_mut().poll(cx)
        })
        .await;
        // One, if the thread was held up for as long as it.
        expect(
            polls <= 2,
            "2 polls, the first and the one at the end of the longer sleep",
            format_args!("{polls} polls"),
        )
    })
}

fn idle_while_sleeping(executor: &Executor) -> Outcome {
    let sleeper = executor.clone();
    within(executor, async move {
        let mut sleep = sleeper.wait(Duration::from_secs(3_600));
        idle_beside(move |cx| {
            let _ = sleep.as_mut().poll(cx);
        })
        .await
    })
}

/// Turns are counted once the sleep is overdue.
fn self_waker_and_sleeps(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let sleep = spawner.wait(Duration::from_millis(1));
        let overdue = Instant::now() + Duration::from_millis(10);
        let turns = self_waker(&spawner, move || Instant::now() >= overdue);
        awaiting("the end of a sleep while a task wakes itself");
        sleep.await;
        had_a_turn(&turns, "who sleeps for 1 ms")
    })
}
