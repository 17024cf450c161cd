//! Who runs when: spawn order, yields, turns, the budget.

use super::*;

pub fn spawned_tasks_run_in_the_order_of_their_spawn() -> Transcript {
    run(async || {
        let handles = [1, 2, 3].map(|n| {
            spawn(async move {
                note!("task {n} runs");
                n * 10
            })
        });
        note!("main has spawned three, none has run yet");
        for handle in handles {
            note!("main is given {}", handle.await.unwrap());
        }
    })
}

pub fn yielding_tasks_take_turns() -> Transcript {
    async fn three_turns(name: &str) {
        for turn in 1..=3 {
            note!("{name}, turn {turn}");
            yield_now().await;
        }
    }

    run(async || {
        let handles = ["a", "b", "c"].map(|name| spawn(three_turns(name)));
        finish(handles).await;
    })
    .differs(Difference {
        because: "buzzer's queue is first in, first out, for those that yield too; tokio hands \
                  those that yielded back in reverse",
        buzzer: &[
            "0 ms: a, turn 1",
            "0 ms: b, turn 1",
            "0 ms: c, turn 1",
            "0 ms: a, turn 2",
            "0 ms: b, turn 2",
            "0 ms: c, turn 2",
            "0 ms: a, turn 3",
            "0 ms: b, turn 3",
            "0 ms: c, turn 3",
        ],
        tokio: &[
            "0 ms: a, turn 1",
            "0 ms: b, turn 1",
            "0 ms: c, turn 1",
            "0 ms: c, turn 2",
            "0 ms: b, turn 2",
            "0 ms: a, turn 2",
            "0 ms: a, turn 3",
            "0 ms: b, turn 3",
            "0 ms: c, turn 3",
        ],
    })
}

pub fn main_yields_to_all_that_are_queued() -> Transcript {
    run(async || {
        spawn(async { note!("a runs") });
        spawn(async { note!("b runs") });
        note!("main yields");
        yield_now().await;
        note!("main is back");
    })
}

pub fn a_child_queues_behind_its_elders() -> Transcript {
    run(async || {
        let parent = spawn(async {
            note!("the parent spawns");
            let child = spawn(async { note!("the child runs") });
            child.await.unwrap();
            note!("the parent goes on");
        });
        let neighbour = spawn(async { note!("the neighbour runs") });
        parent.await.unwrap();
        neighbour.await.unwrap();
    })
}

pub fn nested_spawns_hand_their_values_up() -> Transcript {
    run(async || {
        let outer = spawn(async {
            let middle = spawn(async {
                let inner = spawn(async {
                    sleep(ms(10)).await;
                    note!("inner ends");
                    1
                });
                let value = inner.await.unwrap() + 1;
                note!("middle ends");
                value
            });
            let value = middle.await.unwrap() + 1;
            note!("outer ends");
            value
        });
        note!("main is given {}", outer.await.unwrap());
    })
}

pub fn a_task_woken_three_times_is_polled_once() -> Transcript {
    run(async || {
        let waker: Rc<RefCell<Option<Waker>>> = Rc::default();
        let kept = waker.clone();
        let task = spawn_local(async move {
            let mut polls = 0;
            poll_fn(|cx| {
                polls += 1;
                note!("poll {polls}");
                *kept.borrow_mut() = Some(cx.waker().clone());
                if polls < 2 {
                    Poll::Pending
                } else {
                    Poll::Ready(())
                }
            })
            .await;
        });
        yield_now().await;

        let waker = waker.take().unwrap();
        note!("main wakes it three times");
        waker.wake_by_ref();
        waker.wake_by_ref();
        waker.wake();
        task.await.unwrap();
    })
}

