//! A budget: who never has to wait lets the others have a turn all the same.
//!
//! These are not of the first half: a task that wakes itself ends its poll, and the queue
//! is enough; one that goes on from future to future never does, and each of the executor's
//! own futures has to see to it.

use std::time::Duration;

use super::reads::{pair, send};
use crate::child::awaiting;
use crate::hand::{Count, turns, within, yields};
use crate::scenario::{Outcome, Scenario, expect};
use crate::{Executor, LocalFuture, Part};

const LOOK: &str = "What a future of yours does before it says Ready: it takes one from what the \
                    task may still have in this poll, and if nothing is left, it wakes the task \
                    and says Pending. The loop fills that up before each poll.";

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "ready_handles",
        mistake: "A task whose handles are all ready keeps the other tasks from their turn.",
        look: LOOK,
        needs: &[Part::Spawn],
        run: ready_handles,
    },
    Scenario {
        name: "ready_sleeps",
        mistake: "A task whose sleeps are all over keeps the other tasks from their turn.",
        look: LOOK,
        needs: &[Part::Spawn, Part::Sleep],
        run: ready_sleeps,
    },
    Scenario {
        name: "ready_reads",
        mistake: "A task that always finds something to read keeps the other tasks from their \
                  turn.",
        look: LOOK,
        needs: &[Part::Spawn, Part::Read],
        run: ready_reads,
    },
];

/// That another task ends before this one has awaited so many futures, which never wait.
async fn ends_beside(
    executor: &Executor,
    many: u32,
    what: &str,
    mut next: impl FnMut() -> LocalFuture + 'static,
) -> Outcome {
    let (awaited, at_end) = (Count::default(), Count::default());
    let (seen, of_task) = (awaited.clone(), at_end.clone());
    drop(executor.task(async move {
        // Until nobody else has the count: the other one has ended.
        while awaited.is_shared() && awaited.get() < many {
            next().await;
            awaited.add();
        }
    }));
    let other = executor.task(async move {
        yields(3).await;
        of_task.set(seen.get());
    });
    awaiting(&format!("the turn of a task beside one that awaits {what}"));
    other.await;
    let first = at_end.get();
    let expected = "a turn for the other task now and then";
    expect(first < many, expected, format_args!("{first} {what} first"))
}

fn ready_handles(executor: &Executor) -> Outcome {
    const TASKS: u32 = 5_000;
    let spawner = executor.clone();
    within(executor, async move {
        let ended = Count::default();
        let handles = (0..TASKS).map(|_| {
            let ended = ended.clone();
            spawner.task(async move { ended.add() })
        });
        let mut handles: Vec<_> = handles.collect();
        awaiting("the end of 5,000 tasks that have nothing to wait for");
        while ended.get() < TASKS {
            turns(&spawner, 1).await;
        }
        ends_beside(
            &spawner,
            TASKS,
            "handles of tasks that had ended",
            move || handles.pop().expect("as many as are awaited"),
        )
        .await
    })
}

/// Who has so many ready at once and lets nobody in between is starving them.
const PATIENCE: u32 = 100_000;

fn ready_sleeps(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let sleeps = spawner.clone();
        ends_beside(&spawner, PATIENCE, "sleeps of no time", move || {
            sleeps.wait(Duration::ZERO)
        })
        .await
    })
}

fn ready_reads(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let (ours, mut reader) = pair(&spawner);
        ends_beside(&spawner, PATIENCE, "reads of what was there", move || {
            send(&ours, b"x");
            let read = reader();
            Box::pin(async { drop(read.await) })
        })
        .await
    })
}
