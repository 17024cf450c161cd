//! Tasks: in which order they run, and how often.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Poll, Waker};
use std::thread;

use crate::child::awaiting;
use crate::hand::{Count, Door, Log, own_waker, pending_once, turns, wake, within, yields};
use crate::scenario::{Outcome, Scenario, expect, expect_order};
use crate::{Executor, Part};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "spawn_returns_first",
        mistake: "spawn polls its task before it returns.",
        look: "spawn: it puts the task into the queue, and no more. Whoever spawns may hold \
               what the task is about to take.",
        needs: &[Part::Spawn],
        run: spawn_returns_first,
    },
    Scenario {
        name: "order_of_spawns",
        mistake: "Tasks don't run in the order in which they were spawned.",
        look: "The queue: push to the one end and pop from the other.",
        needs: &[Part::Spawn],
        run: order_of_spawns,
    },
    Scenario {
        name: "order_of_wakes",
        mistake: "Tasks don't run in the order in which they were woken.",
        look: "How the loop finds who is next: by the queue, and not by a walk over all tasks.",
        needs: &[Part::Spawn],
        run: order_of_wakes,
    },
    Scenario {
        name: "spawn_in_a_task",
        mistake: "A task can't spawn another one.",
        look: "Whether the loop goes on to the new task before it parks. And what is borrowed \
               or locked while a task is polled: nothing may be, so take the task out of the \
               table for its poll.",
        needs: &[Part::Spawn],
        run: spawn_in_a_task,
    },
    Scenario {
        name: "many_wakes_at_once",
        mistake: "Of many wakes from another thread some are lost.",
        look: "The way of other threads' wakes into the queue: whether it has a bound, and \
               what becomes of what is beyond it.",
        needs: &[Part::Spawn],
        run: many_wakes_at_once,
    },
    Scenario {
        name: "woken_twice",
        mistake: "A task that was woken twice is polled twice.",
        look: "The waker: a task that stands in the queue already is not to be pushed again. \
               A mark for each task tells.",
        needs: &[Part::Spawn],
        run: woken_twice,
    },
    Scenario {
        name: "task_polled_unasked",
        mistake: "A task is polled when another one was woken.",
        look: "What a waker names: its task, and not all of them.",
        needs: &[Part::Spawn],
        run: task_polled_unasked,
    },
    Scenario {
        name: "main_polled_unasked",
        mistake: "block_on's own future is polled when a task was woken.",
        look: "Whether block_on's future has a waker and a mark of its own.",
        needs: &[Part::Spawn],
        run: main_polled_unasked,
    },
    Scenario {
        name: "polled_after_the_end",
        mistake: "A task that has ended is polled once more.",
        look: "What is done when a poll says Ready: the future must go, so that no later \
               wake finds it.",
        needs: &[Part::Spawn],
        run: polled_after_the_end,
    },
    Scenario {
        name: "wake_after_the_end",
        mistake: "A wake of a task that has ended harms the loop.",
        look: "What the loop does with the number of a task that is gone: nothing. Don't \
               unwrap the slot.",
        needs: &[Part::Spawn],
        run: wake_after_the_end,
    },
    Scenario {
        name: "nested_block_on",
        mistake: "block_on within block_on breaks the outer one.",
        look: "What the inner block_on does to the current executor: it must put back the \
               outer one when it ends; or refuse, with a panic that says so, before it has \
               changed anything.",
        needs: &[Part::Spawn],
        run: nested_block_on,
    },
];

fn spawn_returns_first(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let log = Log::default();
        let of_task = log.clone();
        let task = spawner.task(async move { of_task.add("task") });
        log.add("spawn returned");
        awaiting("the end of a task that has nothing to wait for");
        task.await;
        expect_order(&log.get(), &["spawn returned", "task"])
    })
}

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

fn order_of_wakes(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let log = Log::default();
        let [one, two, three] = ["first", "second", "third"].map(|name| {
            let (log, door) = (log.clone(), Door::default());
            let opened = door.opened();
            let task = spawner.task(async move {
                opened.await;
                log.add(name);
            });
            (door, task)
        });
        turns(&spawner, 3).await;
        for (door, _) in [&three, &one, &two] {
            door.open();
        }
        awaiting("three tasks that were woken");
        for (_, task) in [one, two, three] {
            task.await;
        }
        expect_order(&log.get(), &["third", "first", "second"])
    })
}

fn spawn_in_a_task(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let inner = spawner.clone();
        let ended = Count::default();
        let of_child = ended.clone();
        awaiting("the end of a task that waits for a task which it has spawned");
        spawner
            .task(async move { inner.task(async move { of_child.add() }).await })
            .await;
        let ended = ended.get();
        let expected = "both tasks to end";
        expect(ended == 1, expected, "the inner one did not run")
    })
}

