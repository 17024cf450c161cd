//! Futures that share a task: who was woken is polled, and nobody else, and
//! nothing is left behind.

#[path = "support/caught.rs"]
mod caught;
#[path = "support/doors.rs"]
mod doors;
#[path = "support/log.rs"]
mod log;
#[path = "support/paused.rs"]
mod paused;
#[path = "support/settle.rs"]
mod settle;
#[path = "support/slots.rs"]
mod slots;

use std::cell::Cell;
use std::future::{pending, poll_fn, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Waker};

use buzzer::task::yield_now;
use buzzer::time::{Duration, sleep, timeout};
use buzzer::{gather, spawn};
use caught::panic_of;
use doors::Doors;
use futures::stream::{FuturesUnordered, StreamExt};
use log::Log;
use paused::paused;
use settle::settle;
use slots::highest_slot;

#[test]
fn a_wake_among_ten_thousand_children_polls_that_child_only() {
    paused().block_on(async {
        let doors = Doors::new(10_000);
        let waits = spawn(gather(doors.wait_all()));
        settle().await;
        assert_eq!(doors.all_polls(), 10_000, "once each");
        for door in [7, 9_999, 0, 7, 5_000] {
            let before = (doors.all_polls(), doors.polls()[door]);
            doors.knock(door);
            settle().await;
            let after = (doors.all_polls(), doors.polls()[door]);
            assert_eq!(after, (before.0 + 1, before.1 + 1));
        }
        // In reverse, so that the order of the outputs is not that of the ends.
        for door in (0..10_000).rev() {
            doors.open(door);
        }
        assert_eq!(waits.await.unwrap(), (0..10_000).collect::<Vec<_>>());
        assert_eq!(doors.all_polls(), 10_000 + 5 + 10_000);
    });
}

#[test]
fn a_child_that_was_woken_many_times_before_its_poll_is_polled_once() {
    paused().block_on(async {
        let doors = Doors::new(2);
        let waits = spawn(gather([doors.wait(0), doors.wait(1)]));
        settle().await;
        let waker = doors.waiting(0).unwrap();
        for _ in 0..100 {
            waker.wake_by_ref();
        }
        settle().await;
        assert_eq!(doors.polls(), [2, 1]);
        doors.open(0);
        settle().await;
        // Woken after its end, also by then another's slot.
        let _takes_its_slot = spawn(pending::<()>());
        settle().await;
        waker.wake_by_ref();
        settle().await;
        assert_eq!(doors.polls(), [3, 1]);
        doors.open(1);
        assert_eq!(waits.await.unwrap(), [0, 1]);
    });
}

#[test]
fn many_woken_children_do_not_starve_the_tasks_beside_them() {
    paused().block_on(async {
        let doors = Doors::new(10_000);
        let waits = spawn(gather(doors.wait_all()));
        let mut before = 0;
        let mut looks = 0;
        while doors.all_polls() < 10_000 {
            yield_now().await;
            looks += 1;
            let polls = doors.all_polls() - before;
            assert!(polls <= 128, "{polls} children were polled at a stretch");
            before += polls;
        }
        assert!(looks >= 10_000 / 128);
        waits.abort();
    });
}

#[test]
fn a_child_that_wakes_itself_is_polled_again_but_after_the_other_tasks() {
    paused().block_on(async {
        let log = Log::default();
        let noted = log.clone();
        let gathered = spawn(async move {
            let first = async {
                for n in 0..3 {
                    noted.note(format!("child {n}"));
                    yield_now().await;
                }
            };
            let second = async { noted.note("sibling") };
            buzzer::gather!(first, second).await;
        });
        for n in 0..3 {
            yield_now().await;
            log.note(format!("task {n}"));
        }
        gathered.await.unwrap();
        let expected = [
            "child 0", "sibling", "task 0", "child 1", "task 1", "child 2", "task 2",
        ];
        assert_eq!(log.take(), expected);
    });
}

