//! gather, try_gather and race: who was woken is polled, and nobody else; order,
//! errors and losers; nothing is left behind.

#[path = "support/caught.rs"]
mod caught;
#[path = "support/foreign.rs"]
mod foreign;
#[path = "support/log.rs"]
mod log;
#[path = "support/on_drop.rs"]
mod on_drop;
#[path = "support/paused.rs"]
mod paused;
#[path = "support/slots.rs"]
mod slots;

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use buzzer::task::yield_now;
use buzzer::time::{Duration, sleep, timeout};
use buzzer::{gather, spawn, try_gather};
use caught::panic_of;
use futures::stream::{FuturesUnordered, StreamExt};
use log::Log;
use on_drop::OnDrop;
use paused::paused;
use slots::next_slot;

const SECOND: Duration = Duration::from_secs(1);

/// Doors that open one by one, each with a future that waits for it.
#[derive(Clone)]
struct Doors(Rc<[Door]>);

#[derive(Default)]
struct Door {
    open: Cell<bool>,
    polls: Cell<u32>,
    waiting: RefCell<Option<Waker>>,
}

impl Doors {
    fn new(n: usize) -> Self {
        Self((0..n).map(|_| Door::default()).collect())
    }

    /// Counts its polls; ready once the door is open.
    fn wait(&self, door: usize) -> impl Future<Output = usize> + use<> {
        let doors = self.clone();
        poll_fn(move |cx| {
            let this = &doors.0[door];
            this.polls.set(this.polls.get() + 1);
            if this.open.get() {
                return Poll::Ready(door);
            }
            *this.waiting.borrow_mut() = Some(cx.waker().clone());
            Poll::Pending
        })
    }

    fn wait_all(&self) -> Vec<impl Future<Output = usize> + use<>> {
        (0..self.0.len()).map(|door| self.wait(door)).collect()
    }

    /// Wakes whoever waits, with the door open or still shut.
    fn knock(&self, door: usize) {
        if let Some(waker) = self.0[door].waiting.take() {
            waker.wake();
        }
    }

    fn open(&self, door: usize) {
        self.0[door].open.set(true);
        self.knock(door);
    }

    fn polls(&self) -> Vec<u32> {
        self.0.iter().map(|door| door.polls.get()).collect()
    }

    fn all_polls(&self) -> u32 {
        self.0.iter().map(|door| door.polls.get()).sum()
    }
}

/// Lets everything run that can.
async fn settle() {
    sleep(Duration::from_nanos(1)).await;
}