/// The thread is waited for in the poll, so that all wakes are there at its end.
fn many_wakes_at_once(executor: &Executor) -> Outcome {
    const TASKS: u32 = 5_000;
    let spawner = executor.clone();
    within(executor, async move {
        let (wakers, ended) = (Arc::new(Mutex::new(Vec::new())), Count::default());
        let all = (0..TASKS).map(|_| {
            let (wakers, ended) = (Arc::clone(&wakers), ended.clone());
            spawner.task(async move {
                pending_once(move |waker| wakers.lock().unwrap().push(waker.clone())).await;
                ended.add();
            })
        });
        let all: Vec<_> = all.collect();
        while wakers.lock().unwrap().len() < all.len() {
            turns(&spawner, 1).await;
        }
        awaiting("a thread to wake 5,000 tasks while this one waits for it");
        let woken = thread::spawn(move || wakers.lock().unwrap().drain(..).for_each(Waker::wake));
        woken.join().expect("wakers that do not panic");
        awaiting("one of 5,000 tasks that another thread has woken while this one was busy");
        for task in all {
            task.await;
        }
        let ended = ended.get();
        let expected = "5,000 tasks to end";
        expect(ended == TASKS, expected, format_args!("{ended} ended"))
    })
}

/// A task that counts its polls, and gives its waker at the first. It ends at the last of
/// so many.
fn counted(
    executor: &Executor,
    polls: &Count,
    until: u32,
) -> (impl Future<Output = ()> + use<>, crate::LocalFuture) {
    let (door, polls) = (Door::default(), polls.clone());
    let has_begun = door.opened();
    let task = executor.task(poll_fn(move |_| {
        polls.add();
        if polls.get() == 1 {
            door.open();
        }
        match polls.get() < until {
            true => Poll::Pending,
            false => Poll::Ready(()),
        }
    }));
    (has_begun, task)
}

fn woken_twice(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let (polls, waker) = (Count::default(), Arc::new(OnceLock::<Waker>::new()));
        let (of_task, keep) = (polls.clone(), Arc::clone(&waker));
        drop(spawner.task(poll_fn(move |cx| {
            of_task.add();
            let _ = keep.set(cx.waker().clone());
            Poll::<()>::Pending
        })));
        awaiting("the first poll of a task");
        while polls.get() == 0 {
            turns(&spawner, 1).await;
        }
        let before = polls.get();
        for _ in 0..2 {
            waker.get().into_iter().for_each(wake);
        }
        turns(&spawner, 8).await;
        let polls = polls.get() - before;
        let expected = "one poll after both wakes";
        expect(polls == 1, expected, format_args!("{polls} polls"))
    })
}

fn task_polled_unasked(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let polls = Count::default();
        let (has_begun, task) = counted(&spawner, &polls, u32::MAX);
        drop(task);
        awaiting("the first poll of a task");
        has_begun.await;
        spawner.task(yields(8)).await;
        let polls = polls.get();
        let expected = "one poll of the task that nobody has woken";
        expect(polls == 1, expected, format_args!("{polls} polls"))
    })
}

fn main_polled_unasked(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let mut polls = 0;
        let mut task = spawner.task(yields(8));
        awaiting("the end of a task that yields eight times");
        poll_fn(|cx| {
            polls += 1;
            task.as_mut().poll(cx)
        })
        .await;
        expect(
            polls == 2,
            "2 polls, the first and the one that the task's end has woken",
            format_args!("{polls} polls"),
        )
    })
}

fn polled_after_the_end(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let polls = Count::default();
        let of_task = polls.clone();
        awaiting("the end of a task that wakes itself in its last poll");
        spawner
            .task(poll_fn(move |cx| {
                of_task.add();
                wake(cx.waker());
                Poll::Ready(())
            }))
            .await;
        turns(&spawner, 8).await;
        let polls = polls.get();
        let expected = "no poll after the one that said Ready";
        expect(polls == 1, expected, format_args!("{} more", polls - 1))
    })
}

fn wake_after_the_end(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let waker = Arc::new(OnceLock::<Waker>::new());
        let keep = Arc::clone(&waker);
        spawner
            .task(async move {
                let _ = keep.set(own_waker().await);
            })
            .await;
        // By now nobody but the waker knows of it.
        turns(&spawner, 2).await;
        awaiting("the loop to go on after a wake of a task that had ended");
        waker.get().into_iter().for_each(wake);
        turns(&spawner, 2).await;
        spawner.task(yields(2)).await;
        Ok(())
    })
}

fn nested_block_on(executor: &Executor) -> Outcome {
    let spawner = executor.clone();
    within(executor, async move {
        let inner = spawner.clone();
        let log = Log::default();
        let of_inner = log.clone();
        awaiting("block_on within block_on, which may work or panic, and not hang");
        let nested = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            inner.run(async move {
                yields(2).await;
                of_inner.add("inner");
            });
        }));
        expect(
            nested.is_err() || log.get() == ["inner"],
            "the inner future to run to its end, or a panic",
            "block_on returned before",
        )?;
        awaiting("a task of the outer block_on, after the inner one");
        spawner.task(yields(2)).await;
        Ok(())
    })
}
