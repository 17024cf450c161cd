//! Small programs, in every order that the run queue can have.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use buzzer::spawn;
use buzzer::sync::{Barrier, Mutex, Notify, RwLock, Semaphore, broadcast, mpsc, oneshot, watch};
use buzzer::task::yield_now;
use buzzer::testing::explore_all;

#[test]
fn a_mutex_is_one_tasks_at_a_time() {
    let orders = explore_all(|| async {
        let mutex = Rc::new(Mutex::new(0));
        let inside = Rc::new(Cell::new(false));
        let tasks = [(); 3].map(|()| {
            let (mutex, inside) = (mutex.clone(), inside.clone());
            spawn(async move {
                let mut count = mutex.lock().await;
                assert!(!inside.replace(true));
                yield_now().await;
                inside.set(false);
                *count += 1;
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*mutex.try_lock().unwrap(), 3);
    });
    assert!(orders > 6, "{orders}");
}

#[test]
fn writers_exclude_all_and_readers_only_writers() {
    explore_all(|| async {
        let lock = Rc::new(RwLock::new(0));
        let readers = Rc::new(Cell::new(0));
        let writer = {
            let (lock, readers) = (lock.clone(), readers.clone());
            spawn(async move {
                let mut number = lock.write().await;
                assert_eq!(readers.get(), 0);
                *number = -1;
                yield_now().await;
                *number = 1;
                let number = number.downgrade();
                yield_now().await;
                assert_eq!(*number, 1);
            })
        };
        let tasks = [(); 2].map(|()| {
            let (lock, readers) = (lock.clone(), readers.clone());
            spawn(async move {
                let number = lock.read().await;
                readers.set(readers.get() + 1);
                assert_ne!(*number, -1);
                yield_now().await;
                readers.set(readers.get() - 1);
            })
        });
        writer.await.unwrap();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn permits_are_never_more_than_there_are_and_none_is_lost() {
    explore_all(|| async {
        let semaphore = Rc::new(Semaphore::new(2));
        let taken = Rc::new(Cell::new(0));
        let tasks = [2, 1, 1].map(|count| {
            let (semaphore, taken) = (semaphore.clone(), taken.clone());
            spawn(async move {
                let _permits = semaphore.acquire_many(count).await.unwrap();
                taken.set(taken.get() + count);
                assert!(taken.get() <= 2);
                yield_now().await;
                taken.set(taken.get() - count);
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(semaphore.available_permits(), 2);
    });
}

#[test]
fn a_ring_reaches_one_who_waits_whoever_gives_up() {
    explore_all(|| async {
        let bell = Rc::new(Notify::new());
        let told = Rc::new(Cell::new(0));
        let waiters = [(); 2].map(|()| {
            let (bell, told) = (bell.clone(), told.clone());
            spawn(async move {
                bell.notified().await;
                told.set(told.get() + 1);
            })
        });
        let [first, second] = waiters;
        let abort = first.abort_handle();
        let aborts = spawn(async move { abort.abort() });
        let rings = spawn(async move { bell.notify_one() });
        rings.await.unwrap();
        aborts.await.unwrap();
        // The first was told before it was aborted, or has passed it on.
        let first = first.await.is_ok();
        yield_now().await;
        if !first {
            second.await.unwrap();
        }
        assert_eq!(told.get(), 1);
    });
}

#[test]
fn a_barrier_lets_through_three_at_a_time() {
    explore_all(|| async {
        let barrier = Rc::new(Barrier::new(3));
        let come = Rc::new(Cell::new(0));
        let tasks = [(); 3].map(|()| {
            let (barrier, come) = (barrier.clone(), come.clone());
            spawn(async move {
                come.set(come.get() + 1);
                let leads = barrier.wait().await.is_leader();
                assert_eq!(come.get(), 3);
                u32::from(leads)
            })
        });
        let mut leaders = 0;
        for task in tasks {
            leaders += task.await.unwrap();
        }
        assert_eq!(leaders, 1);
    });
}

#[test]
fn a_channel_keeps_each_senders_order_and_loses_nothing() {
    explore_all(|| async {
        let (sender, mut receiver) = mpsc::channel(1);
        let senders = ["a", "b"].map(|name| {
            let sender = sender.clone();
            spawn(async move {
                for number in 0..2 {
                    sender.send((name, number)).await.unwrap();
                }
            })
        });
        drop(sender);
        let mut received = Vec::new();
        while let Some(message) = receiver.recv().await {
            received.push(message);
        }
        for name in ["a", "b"] {
            let of_name = received.iter().filter(|message| message.0 == name);
            assert_eq!(of_name.map(|message| message.1).collect::<Vec<_>>(), [0, 1]);
        }
        for task in senders {
            task.await.unwrap();
        }
    });
}

#[test]
fn a_closed_channel_gives_what_was_promised_and_then_ends() {
    explore_all(|| async {
        let (sender, mut receiver) = mpsc::channel(1);
        let sent = Rc::new(Cell::new(0));
        let sends = [(); 2].map(|()| {
            let (sender, sent) = (sender.clone(), sent.clone());
            spawn(async move {
                if let Ok(room) = sender.reserve().await {
                    yield_now().await;
                    room.send(());
                    sent.set(sent.get() + 1);
                }
            })
        });
        let receives = spawn(async move {
            yield_now().await;
            receiver.close();
            let mut received = 0;
            while receiver.recv().await.is_some() {
                received += 1;
            }
            received
        });
        let received = receives.await.unwrap();
        for task in sends {
            task.await.unwrap();
        }
        assert_eq!(received, sent.get());
    });
}

#[test]
fn a_value_sent_once_is_received_or_given_back() {
    explore_all(|| async {
        let (sender, mut receiver) = oneshot::channel();
        let given_back = spawn(async move { sender.send(()).is_err() });
        let received = spawn(async move {
            yield_now().await;
            receiver.close();
            receiver.await.is_ok()
        });
        let (given_back, received) = buzzer::try_gather!(given_back, received).await.unwrap();
        assert_ne!(given_back, received);
    });
}

#[test]
fn every_receiver_sees_every_value_or_is_told_how_many_not() {
    explore_all(|| async {
        let (sender, first) = broadcast::channel(1);
        let second = sender.subscribe();
        let receivers = [first, second].map(|mut receiver| {
            spawn(async move {
                let seen = RefCell::new(0);
                loop {
                    match receiver.recv().await {
                        Ok(()) => *seen.borrow_mut() += 1,
                        Err(broadcast::error::RecvError::Lagged(missed)) => {
                            *seen.borrow_mut() += missed;
                        }
                        Err(broadcast::error::RecvError::Closed) => return seen.into_inner(),
                    }
                }
            })
        });
        let sends = spawn(async move {
            for _ in 0..2 {
                sender.send(()).unwrap();
                yield_now().await;
            }
        });
        sends.await.unwrap();
        for task in receivers {
            assert_eq!(task.await.unwrap(), 2);
        }
    });
}

#[test]
fn the_last_value_is_always_seen() {
    explore_all(|| async {
        let (sender, receiver) = watch::channel(0);
        let watchers = [receiver.clone(), receiver].map(|mut receiver| {
            spawn(async move {
                let mut last = 0;
                while receiver.changed().await.is_ok() {
                    let now = *receiver.borrow_and_update();
                    assert!(now > last);
                    last = now;
                }
                last
            })
        });
        let sends = spawn(async move {
            for number in 1..=2 {
                sender.send(number).unwrap();
                yield_now().await;
            }
        });
        sends.await.unwrap();
        for task in watchers {
            assert_eq!(task.await.unwrap(), 2);
        }
    });
}
