//! `sync`: channels to many receivers.

use super::*;
use tokio::sync::{broadcast, watch};

pub fn every_receiver_gets_every_value() -> Transcript {
    run(async || {
        let (sender, first) = broadcast::channel(4);
        let second = sender.subscribe();
        let handles = [("first", first), ("second", second)].map(|(name, mut receiver)| {
            spawn(async move {
                while let Ok(number) = receiver.recv().await {
                    note!("{name} received {number}");
                }
                note!("{name}: the end");
            })
        });
        for number in 1..=2 {
            note!("sent to {:?}", sender.send(number).ok());
            yield_now().await;
        }
        drop(sender);
        finish(handles).await;
    })
}

pub fn a_slow_receiver_is_told_what_it_has_missed() -> Transcript {
    run(async || {
        let (sender, mut receiver) = broadcast::channel(3);
        for number in 1..=10 {
            sender.send(number).unwrap();
        }
        note!("{} of {}", receiver.len(), sender.len());
        for _ in 0..3 {
            note!("{:?}", receiver.recv().await);
        }
        sender.send(11).unwrap();
        drop(sender);
        for _ in 0..5 {
            note!("{:?}", receiver.try_recv());
        }
    })
}

pub fn who_subscribes_late_gets_what_is_new() -> Transcript {
    run(async || {
        let (sender, mut first) = broadcast::channel(4);
        sender.send(1).unwrap();
        let mut second = sender.subscribe();
        let mut third = first.resubscribe();
        sender.send(2).unwrap();
        note!(
            "{:?} {:?} {:?}",
            first.recv().await,
            second.recv().await,
            third.recv().await
        );
        note!("{} {}", sender.len(), sender.receiver_count());
        note!("{:?} {}", first.recv().await, sender.is_empty());
    })
}

pub fn values_nobody_has_to_see_are_dropped() -> Transcript {
    run(async || {
        let (sender, first) = broadcast::channel(4);
        let second = sender.subscribe();
        sender.send(Rc::new(NoteOnDrop("the value"))).unwrap();
        drop(first);
        note!("one is gone, {}", sender.len());
        drop(second);
        note!("both are gone, {}", sender.len());
        note!(
            "sent: {}",
            sender.send(Rc::new(NoteOnDrop("another"))).is_ok()
        );
    })
}

pub fn a_value_is_dropped_when_the_last_has_seen_it() -> Transcript {
    run(async || {
        let (sender, mut first) = broadcast::channel(4);
        let mut second = sender.subscribe();
        sender.send(Rc::new(NoteOnDrop("the value"))).unwrap();
        drop(first.recv().await);
        note!("seen by one");
        drop(second.recv().await);
        note!("seen by both");
    })
}

pub fn a_sender_waits_until_nobody_listens() -> Transcript {
    run(async || {
        let (sender, receiver) = broadcast::channel::<()>(1);
        spawn(async move {
            sleep(ms(10)).await;
            drop(receiver);
        });
        sender.closed().await;
        note!("nobody listens");
        let _again = sender.subscribe();
        note!("{:?}", timeout(ms(10), sender.closed()).await.is_ok());
    })
}

pub fn weak_senders_of_a_broadcast() -> Transcript {
    run(async || {
        let (sender, mut receiver) = broadcast::channel(1);
        let weak = sender.downgrade();
        weak.upgrade().unwrap().send(1).unwrap();
        note!("{} {}", sender.strong_count(), sender.weak_count());
        drop(sender);
        note!("{} {}", weak.upgrade().is_none(), receiver.is_closed());
        note!("{:?} {:?}", receiver.recv().await, receiver.recv().await);
    })
}

pub fn a_receive_given_up_loses_nothing() -> Transcript {
    run(async || {
        let (sender, mut receiver) = broadcast::channel(2);
        note!("{}", timeout(ms(5), receiver.recv()).await.is_ok());
        sender.send(1).unwrap();
        note!("{:?}", receiver.recv().await);
    })
}

