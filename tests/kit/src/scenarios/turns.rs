//! Turns: one that always has something to do doesn't keep the others from theirs.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use crate::child::awaiting;
use crate::hand::{Count, pending_once, within, yields};
use crate::scenario::{Outcome, Scenario, expect};
use crate::{Executor, Part};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "self_waker_and_main",
        mistake: "A task that wakes itself keeps block_on's own future from its turn.",
        look: "Whether block_on's future stands in the same line as the tasks, and whether \
               the loop drains the queue before it looks at it.",
        needs: &[Part::Spawn],
        run: self_waker_and_main,
    },
    Scenario {
        name: "self_waking_main",
        mistake: "block_on's own future, when it wakes itself, keeps the tasks from their turn.",
        look: "Whether block_on's future is polled again and again before the queue is looked \
               at.",
        needs: &[Part::Spawn],
        run: self_waking_main,
    },
    Scenario {
        name: "self_waker_and_tasks",
        mistake: "A task that wakes itself keeps the other tasks from their turn.",
        look: "What becomes of a task that is woken during its own poll: it goes to the end \
               of the queue.",
        needs: &[Part::Spawn],
        run: self_waker_and_tasks,
    },
    Scenario {
        name: "self_waker_and_threads",
        mistake: "A task that wakes itself keeps other threads' wakes out.",
        look: "When the loop takes in what other threads have sent: also while there is \
               something in the queue.",
        needs: &[Part::Spawn],
        run: self_waker_and_threads,
    },
];

/// A task with so many turns while others have none is starving them. Who lets others in
/// after a time, and not after so many turns, does so within a tenth of a second: that is
/// more than 100,000 on a quick machine.
pub(crate) const PATIENCE: u32 = 1_000_000;

/// Spawns a task that wakes itself, `PATIENCE` times from when `counts` says so, or until
/// nobody else has the count.
pub(crate) fn self_waker(executor: &Executor, counts: impl Fn() -> bool + 'static) -> Count {
    let turns = Count::default();
    let counted = turns.clone();
    drop(executor.task(async move {
        while counted.is_shared() && counted.get() < PATIENCE {
            match counts() {
                true => counted.add(),
                // Not too many turns until then.
                false => thread::sleep(Duration::from_micros(100)),
            }
            yields(1).await;
        }
    }));
    turns
}

/// That its turns were not all over.
pub(crate) fn had_a_turn(turns: &Count, who: &str) -> Outcome {
    let turns = turns.get();
    expect(
        turns < PATIENCE,
        &format!("a turn for {who} now and then"),
        format_args!("the task that wakes itself had {turns} turns first"),
    )
}

fn self_waker_and_main(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let turns = self_waker(&spawner, || true);
        awaiting("the turn of block_on's own future, woken while a task wakes itself");
        yields(3).await;
        had_a_turn(&turns, "block_on's own future")
    })
}

fn self_waking_main(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let task = Count::default();
        let of_task = task.clone();
        drop(spawner.task(async move { of_task.add() }));
        let mut own = 0;
        while task.get() == 0 && own < PATIENCE {
            own += 1;
            yields(1).await;
        }
        expect(
            own < PATIENCE,
            "a turn for the task now and then",
            format_args!("block_on's own future had {own} turns first"),
        )
    })
}

fn self_waker_and_tasks(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let turns = self_waker(&spawner, || true);
        let seen = turns.clone();
        let at_end = Count::default();
        let of_task = at_end.clone();
        let other = spawner.task(async move {
            yields(3).await;
            of_task.set(seen.get());
        });
        awaiting("the turn of a task that was woken while another one wakes itself");
        other.await;
        had_a_turn(&at_end, "the other task")
    })
}

/// The wake comes while the task has its turns, and they are counted from then on.
fn self_waker_and_threads(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let (begins, has_begun) = mpsc::channel();
        let is_woken = Arc::new(AtomicBool::new(false));
        let has_come = Arc::clone(&is_woken);
        let turns = self_waker(&spawner, move || {
            // Err: it was told before, and the thread has gone.
            let _ = begins.send(());
            has_come.load(SeqCst)
        });
        awaiting("a poll, since another thread has woken the waker while a task wakes itself");
        pending_once(move |waker| {
            let waker = waker.clone();
            thread::spawn(move || {
                let _ = has_begun.recv();
                waker.wake();
                is_woken.store(true, SeqCst);
            });
        })
        .await;
        had_a_turn(&turns, "who was woken by another thread")
    })
}
