//! `sync`: who is told of two that could be, and what becomes of what was not heard.

use super::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::{Barrier, Notify, OnceCell, SetOnce};

pub fn a_second_ring_is_kept_though_one_was_waiting() -> Transcript {
    run(async || {
        let bell = Notify::new();
        let mut first = pin!(bell.notified());
        let mut second = pin!(bell.notified());
        assert!(poll!(first.as_mut()).is_pending());
        bell.notify_one();
        bell.notify_one();
        note!("the second: {}", poll!(second.as_mut()).is_ready());
        note!("the first: {}", poll!(first.as_mut()).is_ready());
        note!("one more: {}", poll!(pin!(bell.notified())).is_ready());
    })
}

// It was told as the last in line: so is the next.
pub fn the_last_was_told_and_gives_up() -> Transcript {
    run(async || {
        let bell = Notify::new();
        let wait = || Box::pin(bell.notified());
        let (mut a, mut b, mut c) = (wait(), wait(), wait());
        for waiter in [&mut a, &mut b, &mut c] {
            assert!(poll!(waiter.as_mut()).is_pending());
        }
        bell.notify_last();
        drop(c);
        note!("a: {}", poll!(a.as_mut()).is_ready());
        note!("b: {}", poll!(b.as_mut()).is_ready());
    })
}

pub fn the_first_was_told_and_gives_up() -> Transcript {
    run(async || {
        let bell = Notify::new();
        let wait = || Box::pin(bell.notified());
        let (mut a, mut b, mut c) = (wait(), wait(), wait());
        for waiter in [&mut a, &mut b, &mut c] {
            assert!(poll!(waiter.as_mut()).is_pending());
        }
        bell.notify_one();
        drop(a);
        note!("c: {}", poll!(c.as_mut()).is_ready());
        note!("b: {}", poll!(b.as_mut()).is_ready());
    })
}

// It was told with all others: nobody is told in its place.
pub fn one_that_was_told_with_all_gives_up() -> Transcript {
    run(async || {
        let bell = Notify::new();
        let mut a = Box::pin(bell.notified());
        assert!(poll!(a.as_mut()).is_pending());
        bell.notify_waiters();
        let mut late = Box::pin(bell.notified());
        assert!(poll!(late.as_mut()).is_pending());
        drop(a);
        note!("the late one: {}", poll!(late.as_mut()).is_ready());
    })
}

pub fn a_ring_is_taken_by_enabling() -> Transcript {
    run(async || {
        let bell = Notify::new();
        bell.notify_one();
        let mut first = Box::pin(bell.notified());
        note!("enabled, told: {}", first.as_mut().enable());
        note!("kept: {}", poll!(pin!(bell.notified())).is_ready());
        drop(first);
        note!("given back: {}", poll!(pin!(bell.notified())).is_ready());
    })
}

pub fn a_wait_that_was_given_up_before_its_first_poll() -> Transcript {
    run(async || {
        let bell = Notify::new();
        let (never, waits) = (bell.notified(), bell.notified());
        bell.notify_waiters();
        drop(never);
        let mut waits = pin!(waits);
        note!("told: {}", poll!(waits.as_mut()).is_ready());
        note!("anew: {}", poll!(pin!(bell.notified())).is_ready());
    })
}

pub fn a_waiter_that_moves_to_another_task_is_found_there() -> Transcript {
    run(async || {
        let bell = Arc::new(Notify::new());
        let mut waits = Box::pin(bell.clone().notified_owned());
        assert!(poll!(waits.as_mut()).is_pending());
        let task = spawn(async move {
            waits.await;
            note!("the task is told");
        });
        yield_now().await;
        bell.notify_one();
        task.await.unwrap();
    })
}

pub fn those_told_together_run_in_the_order_of_their_waiting() -> Transcript {
    run(async || {
        let bell = Rc::new(Notify::new());
        let tasks = [("a", 30), ("b", 10), ("c", 20)].map(|(name, time)| {
            let bell = bell.clone();
            spawn_local(async move {
                sleep(ms(time)).await;
                bell.notified().await;
                note!("{name} is told");
            })
        });
        sleep(ms(40)).await;
        bell.notify_waiters();
        finish(tasks).await;
    })
}

// Each of them rings for the next.
pub fn a_ring_goes_from_one_to_the_next() -> Transcript {
    run(async || {
        let bell = Rc::new(Notify::new());
        let tasks = ["a", "b", "c"].map(|name| {
            let bell = bell.clone();
            spawn_local(async move {
                bell.notified().await;
                note!("{name} is told");
                sleep(ms(5)).await;
                bell.notify_one();
            })
        });
        bell.notify_one();
        finish(tasks).await;
        bell.notified().await;
        note!("and back to main");
    })
}