pub fn a_watched_value_skips_what_nobody_saw() -> Transcript {
    run(async || {
        let (sender, mut receiver) = watch::channel(0);
        let watcher = spawn(async move {
            while receiver.changed().await.is_ok() {
                note!("saw {}", *receiver.borrow_and_update());
                sleep(ms(10)).await;
            }
            note!("the end, with {}", *receiver.borrow());
        });
        yield_now().await;
        for number in 1..=5 {
            sender.send(number).unwrap();
            sleep(ms(4)).await;
        }
        drop(sender);
        watcher.await.unwrap();
    })
}

pub fn a_change_that_is_none_wakes_nobody() -> Transcript {
    run(async || {
        let (sender, mut receiver) = watch::channel(1);
        let watcher = spawn(async move {
            receiver.changed().await.unwrap();
            note!("saw {}", *receiver.borrow());
        });
        yield_now().await;
        note!("{}", sender.send_if_modified(|_| false));
        sleep(ms(10)).await;
        note!(
            "{}",
            sender.send_if_modified(|number| {
                *number = 2;
                true
            })
        );
        watcher.await.unwrap();
        note!("{:?} {}", sender.send(3).is_err(), *sender.borrow());
        note!("{} {}", sender.send_replace(4), *sender.borrow());
    })
}

pub fn waiting_for_a_value_that_will_do() -> Transcript {
    run(async || {
        let (sender, mut receiver) = watch::channel(0);
        let mut other = receiver.clone();
        let handles = [
            spawn(async move {
                let at_once = receiver
                    .wait_for(|number| *number == 0)
                    .await
                    .unwrap()
                    .has_changed();
                note!("at once, changed: {at_once}");
                note!(
                    "at last {:?}",
                    receiver
                        .wait_for(|number| *number > 2)
                        .await
                        .map(|n| *n)
                        .ok()
                );
            }),
            spawn(async move {
                note!(
                    "never {:?}",
                    other.wait_for(|number| *number > 9).await.map(|n| *n).ok()
                );
            }),
        ];
        for number in 1..=4 {
            sleep(ms(10)).await;
            sender.send(number).unwrap();
        }
        drop(sender);
        finish(handles).await;
    })
}

pub fn the_last_value_is_seen_after_the_last_sender() -> Transcript {
    run(async || {
        let (sender, mut receiver) = watch::channel(0);
        sender.send(1).unwrap();
        note!("{}", receiver.is_closed());
        drop(sender);
        note!(
            "{} {:?}",
            receiver.is_closed(),
            receiver.has_changed().is_err()
        );
        note!("{:?}", receiver.changed().await.is_ok());
        note!("{:?}", receiver.changed().await.is_ok());
        note!(
            "{:?}",
            receiver.wait_for(|number| *number == 1).await.is_ok()
        );
    })
}

pub fn marks_of_what_was_seen() -> Transcript {
    run(async || {
        let (sender, mut receiver) = watch::channel(0);
        note!("{:?}", receiver.has_changed().unwrap());
        receiver.mark_changed();
        note!(
            "{:?} {}",
            receiver.has_changed().unwrap(),
            receiver.borrow().has_changed()
        );
        receiver.changed().await.unwrap();
        sender.send(1).unwrap();
        receiver.mark_unchanged();
        note!("{:?}", receiver.has_changed().unwrap());
        let fresh = sender.subscribe();
        note!(
            "{:?} {}",
            fresh.has_changed().unwrap(),
            fresh.same_channel(&receiver)
        );
    })
}

pub fn a_watch_without_watchers() -> Transcript {
    run(async || {
        let (sender, receiver) = watch::channel(0);
        spawn(async move {
            sleep(ms(10)).await;
            drop(receiver);
        });
        note!("{} {}", sender.receiver_count(), sender.is_closed());
        sender.closed().await;
        note!("{} {}", sender.receiver_count(), sender.is_closed());
        sender.send_modify(|number| *number += 1);
        note!("{}", *sender.subscribe().borrow());
        note!(
            "{} {}",
            sender.sender_count(),
            sender.clone().sender_count()
        );
    })
}
