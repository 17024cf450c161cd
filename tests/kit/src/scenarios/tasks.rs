//! Tasks: in which order they run, how often, and that each gets its turn.

use std::cell::Cell;
use std::rc::Rc;

use crate::child::awaiting;
use crate::hand::{Log, within, yields};
use crate::scenario::{Outcome, Scenario, expect, expect_order};
use crate::{Executor, Part};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "order_of_spawns",
        mistake: "Tasks don't run in the order in which they were spawned.",
        look: "The queue: push to the one end and pop from the other.",
        needs: &[Part::Spawn],
        run: order_of_spawns,
    },
    Scenario {
        name: "self_waker_and_main",
        mistake: "A task that wakes itself keeps block_on's own future from its turn.",
        look: "Whether block_on's future stands in the same line as the tasks, and whether \
               the loop drains the queue before it looks at it.",
        needs: &[Part::Spawn],
        run: self_waker_and_main,
    },
];

/// So many polls of one task without a turn for the others are no matter of order any more.
const PATIENCE: u32 = 100_000;

fn order_of_spawns(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let log = Log::default();
        let tasks = ["first", "second", "third"].map(|name| {
            let log = log.clone();
            spawner.task(async move { log.add(name) })
        });
        for task in tasks {
            awaiting("the end of a task that has nothing to wait for");
            task.await;
        }
        expect_order(&log.get(), &["first", "second", "third"])
    })
}

fn self_waker_and_main(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let turns = Rc::new(Cell::new(0));
        let counted = turns.clone();
        drop(spawner.task(async move {
            for _ in 0..PATIENCE {
                counted.set(counted.get() + 1);
                yields(1).await;
            }
        }));
        awaiting("the turn of block_on's own future, woken while a task wakes itself");
        yields(3).await;
        let turns = turns.get();
        expect(
            turns < PATIENCE,
            "a turn for it now and then",
            format_args!("the task had {turns} turns first"),
        )
    })
}