// In turn each is the slowest.
pub fn the_last_to_come_leads_each_round() -> Transcript {
    run(async || {
        let barrier = Rc::new(Barrier::new(3));
        let tasks = [("a", 1), ("b", 2), ("c", 3)].map(|(name, pace)| {
            let barrier = barrier.clone();
            spawn_local(async move {
                for round in [1, 2, 3] {
                    sleep(ms((pace + round) % 3)).await;
                    let leads = barrier.wait().await.is_leader();
                    note!("round {round}: {name}, leads: {leads}");
                }
            })
        });
        finish(tasks).await;
    })
    .unordered_on_tokio(UnorderedOnTokio {
        because: "buzzer tells those who waited in the order of their coming; tokio's barrier \
                  tells them by a watch, which begins anywhere",
        buzzer: &[
            "2 ms: round 1: a, leads: true",
            "2 ms: round 1: b, leads: false",
            "2 ms: round 1: c, leads: false",
            "4 ms: round 2: c, leads: true",
            "4 ms: round 2: a, leads: false",
            "4 ms: round 2: b, leads: false",
            "6 ms: round 3: b, leads: true",
            "6 ms: round 3: c, leads: false",
            "6 ms: round 3: a, leads: false",
        ],
    })
}

pub fn who_is_aborted_at_a_barrier_leaves_its_place_taken() -> Transcript {
    run(async || {
        let barrier = Rc::new(Barrier::new(3));
        let wait = |name: &'static str| {
            let barrier = barrier.clone();
            spawn_local(async move {
                let leads = barrier.wait().await.is_leader();
                note!("{name} is through, leads: {leads}");
            })
        };
        let (a, b) = (wait("a"), wait("b"));
        sleep(ms(10)).await;
        a.abort();
        let c = wait("c");
        finish([b, c]).await;
        let next = barrier.wait();
        note!("the next round: {}", timeout(ms(10), next).await.is_ok());
    })
}

pub fn a_maker_panics_and_the_next_makes_it() -> Transcript {
    run(async || {
        let cell = Rc::new(OnceCell::new());
        let make = |name: &'static str, fails: bool| {
            let cell = cell.clone();
            spawn_local(async move {
                let made = cell
                    .get_or_init(|| async move {
                        work(name, ms(10)).await;
                        assert!(!fails, "no coffee");
                        name
                    })
                    .await;
                note!("{name} has what {made} made");
            })
        };
        let (first, second, third) = (make("a", true), make("b", false), make("c", false));
        note!("panicked: {}", first.await.unwrap_err().is_panic());
        finish([second, third]).await;
    })
}

pub fn a_value_set_while_it_is_made() -> Transcript {
    run(async || {
        let cell = Rc::new(OnceCell::new());
        let makes = cell.clone();
        let maker = spawn_local(async move { *makes.get_or_init(|| work("it", ms(10))).await });
        yield_now().await;
        let refused = cell.set("main's").unwrap_err();
        note!(
            "{} {}",
            refused.is_initializing_err(),
            refused.is_already_init_err()
        );
        note!("{:?}", cell.get());
        maker.abort();
        yield_now().await;
        note!("{:?}", cell.set("main's"));
        let refused = cell.set("another").unwrap_err();
        note!(
            "{} {}",
            refused.is_initializing_err(),
            refused.is_already_init_err()
        );
    })
}

pub fn a_value_that_is_there_is_not_made() -> Transcript {
    run(async || {
        let cell = OnceCell::const_new_with("there");
        let made = cell.get_or_init(async || unreachable!("it is there"));
        note!("{}", made.await);
        let made = cell.get_or_try_init(async || Err::<&str, _>("unasked"));
        note!("{:?}", made.await);
        let same = OnceCell::from("there") == cell;
        note!("{same} {:?} {:?}", OnceCell::<u8>::new(), cell);
    })
}

pub fn a_value_set_once_wakes_all_in_order() -> Transcript {
    run(async || {
        let value = Arc::new(SetOnce::new());
        let tasks = ["a", "b", "c"].map(|name| {
            let value = value.clone();
            spawn(async move { note!("{name} has {}", value.wait().await) })
        });
        let mut given_up = Box::pin(value.wait());
        assert!(poll!(given_up.as_mut()).is_pending());
        yield_now().await;
        tasks[1].abort();
        drop(given_up);
        value.set(7).unwrap();
        note!("{}", value.initialized());
        for task in tasks {
            note!("{}", task.await.is_ok());
        }
        let refused = value.set(8).unwrap_err();
        note!("it comes back: {}", refused.0);
        note!("{:?}", Arc::into_inner(value).unwrap().into_inner());
    })
}

pub fn a_barrier_is_made_for_any_number() -> Transcript {
    run(async || {
        for number in [0, 1] {
            let barrier = Barrier::new(number);
            for _ in 0..2 {
                note!("{number}: leads: {}", barrier.wait().await.is_leader());
            }
        }
        note!(
            "{}",
            catch_unwind(AssertUnwindSafe(|| Barrier::new(7))).is_ok()
        );
    })
}