#[test]
fn a_wake_among_ten_thousand_children_polls_that_child_only() {
    paused().block_on(async {
        let doors = Doors::new(10_000);
        let waits = spawn(gather(doors.wait_all()));
        settle().await;
        assert_eq!(doors.all_polls(), 10_000, "once each");
        for door in [7, 9_999, 0, 7, 5_000] {
            let before = (doors.all_polls(), doors.0[door].polls.get());
            doors.knock(door);
            settle().await;
            let after = (doors.all_polls(), doors.0[door].polls.get());
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
        let waker = doors.0[0].waiting.borrow().clone().unwrap();
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
            assert_eq!(doors.0[door].polls.get(), 2);
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
fn a_gather_handed_to_another_task_half_way_wakes_that_one() {
    paused().block_on(async {
        let doors = Doors::new(2);
        let mut gathered = Box::pin(gather([doors.wait(0), doors.wait(1)]));
        assert!(timeout(SECOND, gathered.as_mut()).await.is_err());
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
fn outputs_come_in_the_order_written_whoever_ends_first() {
    paused().block_on(async {
        let after = async |seconds: u32| {
            sleep(seconds * SECOND).await;
            seconds
        };
        assert_eq!(gather([3, 1, 2].map(after)).await, [3, 1, 2]);
        assert_eq!(gather(Vec::<std::future::Ready<()>>::new()).await, []);
        let twelve = buzzer::gather!(
            after(2),
            ready("b"),
            ready('c'),
            after(1),
            ready(()),
            ready(6.0),
            ready(7),
            ready(8u8),
            ready(9i64),
            ready([10]),
            ready(Some(11)),
            ready("12"),
        );
        let all = (2, "b", 'c', 1, (), 6.0, 7, 8u8, 9i64, [10], Some(11), "12");
        assert_eq!(twelve.await, all);
    });
}

#[test]
fn children_may_borrow_from_the_task_and_a_child_is_dropped_at_its_end() {
    paused().block_on(async {
        let log = Log::default();
        let child = async |name: &str, seconds: u32| {
            let _dropped = OnDrop(|| log.note(format!("{name} dropped")));
            sleep(seconds * SECOND).await;
            log.note(format!("{name} ends"));
        };
        buzzer::gather!(child("slow", 2), child("fast", 1)).await;
        let expected = ["fast ends", "fast dropped", "slow ends", "slow dropped"];
        assert_eq!(log.take(), expected);
        gather([("slow", 2), ("fast", 1)].map(|(name, seconds)| child(name, seconds))).await;
        assert_eq!(log.take(), expected);
    });
}

#[test]
fn try_gather_gives_the_error_that_came_first_and_drops_the_rest_at_once() {
    paused().block_on(async {
        let log = Log::default();
        let child = async |name: &'static str, seconds: u32, result: Result<u32, &'static str>| {
            let _dropped = OnDrop(|| log.note(format!("{name} dropped")));
            sleep(seconds * SECOND).await;
            result
        };
        let all = [
            ("a", 9, Ok(1)),
            ("b", 2, Err("late")),
            ("c", 1, Err("first")),
            ("d", 0, Ok(2)),
        ];
        let failed = try_gather(all.map(|(name, seconds, result)| child(name, seconds, result)));
        assert_eq!(failed.await, Err("first"));
        log.note("awaited");
        assert_eq!(
            log.take(),
            [
                "d dropped",
                "c dropped",
                "a dropped",
                "b dropped",
                "awaited"
            ]
        );

        let failed = buzzer::try_gather!(
            child("a", 9, Ok(1)),
            child("b", 2, Err("late")),
            child("c", 1, Err("first")),
        );
        assert_eq!(failed.await, Err("first"));
        log.note("awaited");
        let mut seen = log.take();
        assert_eq!(seen.pop().unwrap(), "awaited");
        seen.sort();
        assert_eq!(seen, ["a dropped", "b dropped", "c dropped"]);

        let fine = buzzer::try_gather!(child("a", 2, Ok(1)), async { Ok("text") });
        assert_eq!(fine.await, Ok((1, "text")));
        let fine = try_gather([2, 1].map(|n| child("a", n, Ok(n))));
        assert_eq!(fine.await, Ok(vec![2, 1]));
    });
}

#[test]
fn a_race_is_won_by_the_first_in_time_then_in_writing_and_drops_the_losers_at_once() {
    paused().block_on(async {
        let log = Log::default();
        let runner = async |name: &'static str, seconds: u32| {
            let _dropped = OnDrop(|| log.note(format!("{name} dropped")));
            sleep(seconds * SECOND).await;
            name
        };
        let winner = buzzer::race!(runner("tortoise", 5), runner("hare", 1), runner("snail", 9));
        assert_eq!(winner.await, "hare");
        log.note("awaited");
        let mut seen = log.take();
        assert_eq!(
            (seen.remove(0), seen.pop().unwrap()),
            ("hare dropped".into(), "awaited".into())
        );
        assert_eq!(
            seen.len(),
            2,
            "the losers are gone before the race is awaited: {seen:?}"
        );

        let same = buzzer::race!(ready("first"), ready("second"));
        assert_eq!(same.await, "first");
        // The second is not even polled.
        let doors = Doors::new(1);
        buzzer::race!(async { 1 }, doors.wait(0)).await;
        assert_eq!(doors.all_polls(), 0);
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
        assert!(next_slot().await < 20, "slots were kept");
    });
}

#[test]
fn a_gather_dropped_half_way_drops_its_children_and_the_outputs_there_are() {
    paused().block_on(async {
        let log = Log::default();
        let child = async |n: u32| {
            let log = log.clone();
            let dropped = OnDrop(move || log.note(n));
            sleep(n * SECOND).await;
            dropped
        };
        let half = gather([1, 2, 3].map(child));
        assert!(timeout(2 * SECOND, half).await.is_err());
        let mut seen = log.take();
        seen.sort();
        assert_eq!(seen, ["1", "2", "3"]);
    });
}

#[test]
fn a_panic_in_a_child_is_passed_on_and_the_siblings_are_dropped() {
    paused().block_on(async {
        let log = Log::default();
        let noted = log.clone();
        let task = spawn(async move {
            let waits = async {
                let _dropped = OnDrop(|| noted.note("sibling dropped"));
                pending::<()>().await;
            };
            let panics = async {
                sleep(SECOND).await;
                panic!("spilt");
            };
            buzzer::gather!(waits, panics).await;
        });
        let error = task.await.unwrap_err();
        assert_eq!(*error.into_panic().downcast::<&str>().unwrap(), "spilt");
        assert_eq!(log.take(), ["sibling dropped"]);
        assert!(next_slot().await < 5, "slots were kept");
    });
}

#[test]
fn an_iterator_that_panics_leaves_nothing_half_begun() {
    paused().block_on(async {
        let doors = Doors::new(1);
        let panics = panic_of(|| {
            let children = (0..3).map(|n| match n {
                0 => doors.wait(0),
                _ => panic!("no more"),
            });
            drop(gather(children));
        });
        assert_eq!(panics, "no more");
        assert_eq!(doors.all_polls(), 0);
        assert!(next_slot().await < 3);
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
    assert!(elsewhere.contains("await it in the runtime that polled it first"));
    let nowhere = panic_of(|| polled(Box::pin(gather([doors.wait(0)])).as_mut()));
    assert!(nowhere.contains("gather needs a buzzer runtime"));
}
