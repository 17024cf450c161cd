//! `sync`: being told, once or all together.

use super::*;
use tokio::sync::{Barrier, Notify, OnceCell, SetOnce};

/// A task that waits for `bell` and says so.
fn waiter(name: &'static str, bell: &Rc<Notify>) -> JoinHandle<()> {
    let bell = bell.clone();
    spawn_local(async move {
        bell.notified().await;
        note!("{name} was told");
    })
}

pub fn one_is_told_at_a_time() -> Transcript {
    run(async || {
        let bell = Rc::new(Notify::new());
        let handles = ["a", "b", "c"].map(|name| waiter(name, &bell));
        yield_now().await;
        for _ in 0..3 {
            note!("ring");
            bell.notify_one();
            yield_now().await;
        }
        finish(handles).await;
    })
}

pub fn the_last_is_told_first() -> Transcript {
    run(async || {
        let bell = Rc::new(Notify::new());
        let handles = ["a", "b", "c"].map(|name| waiter(name, &bell));
        yield_now().await;
        bell.notify_last();
        yield_now().await;
        bell.notify_waiters();
        finish(handles).await;
    })
}

pub fn a_ring_that_nobody_hears_is_kept_once() -> Transcript {
    run(async || {
        let bell = Rc::new(Notify::new());
        bell.notify_one();
        bell.notify_one();
        bell.notified().await;
        note!("the first is there");
        note!(
            "a second: {}",
            timeout(ms(10), bell.notified()).await.is_ok()
        );
    })
}

pub fn a_ring_for_all_is_not_kept() -> Transcript {
    run(async || {
        let bell = Notify::new();
        bell.notify_waiters();
        note!("kept: {}", timeout(ms(10), bell.notified()).await.is_ok());
        let waits = bell.notified();
        bell.notify_waiters();
        note!(
            "told though not polled: {}",
            timeout(ms(10), waits).await.is_ok()
        );
    })
}

pub fn a_ring_for_all_leaves_what_is_kept() -> Transcript {
    run(async || {
        let bell = Notify::new();
        let waits = bell.notified();
        bell.notify_one();
        bell.notify_waiters();
        waits.await;
        note!("told with all");
        bell.notified().await;
        note!("told by what was kept");
    })
}

// Told, and dropped before it could say so.
pub fn who_was_told_and_gives_up_tells_the_next() -> Transcript {
    run(async || {
        let bell = Rc::new(Notify::new());
        let [first, second] = ["first", "second"].map(|name| waiter(name, &bell));
        yield_now().await;
        bell.notify_one();
        first.abort();
        second.await.unwrap();
        let third = waiter("third", &bell);
        yield_now().await;
        bell.notify_one();
        third.abort();
        yield_now().await;
        bell.notified().await;
        note!("it was kept");
    })
}

pub fn an_enabled_future_stands_in_line() -> Transcript {
    run(async || {
        let bell = Notify::new();
        let mut first = pin!(bell.notified());
        let mut second = pin!(bell.notified());
        note!("told: {}", second.as_mut().enable());
        note!("told: {}", first.as_mut().enable());
        bell.notify_one();
        note!("told: {}", first.as_mut().enable());
        note!("told: {}", second.as_mut().enable());
        second.await;
    })
}

pub fn an_owned_wait_is_spawned() -> Transcript {
    run(async || {
        let bell = std::sync::Arc::new(Notify::new());
        let waits = spawn(bell.clone().notified_owned());
        yield_now().await;
        bell.notify_one();
        waits.await.unwrap();
        note!("told");
    })
}

// Those who come while it is rung wait for the next.
pub fn a_hundred_are_told_together() -> Transcript {
    run(async || {
        let bell = Rc::new(Notify::new());
        let told = Rc::new(Cell::new(0));
        for _ in 0..100 {
            let (bell, told) = (bell.clone(), told.clone());
            spawn_local(async move {
                bell.notified().await;
                told.set(told.get() + 1);
                bell.notified().await;
            });
        }
        sleep(ms(1)).await;
        bell.notify_waiters();
        sleep(ms(1)).await;
        note!("{} were told", told.get());
    })
}

pub fn a_barrier_opens_round_by_round() -> Transcript {
    run(async || {
        let barrier = Rc::new(Barrier::new(2));
        let handles = [("a", 10), ("b", 20), ("c", 30), ("d", 40)].map(|(name, time)| {
            let barrier = barrier.clone();
            spawn_local(async move {
                sleep(ms(time)).await;
                let leader = barrier.wait().await.is_leader();
                note!("{name} is through, the leader: {leader}");
            })
        });
        finish(handles).await;
        let alone = Barrier::new(0).wait().await;
        note!("alone, the leader: {}", alone.is_leader());
    })
}

pub fn a_wait_given_up_at_a_barrier_still_counts() -> Transcript {
    run(async || {
        let barrier = Barrier::new(2);
        note!("alone: {}", timeout(ms(10), barrier.wait()).await.is_ok());
        note!("the leader: {}", barrier.wait().await.is_leader());
    })
}

pub fn a_value_is_made_once_and_the_others_wait() -> Transcript {
    run(async || {
        let cell = Rc::new(OnceCell::new());
        let handles = ["a", "b"].map(|name| {
            let cell = cell.clone();
            spawn_local(async move {
                let value = cell.get_or_init(|| work(name, ms(10))).await;
                note!("{name} has what {value} made");
            })
        });
        yield_now().await;
        note!("{:?}", cell.set("main"));
        finish(handles).await;
        note!("{:?}", cell.set("main"));
    })
}

pub fn a_maker_that_fails_leaves_it_to_the_next() -> Transcript {
    run(async || {
        let cell = Rc::new(OnceCell::new());
        let make = |name: &'static str, fails: bool| {
            let cell = cell.clone();
            spawn_local(async move {
                let made = cell.get_or_try_init(|| async move {
                    work(name, ms(10)).await;
                    if fails { Err(name) } else { Ok(name) }
                });
                note!("{name} gets {:?}", made.await);
            })
        };
        let aborted = make("aborted", false);
        let handles = [
            make("failing", true),
            make("making", false),
            make("late", false),
        ];
        sleep(ms(5)).await;
        aborted.abort();
        finish(handles).await;
        note!("{cell:?}");
    })
}

pub fn a_cell_is_taken_and_made_anew() -> Transcript {
    run(async || {
        let mut cell = OnceCell::new_with(Some(1));
        note!("{:?} {:?}", cell.get(), cell.clone());
        *cell.get_mut().unwrap() = 2;
        note!("{:?} {}", cell.take(), cell.initialized());
        cell.set(3).unwrap();
        note!("{:?}", cell.into_inner());
    })
}

pub fn a_value_that_is_set_once_and_waited_for() -> Transcript {
    run(async || {
        let value = Rc::new(SetOnce::new());
        let handles = ["a", "b"].map(|name| {
            let value = value.clone();
            spawn_local(async move { note!("{name} has {}", value.wait().await) })
        });
        sleep(ms(10)).await;
        note!("{:?}", value.get());
        note!("{:?}", value.set("one"));
        note!("{:?}", value.set("other"));
        finish(handles).await;
        note!("{}", value.wait().await);
    })
}
