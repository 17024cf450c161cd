//! `sync`: values for many: who lags, who comes late, who is told first.

use super::*;
use std::panic::catch_unwind;
use tokio::sync::{Mutex, Semaphore, SetOnce, broadcast, mpsc, oneshot, watch};

pub fn receivers_are_told_in_the_order_of_their_waiting() -> Transcript {
    run(async || {
        let (sender, receiver) = broadcast::channel(4);
        let tasks = [("a", 3), ("b", 1), ("c", 2)].map(|(name, pause)| {
            let mut receiver = receiver.resubscribe();
            spawn(async move {
                sleep(ms(pause)).await;
                note!("{name} received {:?}", receiver.recv().await);
            })
        });
        sleep(ms(10)).await;
        note!("sent to {:?}", sender.send(7));
        finish(tasks).await;
    })
}

pub fn a_receiver_lags_twice() -> Transcript {
    run(async || {
        let (sender, mut receiver) = broadcast::channel(2);
        for number in 1..=5 {
            sender.send(number).unwrap();
        }
        note!("{:?}", receiver.recv().await);
        sender.send(6).unwrap();
        note!("{:?}", receiver.recv().await);
        note!("{:?} {:?}", receiver.recv().await, receiver.recv().await);
        note!("{:?}", receiver.try_recv());
    })
}

pub fn a_lag_is_told_before_the_end() -> Transcript {
    run(async || {
        let (sender, mut receiver) = broadcast::channel(1);
        sender.send("lost").unwrap();
        sender.send("kept").unwrap();
        drop(sender);
        note!("{:?}", receiver.try_recv());
        note!("{:?}", receiver.recv().await);
        note!("{:?}", receiver.recv().await);
    })
}

pub fn a_place_is_reused_and_its_value_dropped() -> Transcript {
    run(async || {
        let (sender, receiver) = broadcast::channel(2);
        for name in ["one", "two", "three"] {
            sender.send(Rc::new(NoteOnDrop(name))).unwrap();
            note!("{name} is sent");
        }
        drop(receiver);
        note!("the receiver is gone");
        drop(sender);
    })
}

pub fn more_places_than_were_asked_for() -> Transcript {
    run(async || {
        let (sender, mut receiver) = broadcast::channel(5);
        for number in 1..=9 {
            sender.send(number).unwrap();
        }
        note!("{}", sender.len());
        note!("{:?} {:?}", receiver.recv().await, receiver.recv().await);
        let refused = catch_unwind(|| broadcast::channel::<u8>(0)).is_err();
        note!("none: {refused}");
    })
}

pub fn a_value_for_nobody_comes_back() -> Transcript {
    run(async || {
        let (sender, receiver) = broadcast::channel(2);
        drop(receiver);
        let refused = sender.send("early").unwrap_err();
        note!("{}", refused.0);
        let mut late = sender.subscribe();
        note!("{:?} {:?}", sender.send("on time"), late.recv().await);
        note!("{:?}", late.try_recv());
    })
}

pub fn who_waits_and_gives_up_is_passed_over() -> Transcript {
    run(async || {
        let (sender, mut first) = broadcast::channel(4);
        let mut second = sender.subscribe();
        {
            let mut waits = pin!(first.recv());
            assert!(poll!(waits.as_mut()).is_pending());
            sender.send(1).unwrap();
        }
        note!("given up when it had been told");
        let told =
            spawn(async move { note!("{:?} {:?}", second.recv().await, second.recv().await) });
        yield_now().await;
        sender.send(2).unwrap();
        told.await.unwrap();
        note!("{:?} {:?}", first.recv().await, first.recv().await);
    })
}