#[test]
fn a_child_added_to_more_that_wake_themselves_than_a_poll_takes_has_its_first_poll() {
    paused().block_on(async {
        let (polls, is_set) = (Cell::new(0), Cell::new(false));
        let (polls, is_set) = (&polls, &is_set);
        buzzer::scope(async |s| {
            for _ in 0..200 {
                s.spawn(async move {
                    // With an end, so that it fails and does not hang.
                    while !is_set.get() && polls.get() < 100_000 {
                        polls.set(polls.get() + 1);
                        yield_now().await;
                    }
                });
            }
            s.spawn(async { is_set.set(true) });
        })
        .await;
        assert!(polls.get() <= 400, "{} polls of the others", polls.get());
    });
}

#[test]
fn two_children_that_wake_each_other_for_ever_let_the_others_run() {
    let polls = Rc::new(Cell::new(0));
    let counted = polls.clone();
    paused().block_on(async move {
        let (ping, pong) = (Doors::new(1), Doors::new(1));
        let play = async |mine: &Doors, theirs: &Doors| {
            let mut waiting = mine.wait(0);
            poll_fn::<(), _>(|cx| {
                counted.set(counted.get() + 1);
                theirs.knock(0);
                Pin::new(&mut waiting).poll(cx).map(drop)
            })
            .await;
        };
        let game = buzzer::gather!(play(&ping, &pong), play(&pong, &ping));
        let others = spawn(async {
            for _ in 0..10 {
                yield_now().await;
            }
            "the others"
        });
        buzzer::race!(
            async {
                game.await;
                Ok("the game")
            },
            others
        )
        .await
        .unwrap();
    });
    assert!(polls.get() <= 2 * 12, "{} polls", polls.get());
}

#[test]
fn a_child_woken_by_another_thread_is_polled_and_only_it() {
    paused().block_on(async {
        let doors = Doors::new(1);
        let (send, receive) = async_channel::bounded(1);
        let waits = doors.wait(0);
        let both = spawn(async move { buzzer::gather!(waits, receive.recv()).await });
        settle().await;
        let elsewhere = std::thread::spawn(move || send.send_blocking(5).unwrap());
        elsewhere.join().unwrap();
        settle().await;
        assert_eq!(doors.all_polls(), 1);
        doors.open(0);
        assert_eq!(both.await.unwrap(), (0, Ok(5)));
    });
}

#[test]
fn nested_gathers_poll_the_one_leaf_that_was_woken() {
    paused().block_on(async {
        let doors = Doors::new(27);
        let mut leaves = doors.wait_all().into_iter();
        let mut three = || gather([(); 3].map(|()| leaves.next().unwrap()));
        let mut nine = || gather([(); 3].map(|()| three()));
        let waits = spawn(gather([(); 3].map(|()| nine())));
        settle().await;
        assert_eq!(doors.all_polls(), 27);
        for door in [13, 0, 26] {
            doors.open(door);
            settle().await;
            assert_eq!(doors.polls()[door], 2);
        }
        assert_eq!(doors.all_polls(), 30);
        (0..27).for_each(|door| doors.open(door));
        let all: Vec<_> = waits
            .await
            .unwrap()
            .into_iter()
            .flatten()
            .flatten()
            .collect();
        assert_eq!(all, (0..27).collect::<Vec<_>>());
        assert_eq!(doors.all_polls(), 2 * 27);
    });
}

#[test]
fn futures_unordered_in_a_gather_and_a_gather_in_futures_unordered_are_woken() {
    paused().block_on(async {
        let doors = Doors::new(4);
        let unordered = |first: usize| {
            let two: FuturesUnordered<_> = (first..first + 2).map(|i| doors.wait(i)).collect();
            two.collect::<Vec<_>>()
        };
        let inside = spawn(gather([unordered(0), unordered(2)]));
        settle().await;
        for door in [3, 0, 1, 2] {
            doors.open(door);
            settle().await;
        }
        assert_eq!(inside.await.unwrap(), [[0, 1], [3, 2]]);
        assert_eq!(doors.polls(), [2; 4]);

        let doors = Doors::new(4);
        let outside: FuturesUnordered<_> = [0, 2]
            .map(|i| gather([doors.wait(i), doors.wait(i + 1)]))
            .into_iter()
            .collect();
        let outside = spawn(outside.collect::<Vec<_>>());
        settle().await;
        for door in [3, 0, 2, 1] {
            doors.open(door);
            settle().await;
        }
        assert_eq!(outside.await.unwrap(), [[2, 3], [0, 1]]);
        assert_eq!(doors.polls(), [2; 4]);
    });
}

