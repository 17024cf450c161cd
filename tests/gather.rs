//! gather, try_gather and race: outputs in order, the first error, the winner,
//! and what becomes of the others.

#[path = "support/caught.rs"]
mod caught;
#[path = "support/doors.rs"]
mod doors;
#[path = "support/log.rs"]
mod log;
#[path = "support/on_drop.rs"]
mod on_drop;
#[path = "support/paused.rs"]
mod paused;
#[path = "support/slots.rs"]
mod slots;

use std::future::{pending, poll_fn, ready};
use std::pin::Pin;

use buzzer::time::{Duration, Instant, sleep, timeout};
use buzzer::{gather, spawn, try_gather};
use caught::panic_of;
use doors::Doors;
use log::Log;
use on_drop::OnDrop;
use paused::paused;
use slots::highest_slot;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_macros_future_may_be_kept_longer_than_what_it_borrows_if_only_its_drop_is_left() {
    // The last to be declared is dropped first.
    let mut kept = None;
    let order = String::from("mocha");
    let gathered = kept.insert(gather!(async { order.len() }, async { 1 }));
    assert!(size_of_val(gathered) > 0);
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
        let child = |name: &'static str, seconds: u32| {
            let noted = log.clone();
            // What a closure holds goes with the future, not with its last poll.
            let dropped = OnDrop(move || noted.note(format!("{name} dropped")));
            let mut slept = sleep(seconds * SECOND);
            let log = &log;
            poll_fn(move |cx| {
                let _held = &dropped;
                let polled = Pin::new(&mut slept).poll(cx);
                polled.map(|()| log.note(format!("{name} ends")))
            })
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
fn an_error_in_the_first_poll_stops_the_polling() {
    paused().block_on(async {
        let doors = Doors::new(2);
        let pass = async |door: usize| {
            doors.wait(door).await;
            Ok(())
        };
        let failed = buzzer::try_gather!(pass(0), async { Err::<(), _>("at once") }, pass(1));
        assert_eq!(failed.await, Err("at once"));
        assert_eq!(doors.all_polls(), 1);
    });
}

#[test]
fn handles_and_gathers_are_gathered_like_any_future() {
    paused().block_on(async {
        let begun = Instant::now();
        let after = async |seconds: u32| {
            sleep(seconds * SECOND).await;
            seconds
        };
        let handles = gather([2, 1].map(|seconds| spawn(after(seconds))));
        let inner = buzzer::gather!(after(1), after(4));
        let (handles, inner, one) = buzzer::gather!(handles, inner, after(3)).await;
        let handles: Vec<u32> = handles.into_iter().map(Result::unwrap).collect();
        assert_eq!((handles, inner, one), (vec![2, 1], (1, 4), 3));
        assert_eq!(begun.elapsed(), 4 * SECOND);
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
fn a_race_in_a_loop_keeps_what_it_borrows_and_a_task_that_lost_runs_on() {
    paused().block_on(async {
        let begun = Instant::now();
        let mut long = std::pin::pin!(sleep(SECOND * 5 / 2));
        let mut task = spawn(sleep(4 * SECOND));
        let mut ticks = 0;
        loop {
            let ended = async {
                long.as_mut().await;
                true
            };
            let task = async {
                (&mut task).await.unwrap();
                unreachable!("it ends later");
            };
            let tick = async {
                sleep(SECOND).await;
                false
            };
            match buzzer::race!(ended, task, tick).await {
                true => break,
                false => ticks += 1,
            }
        }
        assert_eq!((ticks, begun.elapsed()), (2, SECOND * 5 / 2));
        buzzer::race!(async { task.await.unwrap() }).await;
        assert_eq!(begun.elapsed(), 4 * SECOND);
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
fn a_join_dropped_half_way_drops_what_is_left_in_the_order_written() {
    paused().block_on(async {
        let log = Log::default();
        let child = async |n: u32| {
            let log = log.clone();
            let dropped = OnDrop(move || log.note(n));
            sleep(n * SECOND).await;
            dropped
        };
        let joined = async { buzzer::join!(child(4), child(1), child(3)) };
        assert!(timeout(2 * SECOND, joined).await.is_err());
        assert_eq!(log.take(), ["4", "1", "3"]);
        let failing = async {
            sleep(SECOND).await;
            Err::<(), _>(())
        };
        let fine = async |n| Ok(child(n).await);
        assert!(buzzer::try_join!(fine(3), failing, fine(0), fine(2)).is_err());
        assert_eq!(log.take(), ["3", "0", "2"]);
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
        assert!(highest_slot().await < 20, "slots were kept");
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
        assert!(highest_slot().await < 20);
    });
}
