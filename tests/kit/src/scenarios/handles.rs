//! Handles: they tell of the end to who asks last, and also late; and whom they tell may
//! come back.

use std::cell::RefCell;
use std::rc::Rc;
use std::task::Waker;

use crate::child::awaiting;
use crate::hand::{
    Door, Log, OnDrop, at_drop, at_wake, own_waker, poll_once, turns, within, yields,
};
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
        name: "waker_comes_back",
        mistake: "A waker that polls the handle or spawns when it is woken finds a lock held.",
        look: "What is borrowed or locked while the handle's waker is woken: nothing may be, \
               for a waker is foreign code. Take it out, give the lock back, and wake it then. \
               The body of an `if let` holds what its condition has borrowed.",
        needs: &[Part::Spawn],
        run: waker_comes_back,
    },
    Scenario {
        name: "replaced_waker",
        mistake: "A waker that spawns when another one takes its place finds a lock held.",
        look: "What is borrowed or locked while a handle puts a new waker in the place of the \
               old one: the old one's drop is foreign code, too. Swap the two, give the lock \
               back, and drop it then.",
        needs: &[Part::Spawn],
        run: replaced_waker,
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

fn waker_comes_back(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let (log, task) = (Log::default(), spawner.task(yields(4)));
        let task = Rc::new(RefCell::new(task));
        let own = own_waker().await;
        let (of_waker, handle, of_wake) = (log.clone(), task.clone(), spawner.clone());
        let waker = at_wake(move || {
            of_waker.add("woken");
            let _ = poll_once(handle.borrow_mut().as_mut(), &own);
            of_waker.add("polled");
            drop(of_wake.task(async move { of_waker.add("spawned") }));
        });
        let polled = poll_once(task.borrow_mut().as_mut(), &waker);
        expect(
            polled.is_pending(),
            "a task that has not ended before its first poll",
            "its handle said so",
        )?;
        awaiting("turns for a task whose handle's waker polls the handle and spawns");
        turns(&spawner, 16).await;
        expect_order(&log.get(), &["woken", "polled", "spawned"])
    })
}

fn replaced_waker(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let (log, mut task) = (Log::default(), spawner.task(yields(4)));
        let (of_drop, of_waker) = (spawner.clone(), log.clone());
        let waker = at_drop(move || {
            of_waker.add("dropped");
            drop(of_drop.task(async move { of_waker.add("spawned") }));
        });
        let polled = poll_once(task.as_mut(), &waker);
        expect(
            polled.is_pending(),
            "a task that has not ended before its first poll",
            "its handle said so",
        )?;
        drop(waker);
        awaiting("the end of a handle whose first waker spawns when it is dropped");
        task.await;
        turns(&spawner, 8).await;
        expect_order(&log.get(), &["dropped", "spawned"])
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
