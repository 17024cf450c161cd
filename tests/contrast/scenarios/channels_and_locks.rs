//! Channels and locks of other crates only need wakers, and behave alike on both.

use super::*;
use async_lock::{Barrier, Mutex, OnceCell, RwLock, Semaphore};

pub fn a_full_channel_holds_its_sender_back() -> Transcript {
    run(async || {
        let (sender, receiver) = async_channel::bounded(1);
        let producer = spawn(async move {
            for number in 1..=3 {
                sender.send(number).await.unwrap();
                note!("sent {number}");
            }
        });
        let consumer = spawn(async move {
            sleep(ms(10)).await;
            while let Ok(number) = receiver.recv().await {
                note!("received {number}");
                sleep(ms(10)).await;
            }
            note!("the channel is closed");
        });
        finish([producer, consumer]).await;
    })
}

pub fn ping_pong_over_two_channels() -> Transcript {
    run(async || {
        let (ping, pinged) = async_channel::bounded(1);
        let (pong, ponged) = async_channel::bounded(1);
        let other = spawn(async move {
            while let Ok(round) = pinged.recv().await {
                note!("ping {round}");
                pong.send(round).await.unwrap();
            }
        });
        for round in 1..=3 {
            ping.send(round).await.unwrap();
            note!("pong {}", ponged.recv().await.unwrap());
        }
        drop(ping);
        other.await.unwrap();
    })
}

pub fn receivers_are_served_in_turn() -> Transcript {
    run(async || {
        let (sender, receiver) = async_channel::unbounded();
        let receivers = ["a", "b", "c"].map(|name| {
            let receiver = receiver.clone();
            spawn(async move { note!("{name} received {}", receiver.recv().await.unwrap()) })
        });
        yield_now().await;
        for number in 1..=3 {
            sender.try_send(number).unwrap();
        }
        finish(receivers).await;
    })
}

pub fn a_mutex_is_handed_on_in_the_order_of_asking() -> Transcript {
    run(async || {
        let mutex = Rc::new(Mutex::new(0));
        let handles = ["a", "b", "c"].map(|name| {
            let mutex = mutex.clone();
            spawn_local(async move {
                let mut count = mutex.lock().await;
                *count += 1;
                note!("{name} holds the lock as number {count}");
                sleep(ms(10)).await;
            })
        });
        finish(handles).await;
    })
}

pub fn a_holder_that_is_aborted_gives_its_lock_back() -> Transcript {
    run(async || {
        let mutex = Rc::new(Mutex::new(()));
        let (first, second) = (mutex.clone(), mutex.clone());
        let holder = spawn_local(async move {
            let _guard = first.lock().await;
            wait_for_ever("the holder").await;
        });
        let waiter = spawn_local(async move {
            let _guard = second.lock().await;
            note!("the waiter holds the lock");
        });
        sleep(ms(10)).await;
        holder.abort();
        waiter.await.unwrap();
    })
}

pub fn a_semaphore_lets_two_in_at_a_time() -> Transcript {
    run(async || {
        let semaphore = Rc::new(Semaphore::new(2));
        let handles = ["a", "b", "c", "d"].map(|name| {
            let semaphore = semaphore.clone();
            spawn_local(async move {
                let _permit = semaphore.acquire().await;
                work(name, ms(10)).await;
            })
        });
        finish(handles).await;
    })
}

pub fn a_barrier_waits_for_the_last() -> Transcript {
    run(async || {
        let barrier = Rc::new(Barrier::new(3));
        let handles = [("a", 10), ("b", 30), ("c", 20)].map(|(name, time)| {
            let barrier = barrier.clone();
            spawn_local(async move {
                sleep(ms(time)).await;
                let leader = barrier.wait().await.is_leader();
                note!("{name} is through, the leader: {leader}");
            })
        });
        finish(handles).await;
    })
}

pub fn readers_share_and_a_writer_waits_for_them() -> Transcript {
    run(async || {
        let lock = Rc::new(RwLock::new(1));
        let (first, second, third) = (lock.clone(), lock.clone(), lock.clone());
        let handles = [
            spawn_local(async move {
                let number = first.read().await;
                note!("the first reader sees {number}");
                sleep(ms(20)).await;
            }),
            spawn_local(async move {
                let number = second.read().await;
                note!("the second reader sees {number}");
                sleep(ms(10)).await;
            }),
            spawn_local(async move {
                *third.write().await = 2;
                note!("the writer has written");
            }),
        ];
        finish(handles).await;
        note!("main sees {}", lock.read().await);
    })
}

pub fn a_value_is_made_once_while_others_wait_for_it() -> Transcript {
    run(async || {
        let cell: Rc<OnceCell<&str>> = Rc::new(OnceCell::new());
        let handles = ["a", "b"].map(|name| {
            let cell = cell.clone();
            spawn_local(async move {
                let make = || work("the making", ms(10));
                let value = cell.get_or_init(make).await;
                note!("{name} has {value}");
            })
        });
        finish(handles).await;
    })
}
