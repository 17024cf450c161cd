//! Handles: they tell of the end to who asks last, and also late.

use std::task::Waker;

use crate::child::awaiting;
use crate::hand::{Door, Log, OnDrop, poll_once, turns, within, yields};
use crate::scenario::{Outcome, Scenario, expect, expect_order};
use crate::{Executor, Part};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "handle_awaited_late",
        mistake: "A handle that is awaited after the task's end waits for ever.",
        look: "The end of a task: it must be kept that it has come, not only told to who \
               waits at that moment.",
        needs: &[Part::Spawn],
        run: handle_awaited_late,
    },
    Scenario {
        name: "handle_moved",
        mistake: "A handle wakes who polled it first, and not who polled it last.",
        look: "Where the handle keeps its waker: each poll must put its own in the place of \
               the last one's.",
        needs: &[Part::Spawn],
        run: handle_moved,
    },
    Scenario {
        name: "handle_dropped",
        mistake: "A task ends when its handle is dropped.",
        look: "Who owns the task: the executor, and not the handle.",
        needs: &[Part::Spawn],
        run: handle_dropped,
    },
];

fn handle_awaited_late(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let (door, log) = (Door::default(), Log::default());
        let (opened, of_task) = (door.opened(), log.clone());
        let task = spawner.task(async move {
            of_task.add("task");
            door.open();
        });
        opened.await;
        turns(&spawner, 8).await;
        awaiting("the handle of a task that has ended long ago");
        task.await;
        Ok(())
    })
}

fn handle_moved(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let mut task = spawner.task(yields(8));
        let polled = poll_once(task.as_mut(), Waker::noop());
        expect(
            polled.is_pending(),
            "a task that has not ended before its first poll",
            "its handle said so",
        )?;
        awaiting("the handle's end, polled first by somebody else and then from here");
        task.await;
        Ok(())
    })
}

fn handle_dropped(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let (door, ended) = (Door::default(), Log::default());
        let (opened, of_task) = (door.opened(), ended.clone());
        let guard = ended.clone();
        drop(spawner.task(async move {
            let _guard = OnDrop(move || guard.add("dropped"));
            opened.await;
            of_task.add("ended");
        }));
        turns(&spawner, 4).await;
        door.open();
        turns(&spawner, 8).await;
        expect_order(&ended.get(), &["ended", "dropped"])
    })
}