pub fn receivers_wait_when_the_last_sender_goes() -> Transcript {
    run(async || {
        let (sender, receiver) = broadcast::channel::<u8>(4);
        let other = sender.clone();
        let tasks = ["a", "b"].map(|name| {
            let mut receiver = receiver.resubscribe();
            spawn(async move { note!("{name}: {:?}", receiver.recv().await) })
        });
        sleep(ms(10)).await;
        drop(sender);
        note!("one is gone");
        sleep(ms(10)).await;
        drop(other);
        finish(tasks).await;
        note!("{}", receiver.is_closed());
    })
}

pub fn a_new_subscription_begins_behind_the_last() -> Transcript {
    run(async || {
        let (sender, mut slow) = broadcast::channel(2);
        for number in 1..=4 {
            sender.send(number).unwrap();
        }
        let mut again = slow.resubscribe();
        let mut new = sender.subscribe();
        note!("{} {} {}", slow.len(), again.len(), new.len());
        sender.send(5).unwrap();
        note!("{:?} {:?}", again.recv().await, new.recv().await);
        note!("{:?} {:?}", slow.recv().await, slow.recv().await);
        note!("{}", slow.same_channel(&again));
    })
}

pub fn a_blocking_job_listens() -> Transcript {
    run(async || {
        let (sender, mut receiver) = broadcast::channel(8);
        let job = spawn_blocking(move || {
            let mut all = Vec::new();
            while let Ok(number) = receiver.blocking_recv() {
                all.push(number);
            }
            all
        });
        for number in 1..=3 {
            sender.send(number).unwrap();
        }
        drop(sender);
        note!("{:?}", job.await.unwrap());
    })
}

/// The text of what an operation gives as its error.
fn words<T, E: std::fmt::Display>(result: Result<T, E>) {
    note!("{}", result.map(drop).unwrap_err());
}

pub fn the_texts_of_sync_errors() -> Transcript {
    run(async || {
        let mutex = Mutex::new(());
        let _held = mutex.lock().await;
        words(mutex.try_lock());
        let semaphore = Semaphore::new(0);
        words(semaphore.try_acquire());
        semaphore.close();
        words(semaphore.acquire().await);
        let cell = SetOnce::new_with(Some(1));
        words(cell.set(2));
        let (sender, mut receiver) = oneshot::channel::<()>();
        words(receiver.try_recv());
        drop(sender);
        words(receiver.await);
        let (sender, mut receiver) = mpsc::channel(1);
        words(receiver.try_recv());
        sender.send(1).await.unwrap();
        words(sender.try_send(2));
        drop(receiver);
        words(sender.send(3).await);
        let (sender, mut receiver) = broadcast::channel(1);
        words(receiver.try_recv());
        sender.send(1).unwrap();
        sender.send(2).unwrap();
        words(receiver.recv().await);
        drop(receiver);
        words(sender.send(3));
        let (sender, mut receiver) = watch::channel(0);
        drop(sender);
        words(receiver.changed().await);
    })
    .differs(Difference {
        because: "buzzer's errors say what it was about",
        buzzer: &[
            "0 ms: the lock is held by somebody else",
            "0 ms: the semaphore has too few free permits",
            "0 ms: the semaphore was closed",
            "0 ms: it has a value already",
            "0 ms: no value was sent yet",
            "0 ms: no value comes: the channel was closed before one was sent",
            "0 ms: the channel is empty",
            "0 ms: the channel is full",
            "0 ms: the channel is closed: nobody receives from it any more",
            "0 ms: the channel is empty",
            "0 ms: the receiver was too slow, and has missed 1 value",
            "0 ms: the channel has no receiver",
            "0 ms: the channel is closed: all its senders are gone",
        ],
        tokio: &[
            "0 ms: operation would block",
            "0 ms: no permits available",
            "0 ms: semaphore closed",
            "0 ms: SetOnceError",
            "0 ms: channel empty",
            "0 ms: channel closed",
            "0 ms: receiving on an empty channel",
            "0 ms: no available capacity",
            "0 ms: channel closed",
            "0 ms: channel empty",
            "0 ms: channel lagged by 1",
            "0 ms: channel closed",
            "0 ms: channel closed",
        ],
    })
}