#[test]
fn nested_futures_unordered_poll_each_leaf_about_once_though_each_takes_of_the_budget() {
    const SETS: usize = 20;
    const LEAVES: usize = 100;
    paused().block_on(async {
        let polls = Rc::new(Cell::new(0));
        let leaf = || {
            let polls = polls.clone();
            let mut ready = sleep(Duration::ZERO);
            poll_fn(move |cx| {
                polls.set(polls.get() + 1);
                Pin::new(&mut ready).poll(cx)
            })
        };
        let set = || {
            let leaves: FuturesUnordered<_> = (0..LEAVES).map(|_| leaf()).collect();
            leaves.count()
        };
        let sets: FuturesUnordered<_> = (0..SETS).map(|_| set()).collect();
        let ended = sets.fold(0, async |sum, count| sum + count);
        let ended = spawn(ended);
        let mut rounds = 0;
        while !ended.is_finished() {
            rounds += 1;
            yield_now().await;
        }
        assert_eq!(ended.await.unwrap(), SETS * LEAVES);
        let wasted = polls.get() - SETS * LEAVES;
        assert!(wasted < SETS * LEAVES / 4, "{wasted} polls in vain");
        // The others had their turn whenever the budget was spent.
        assert!(rounds >= SETS * LEAVES / 128, "{rounds} rounds");
    });
}

#[test]
fn a_gather_handed_to_another_task_half_way_wakes_that_one() {
    paused().block_on(async {
        let doors = Doors::new(2);
        let mut gathered = Box::pin(gather([doors.wait(0), doors.wait(1)]));
        assert!(
            timeout(Duration::from_secs(1), gathered.as_mut())
                .await
                .is_err()
        );
        let elsewhere = spawn(gathered);
        settle().await;
        doors.open(1);
        settle().await;
        doors.open(0);
        assert_eq!(elsewhere.await.unwrap(), [0, 1]);
        assert_eq!(doors.polls(), [2, 2]);
    });
}

#[test]
fn groups_dropped_half_way_free_their_slots() {
    paused().block_on(async {
        let doors = Doors::new(4);
        for round in 0..100_000 {
            match round % 5 {
                0 => {
                    let mut half = Box::pin(gather(doors.wait_all()));
                    assert!(futures::poll!(half.as_mut()).is_pending());
                }
                1 => {
                    buzzer::race!(doors.wait(0), ready(7), doors.wait(1)).await;
                }
                2 => {
                    let fails = async { Err::<usize, _>("fails") };
                    let waits = async { Ok(doors.wait(0).await) };
                    buzzer::try_gather!(waits, fails).await.unwrap_err();
                }
                3 => {
                    let mut half = Box::pin(buzzer::scope(async |s| {
                        s.spawn(doors.wait(0));
                        pending::<()>().await;
                    }));
                    assert!(futures::poll!(half.as_mut()).is_pending());
                }
                _ => {
                    let task = spawn(gather([doors.wait(0)]));
                    yield_now().await;
                    task.abort();
                    task.await.unwrap_err();
                }
            }
        }
        assert!(highest_slot().await < 200, "slots were kept");
    });
}

#[test]
fn a_gather_polled_in_another_runtime_says_where_to_await_it() {
    let doors = Doors::new(1);
    let mut gathered = Box::pin(gather([doors.wait(0)]));
    let polled = |gathered: Pin<&mut _>| {
        let gathered: Pin<&mut dyn Future<Output = Vec<usize>>> = gathered;
        let waits = gathered.poll(&mut Context::from_waker(Waker::noop()));
        assert!(waits.is_pending());
    };
    let (first, second) = (paused(), paused());
    first.block_on(async { polled(gathered.as_mut()) });
    let elsewhere = panic_of(|| second.block_on(async { polled(gathered.as_mut()) }));
    assert!(elsewhere.contains("in another runtime than the one that polled it first"));
    let nowhere = panic_of(|| polled(Box::pin(gather([doors.wait(0)])).as_mut()));
    assert!(nowhere.contains("gather needs a buzzer runtime"));
}