pub fn a_stale_waker_does_not_reach_the_next_task() -> Transcript {
    run(async || {
        let first = spawn(poll_fn(|cx| Poll::Ready(cx.waker().clone())));
        let stale = first.await.unwrap();
        // Runtimes reuse the room of an ended task; its waker must not count
        // for the task that moves in.
        let polls = Rc::new(Cell::new(0));
        let counted = polls.clone();
        let second = spawn_local(poll_fn(move |_| {
            counted.set(counted.get() + 1);
            Poll::<()>::Pending
        }));
        yield_now().await;
        stale.wake();
        yield_now().await;
        note!("the second task was polled {} time", polls.get());
        second.abort();
    })
}

pub fn time_stands_still_while_a_task_is_busy() -> Transcript {
    run(async || {
        let sleeper = spawn(work("sleeper", ms(10)));
        for _ in 0..1000 {
            yield_now().await;
        }
        note!("main has yielded a thousand times");
        sleeper.await.unwrap();
    })
}

pub fn task_ids_are_unique_and_known_inside() -> Transcript {
    run(async || {
        let handles: Vec<_> = (0..100).map(|_| spawn(async { task::id() })).collect();
        let mut ids = std::collections::HashSet::new();
        for handle in handles {
            let outside = handle.id();
            assert_eq!(handle.await.unwrap(), outside);
            ids.insert(outside);
        }
        note!("{} ids of 100 tasks", ids.len());
        note!("main has one: {}", task::try_id().is_some());
    })
}

pub fn the_main_future_takes_its_place_in_the_queue() -> Transcript {
    run(async || {
        let first = spawn(async { note!("first runs, and wakes main") });
        spawn(async {
            note!("second spawns third");
            spawn(async { note!("third runs") });
        });
        first.await.unwrap();
        note!("main is back");
        yield_now().await;
    })
    .differs(Difference {
        because: "buzzer's main future is a task in the queue; tokio's stands outside of it, \
                  and is polled again when the queue has run empty",
        buzzer: &[
            "0 ms: first runs, and wakes main",
            "0 ms: second spawns third",
            "0 ms: main is back",
            "0 ms: third runs",
        ],
        tokio: &[
            "0 ms: first runs, and wakes main",
            "0 ms: second spawns third",
            "0 ms: third runs",
            "0 ms: main is back",
        ],
    })
}

pub fn a_yield_and_a_self_wake_queue_alike() -> Transcript {
    async fn wake_myself() {
        let mut woken = false;
        poll_fn(|cx| {
            if std::mem::replace(&mut woken, true) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    run(async || {
        let yields = spawn(async {
            yield_now().await;
            note!("the one that yielded is back");
        });
        let wakes = spawn(async {
            wake_myself().await;
            note!("the one that woke itself is back");
        });
        yields.await.unwrap();
        wakes.await.unwrap();
    })
    .differs(Difference {
        because: "buzzer has one queue, first in, first out; tokio sets a yielding task aside \
                  until the queue is empty and the driver has been looked at",
        buzzer: &[
            "0 ms: the one that yielded is back",
            "0 ms: the one that woke itself is back",
        ],
        tokio: &[
            "0 ms: the one that woke itself is back",
            "0 ms: the one that yielded is back",
        ],
    })
}

pub fn an_always_ready_loop_lets_others_run() -> Transcript {
    run(async || {
        let turns = Rc::new(Cell::new(0));
        let counted = turns.clone();
        let other = spawn_local(async move {
            loop {
                counted.set(counted.get() + 1);
                yield_now().await;
            }
        });
        // Each of these is over before it has begun, so the task would never
        // be Pending if its budget of 128 did not make it.
        let busy = spawn_local(async move {
            for _ in 0..1000 {
                sleep(Duration::ZERO).await;
            }
            note!("the other task had {} turns", turns.get());
        });
        busy.await.unwrap();
        other.abort();
    })
    .differs(Difference {
        because: "a budget of 128 makes eight polls of the loop on both; but tokio hands back \
                  in reverse those that yielded, so that the eighth comes before its neighbour",
        buzzer: &["0 ms: the other task had 8 turns"],
        tokio: &["0 ms: the other task had 7 turns"],
    })
}
