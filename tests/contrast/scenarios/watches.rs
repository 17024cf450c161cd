//! `sync`: what a change of a watched value is, and who has seen it.

use super::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::watch;

pub fn a_look_is_not_an_update() -> Transcript {
    run(async || {
        let (sender, mut receiver) = watch::channel("first");
        sender.send("second").unwrap();
        note!("{} {}", *receiver.borrow(), receiver.borrow().has_changed());
        note!("{:?}", receiver.has_changed());
        let seen = receiver.borrow_and_update();
        note!("{} {}", *seen, seen.has_changed());
        drop(seen);
        note!(
            "{:?} {}",
            receiver.has_changed(),
            receiver.borrow().has_changed()
        );
        note!("{:?}", timeout(ms(5), receiver.changed()).await.is_err());
    })
}

pub fn a_clone_has_seen_what_its_original_has() -> Transcript {
    run(async || {
        let (sender, mut one) = watch::channel(0);
        let unseen = one.clone();
        sender.send(1).unwrap();
        let behind = one.clone();
        one.borrow_and_update();
        let up_to_date = one.clone();
        note!("{:?} {:?}", unseen.has_changed(), behind.has_changed());
        note!("{:?}", up_to_date.has_changed());
        note!("{:?}", sender.subscribe().has_changed());
    })
}

pub fn a_change_told_and_not_taken_is_told_again() -> Transcript {
    run(async || {
        let (sender, mut receiver) = watch::channel(0);
        {
            let mut waits = pin!(receiver.changed());
            assert!(poll!(waits.as_mut()).is_pending());
            sender.send(1).unwrap();
        }
        note!("given up when it had been told");
        receiver.changed().await.unwrap();
        note!("{}", *receiver.borrow());
        note!("{}", timeout(ms(5), receiver.changed()).await.is_err());
    })
}

pub fn two_changes_before_the_watcher_runs() -> Transcript {
    run(async || {
        let (sender, mut receiver) = watch::channel(0);
        let watcher = spawn(async move {
            let mut seen = Vec::new();
            while receiver.changed().await.is_ok() {
                seen.push(*receiver.borrow_and_update());
            }
            note!("{seen:?}");
        });
        yield_now().await;
        sender.send(1).unwrap();
        sender.send(2).unwrap();
        yield_now().await;
        sender.send(3).unwrap();
        drop(sender);
        watcher.await.unwrap();
    })
}

pub fn a_change_that_panics_is_none() -> Transcript {
    run(async || {
        let (sender, mut receiver) = watch::channel(1);
        let watcher = spawn(async move {
            receiver.changed().await.unwrap();
            note!("the watcher sees {}", *receiver.borrow());
        });
        yield_now().await;
        let modified = catch_unwind(AssertUnwindSafe(|| {
            sender.send_modify(|number| {
                *number = 2;
                panic!("half way");
            });
        }));
        note!("panic: {}, {}", modified.is_err(), *sender.borrow());
        sleep(ms(5)).await;
        sender.send_modify(|number| *number += 10);
        watcher.await.unwrap();
    })
}

pub fn a_value_that_will_do_marks_it_seen() -> Transcript {
    run(async || {
        let (sender, mut receiver) = watch::channel(1);
        sender.send(2).unwrap();
        let value = receiver.wait_for(|number| *number == 2).await.unwrap();
        note!("{} {}", *value, value.has_changed());
        drop(value);
        note!("{:?}", receiver.has_changed());
        let mut asked = Vec::new();
        let waits = receiver.wait_for(|number| {
            asked.push(*number);
            *number > 4
        });
        let sends = async {
            for number in 3..=5 {
                sender.send(number).unwrap();
                yield_now().await;
            }
        };
        let (value, ()) = join!(waits, sends);
        note!("{}", *value.unwrap());
        note!("{asked:?}");
    })
}

fn refuses_one(number: &u32) -> bool {
    assert!(*number > 1, "refused");
    true
}

pub fn a_condition_that_panics_harms_nobody() -> Transcript {
    run(async || {
        let (sender, receiver) = watch::channel(1);
        let mut other = receiver.clone();
        let asks = spawn(async move {
            let mut receiver = receiver;
            drop(receiver.wait_for(refuses_one).await);
        });
        note!("panic: {}", asks.await.unwrap_err().is_panic());
        sender.send(2).unwrap();
        other.changed().await.unwrap();
        note!("{}", *other.borrow());
    })
}

pub fn many_watchers_are_told_of_one_change() -> Transcript {
    run(async || {
        let (sender, receiver) = watch::channel(0);
        let told = Rc::new(RefCell::new(Vec::new()));
        let tasks: Vec<_> = (0..20)
            .map(|number| {
                let (mut receiver, told) = (receiver.clone(), told.clone());
                spawn_local(async move {
                    receiver.changed().await.unwrap();
                    told.borrow_mut().push(number);
                })
            })
            .collect();
        sleep(ms(1)).await;
        note!("{} receivers", sender.receiver_count());
        sender.send(1).unwrap();
        finish(tasks).await;
        let mut told = told.take();
        told.sort_unstable();
        note!("all are told: {}", told == Vec::from_iter(0..20));
    })
}

pub fn a_watch_is_told_of_its_last_receiver() -> Transcript {
    run(async || {
        let (sender, receiver) = watch::channel(0);
        let refused = {
            drop(receiver);
            sender.send(1).unwrap_err()
        };
        note!("{}, {}", refused.0, *sender.borrow());
        note!("{}", sender.send_replace(2));
        let again = sender.subscribe();
        note!("{:?} {}", again.has_changed(), *again.borrow());
        let closing = spawn(async move {
            sleep(ms(10)).await;
            drop(again);
        });
        sender.closed().await;
        note!("closed");
        closing.await.unwrap();
        drop(sender.subscribe());
        sender.closed().await;
        note!("closed again");
    })
}

pub fn a_closed_watch_has_its_last_value() -> Transcript {
    run(async || {
        let (sender, mut receiver) = watch::channel("first");
        let mut late = receiver.clone();
        sender.send("last").unwrap();
        drop(sender);
        note!("{:?}", receiver.changed().await);
        note!("{:?}", receiver.changed().await.is_err());
        note!(
            "{:?}",
            late.wait_for(|value| *value == "last").await.is_ok()
        );
        note!(
            "{:?}",
            late.wait_for(|value| *value == "first").await.is_err()
        );
        note!("{}", *receiver.borrow_and_update());
        note!("{:?}", receiver.has_changed().is_err());
    })
}
