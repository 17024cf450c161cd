//! Ends: what a task leaves behind, and what becomes of those that are left.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::{fs, thread};

use crate::child::awaiting;
use crate::hand::{Count, Door, Log, OnDrop, own_waker, turns, wake, within};
use crate::scenario::{Outcome, Scenario, expect, expect_order};
use crate::{Executor, Part};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "dropped_at_its_end",
        mistake: "A task's future is not dropped when it ends.",
        look: "What is done when a poll says Ready: the future is dropped, and then its \
               handle told. Who waits for the handle counts on what it held being free.",
        needs: &[Part::Spawn],
        run: dropped_at_its_end,
    },
    Scenario {
        name: "wake_in_a_drop",
        mistake: "A future that wakes another task when it is dropped blocks the loop, or its \
                  wake is lost.",
        look: "Which lock is held, or what is borrowed, while a future is dropped: nothing \
               may be.",
        needs: &[Part::Spawn],
        run: wake_in_a_drop,
    },
    Scenario {
        name: "spawn_in_a_drop",
        mistake: "A future that spawns when it is dropped finds the table of tasks borrowed.",
        look: "Where an ended future is dropped: take it out of the table first, give the \
               table back, and drop it then.",
        needs: &[Part::Spawn],
        run: spawn_in_a_drop,
    },
    Scenario {
        name: "ended_tasks_leak",
        mistake: "Tasks that have ended keep memory.",
        look: "What stays in the table, and in the queue, of a task that has ended: its slot \
               must be free for another one.",
        needs: &[Part::Spawn],
        run: ended_tasks_leak,
    },
    Scenario {
        name: "left_at_the_end",
        mistake: "Tasks that have not ended when block_on returns are never dropped.",
        look: "The end of block_on: whoever owns the tasks must be dropped, or drop them.",
        needs: &[Part::Spawn],
        run: left_at_the_end,
    },
    Scenario {
        name: "wakers_at_the_end",
        mistake: "A waker that is still around keeps a task's future alive.",
        look: "A circle: the task owns its future, which holds a waker, which owns the task. \
               At the end each future must be dropped, whoever still has a waker of it; and \
               not by the last waker, on whatever thread that is.",
        needs: &[Part::Spawn],
        run: wakers_at_the_end,
    },
    Scenario {
        name: "spawn_at_the_end",
        mistake: "A future that spawns while the executor is being dropped breaks it.",
        look: "How the tasks that are left are dropped: one by one, each taken out of the \
               table first, until there is none; what is spawned meanwhile is dropped, too.",
        needs: &[Part::Spawn],
        run: spawn_at_the_end,
    },
];

fn dropped_at_its_end(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let log = Log::default();
        let (of_drop, of_poll) = (log.clone(), log.clone());
        let guard = OnDrop(move || of_drop.add("dropped"));
        let mut is_first = true;
        // The guard is the future's own, so it goes with the future and not before.
        let future = poll_fn(move |cx| {
            let _ = &guard;
            if std::mem::take(&mut is_first) {
                wake(cx.waker());
                return Poll::Pending;
            }
            of_poll.add("ready");
            Poll::Ready(())
        });
        awaiting("the end of a task that yields once");
        spawner.task(future).await;
        log.add("handle ready");
        turns(&spawner, 4).await;
        expect_order(&log.get(), &["ready", "dropped", "handle ready"])
    })
}

fn wake_in_a_drop(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let door = Door::default();
        let opened = door.opened();
        let other = spawner.task(opened);
        turns(&spawner, 4).await;
        let guard = OnDrop(move || door.open());
        awaiting("the end of a task that opens a door as its future is dropped");
        spawner
            .task(poll_fn(move |_| {
                let _ = &guard;
                Poll::Ready(())
            }))
            .await;
        awaiting("a task that was woken as another one's future was dropped");
        other.await;
        Ok(())
    })
}

fn spawn_in_a_drop(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let door = Door::default();
        let opened = door.opened();
        let inner = spawner.clone();
        let guard = OnDrop(move || {
            let door = door.clone();
            drop(inner.task(async move { door.open() }));
        });
        awaiting("the end of a task that spawns as its future is dropped");
        spawner
            .task(poll_fn(move |_| {
                let _ = &guard;
                Poll::Ready(())
            }))
            .await;
        awaiting("a task that was spawned as another one's future was dropped");
        opened.await;
        Ok(())
    })
}

