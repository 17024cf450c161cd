//! Aborts: the task's future is dropped soon, and nothing else is harmed.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use crate::child::awaiting;
use crate::hand::{Door, Log, OnDrop, turns, wake, within, yields};
use crate::scenario::{Outcome, Scenario, expect_order};
use crate::{Abort, Executor, Part};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "abort_of_a_waiting",
        mistake: "A task that is aborted while it waits stays, or is polled once more.",
        look: "What abort does: it must have the future dropped in the task's next turn, \
               without a poll.",
        needs: &[Part::Spawn, Part::Abort],
        run: abort_of_a_waiting,
    },
    Scenario {
        name: "handle_of_an_aborted",
        mistake: "Who awaits a task that is aborted waits for ever.",
        look: "What an abort does to the handle: it must wake it, as any other end does.",
        needs: &[Part::Spawn, Part::Abort],
        run: handle_of_an_aborted,
    },
    Scenario {
        name: "abort_of_itself",
        mistake: "A task can't abort itself.",
        look: "What abort does while the task is being polled: it must leave a mark, for the \
               task is not in the table then.",
        needs: &[Part::Spawn, Part::Abort],
        run: abort_of_itself,
    },
    Scenario {
        name: "abort_of_an_ended",
        mistake: "An abort of a task that has ended harms the loop.",
        look: "What abort does when the task is gone: nothing.",
        needs: &[Part::Spawn, Part::Abort],
        run: abort_of_an_ended,
    },
];

fn abort_of_a_waiting(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let (log, door) = (Log::default(), Door::default());
        let (of_polls, of_drop, opened) = (log.clone(), log.clone(), door.opened());
        let guard = OnDrop(move || of_drop.add("dropped"));
        let mut opened = Box::pin(opened);
        let (handle, abort) = spawner.abortable(poll_fn(move |cx| {
            let _ = &guard;
            of_polls.add("polled");
            opened.as_mut().poll(cx)
        }));
        turns(&spawner, 4).await;
        abort();
        turns(&spawner, 8).await;
        door.open();
        turns(&spawner, 4).await;
        drop(handle);
        expect_order(&log.get(), &["polled", "dropped"])
    })
}

fn handle_of_an_aborted(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let (handle, abort) = spawner.abortable(std::future::pending());
        let waits = spawner.task(handle);
        turns(&spawner, 4).await;
        abort();
        awaiting("the handle of a task that was aborted");
        waits.await;
        Ok(())
    })
}

fn abort_of_itself(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let log = Log::default();
        let (of_polls, of_drop) = (log.clone(), log.clone());
        let guard = OnDrop(move || of_drop.add("dropped"));
        let own = Rc::new(RefCell::new(None::<Abort>));
        let take = own.clone();
        let (handle, abort) = spawner.abortable(poll_fn(move |cx| {
            let _ = &guard;
            of_polls.add("polled");
            if let Some(abort) = take.borrow_mut().take() {
                abort();
                of_polls.add("aborted");
            }
            wake(cx.waker());
            Poll::Pending
        }));
        *own.borrow_mut() = Some(abort);
        awaiting("the handle of a task that has aborted itself");
        handle.await;
        turns(&spawner, 4).await;
        expect_order(&log.get(), &["polled", "aborted", "dropped"])
    })
}

fn abort_of_an_ended(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let (handle, abort) = spawner.abortable(yields(1));
        handle.await;
        turns(&spawner, 4).await;
        awaiting("the loop to go on after an abort of a task that had ended");
        abort();
        spawner.task(yields(4)).await;
        Ok(())
    })
}