/// Many more than an executor's tables are large, so that what grows is what is kept.
fn ended_tasks_leak(executor: &Executor) -> Outcome {
    const AT_ONCE: u32 = 100;
    const WARM_UP: u32 = 10_000;
    const TASKS: u32 = 100_000;
    /// Sixteen bytes of each would be 1,560.
    const GROWTH: u64 = 1_024;
    let spawner = executor.clone();
    within(executor, async move {
        let ended = Count::default();
        let mut before = None;
        awaiting("the end of 110,000 tasks, a hundred at a time");
        for batch in 0..(WARM_UP + TASKS) / AT_ONCE {
            if batch == WARM_UP / AT_ONCE {
                before = resident_kib();
            }
            let tasks = (0..AT_ONCE).map(|_| {
                let ended = ended.clone();
                spawner.task(async move {
                    ended.add();
                })
            });
            for task in tasks.collect::<Vec<_>>() {
                task.await;
            }
        }
        let (Some(before), Some(after)) = (before, resident_kib()) else {
            return Ok(()); // Nothing to be seen here.
        };
        let growth = after.saturating_sub(before);
        expect(
            growth < GROWTH,
            "memory that no longer grows after the first 10,000 tasks",
            format_args!("100,000 more tasks, 100 at a time, took {growth} KiB"),
        )
    })
}

/// The memory that the process has got of the system.
fn resident_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let (_, size) = status.split_once("VmRSS:")?;
    size.split_whitespace().next()?.parse().ok()
}

fn left_at_the_end(executor: &Executor) -> Outcome {
    let (polled, dropped) = (Count::default(), Count::default());
    let (of_polls, of_drops) = (polled.clone(), dropped.clone());
    let spawner = executor.clone();
    within(executor, async move {
        for _ in 0..3 {
            let (polled, dropped) = (of_polls.clone(), of_drops.clone());
            let guard = OnDrop(move || dropped.add());
            drop(spawner.task(poll_fn(move |_| {
                let _ = &guard;
                polled.add();
                Poll::<()>::Pending
            })));
        }
        turns(&spawner, 4).await;
        Ok(())
    })?;
    let dropped = dropped.get();
    let expected = "the three tasks that still wait dropped when block_on has returned";
    expect(dropped == 3, expected, format_args!("{dropped} were"))
}

fn wakers_at_the_end(executor: &Executor) -> Outcome {
    let dropped = Log::default();
    let (of_own, of_other) = (dropped.clone(), dropped.clone());
    let spawner = executor.clone();
    let (sends, wakers) = mpsc::channel::<Waker>();
    within(executor, async move {
        drop(spawner.task(async move {
            let _guard = OnDrop(move || of_own.add("of its own"));
            let _own = own_waker().await;
            std::future::pending::<()>().await;
        }));
        drop(spawner.task(async move {
            let _guard = OnDrop(move || of_other.add("of a thread's"));
            let _ = sends.send(own_waker().await);
            std::future::pending::<()>().await;
        }));
        turns(&spawner, 4).await;
        Ok(())
    })?;
    let kept = wakers.recv();
    let at_the_end = dropped.get();
    let gone = thread::spawn(move || drop(kept)).join();
    expect(
        gone.is_ok(),
        "a waker that can be dropped on another thread",
        "a panic",
    )?;
    let (own, other) = ("of its own", "of a thread's");
    expect(
        at_the_end.contains(&own),
        "a task that holds its own waker dropped when block_on has returned",
        "it was not",
    )?;
    expect(
        at_the_end.contains(&other),
        "a task whose waker a thread holds dropped when block_on has returned",
        match dropped.get().contains(&other) {
            true => "it was dropped with that waker, on the other thread",
            false => "it was not",
        },
    )
}

fn spawn_at_the_end(executor: &Executor) -> Outcome {
    let log = Log::default();
    let (of_left, of_new) = (log.clone(), log.clone());
    let spawner = executor.clone();
    within(executor, async move {
        let inner = spawner.clone();
        let guard = OnDrop(move || {
            let of_new = of_new.clone();
            let new = OnDrop(move || of_new.add("the new one dropped"));
            // A panic stays in here, for a drop is no place to let one out.
            let spawned = catch_unwind(AssertUnwindSafe(|| {
                drop(inner.task(async move {
                    let _new = new;
                    std::future::pending::<()>().await;
                }));
            }));
            of_left.add(match spawned {
                Ok(()) => "spawned",
                Err(_) => "spawn panicked",
            });
        });
        drop(spawner.task(async move {
            let _guard = guard;
            std::future::pending::<()>().await;
        }));
        turns(&spawner, 4).await;
        awaiting("block_on to return, and drop a task that spawns as it is dropped");
        Ok(())
    })?;
    let mut happened = log.get();
    // Whether what is spawned is dropped at once or in its place in the line is one.
    happened.sort_unstable();
    expect_order(&happened, &["spawned", "the new one dropped"])
}
