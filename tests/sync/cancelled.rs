//! Each wait, dropped at each of its suspensions: what it had was given back.

use std::rc::Rc;

use buzzer::spawn;
use buzzer::sync::{Mutex, Notify, OnceCell, RwLock, Semaphore, broadcast, mpsc, oneshot, watch};
use buzzer::task::yield_now;
use buzzer::testing::cancel_everywhere;

#[test]
fn a_lock_that_is_given_up_is_free() {
    let suspensions = cancel_everywhere(|| {
        let mutex = Rc::new(Mutex::new(()));
        let (locks, checks) = (mutex.clone(), mutex.clone());
        let holds = spawn(async move {
            let _held = mutex.lock().await;
            yield_now().await;
        });
        let future = async move {
            yield_now().await;
            let _held = locks.lock().await;
            yield_now().await;
        };
        let check = async move {
            holds.await.unwrap();
            drop(checks.lock().await);
        };
        (future, check)
    });
    assert!(suspensions >= 3, "{suspensions}");
}

#[test]
fn a_writer_that_is_given_up_holds_up_no_reader() {
    cancel_everywhere(|| {
        let lock = Rc::new(RwLock::new(()));
        let (writes, checks) = (lock.clone(), lock.clone());
        let reads = spawn(async move {
            let _read = lock.read().await;
            yield_now().await;
        });
        let future = async move {
            yield_now().await;
            drop(writes.write().await.downgrade());
        };
        let check = async move {
            drop(checks.read().await);
            reads.await.unwrap();
            assert!(checks.try_write().is_ok());
        };
        (future, check)
    });
}

#[test]
fn permits_that_are_given_up_are_all_there() {
    cancel_everywhere(|| {
        let semaphore = Rc::new(Semaphore::new(3));
        let (takes, checks) = (semaphore.clone(), semaphore.clone());
        let holds = spawn(async move {
            let one = semaphore.acquire().await.unwrap();
            let two = semaphore.acquire_many(2).await.unwrap();
            yield_now().await;
            // The line gets them in two parts.
            drop(one);
            yield_now().await;
            drop(two);
        });
        let future = async move {
            yield_now().await;
            let _permits = takes.acquire_many(3).await.unwrap();
        };
        let check = async move {
            holds.await.unwrap();
            assert_eq!(checks.acquire_many(3).await.unwrap().num_permits(), 3);
        };
        (future, check)
    });
}

#[test]
fn a_ring_is_not_lost() {
    cancel_everywhere(|| {
        let bell = Rc::new(Notify::new());
        let (waits, rings) = (bell.clone(), bell.clone());
        let future = async move { waits.notified().await };
        let rings = spawn(async move { rings.notify_one() });
        let check = async move {
            rings.await.unwrap();
            // Told, or not: a second ring would be kept besides only if it had been lost.
            bell.notify_one();
            bell.notified().await;
        };
        (future, check)
    });
}

#[test]
fn a_value_that_was_not_received_is_there() {
    cancel_everywhere(|| {
        let (sender, mut receiver) = mpsc::channel(1);
        let (got, check) = oneshot::channel();
        let sends = spawn(async move {
            for number in 0..2 {
                yield_now().await;
                sender.send(number).await.unwrap();
            }
        });
        let received = Rc::new(std::cell::RefCell::new(Vec::new()));
        let (one, other) = (received.clone(), received);
        let future = async move {
            // Lent by the guard, so that it comes back also when this is dropped.
            let mut lent = GivenBack(Some(receiver_of(&mut receiver)), Some(got));
            while let Some(number) = lent.0.as_mut().unwrap().recv().await {
                one.borrow_mut().push(number);
            }
        };
        let check = async move {
            let mut receiver: mpsc::Receiver<i32> = check.await.unwrap();
            while let Some(number) = receiver.recv().await {
                other.borrow_mut().push(number);
            }
            assert_eq!(*other.borrow(), [0, 1]);
            sends.await.unwrap();
        };
        (future, check)
    });
}

/// Sends the receiver back when it is dropped.
struct GivenBack(
    Option<mpsc::Receiver<i32>>,
    Option<oneshot::Sender<mpsc::Receiver<i32>>>,
);

impl Drop for GivenBack {
    fn drop(&mut self) {
        let (receiver, back) = (self.0.take().unwrap(), self.1.take().unwrap());
        drop(back.send(receiver));
    }
}

fn receiver_of(receiver: &mut mpsc::Receiver<i32>) -> mpsc::Receiver<i32> {
    let (_, none) = mpsc::channel(1);
    std::mem::replace(receiver, none)
}

#[test]
fn room_that_is_given_up_is_room_for_others() {
    cancel_everywhere(|| {
        let (sender, mut receiver) = mpsc::channel(2);
        let reserves = sender.clone();
        let future = async move {
            reserves.send(1).await.unwrap();
            let mut rooms = reserves.reserve_many(2).await.unwrap();
            yield_now().await;
            rooms.next().unwrap().send(2);
        };
        let check = async move {
            // Whatever was sent is taken, and the rest is free.
            while receiver.try_recv().is_ok() {}
            assert_eq!(sender.capacity(), 2);
        };
        let takes = spawn(async {});
        (
            async move {
                takes.await.unwrap();
                buzzer::race!(future, async {
                    for _ in 0..3 {
                        yield_now().await;
                    }
                })
                .await;
            },
            check,
        )
    });
}

#[test]
fn a_value_that_was_not_made_is_made_by_the_next() {
    cancel_everywhere(|| {
        let cell = Rc::new(OnceCell::new());
        let (makes, checks) = (cell.clone(), cell);
        let make = async || {
            yield_now().await;
            1
        };
        let future = async move {
            makes.get_or_init(make).await;
        };
        let check = async move { assert_eq!(*checks.get_or_init(make).await, 1) };
        (future, check)
    });
}

#[test]
fn a_change_or_a_broadcast_that_was_not_seen_is_seen() {
    cancel_everywhere(|| {
        let (sender, receiver) = watch::channel(0);
        let (calls, called) = broadcast::channel(2);
        let ends = Rc::new(std::cell::RefCell::new((receiver, called)));
        let (future_ends, checks) = (ends.clone(), ends);
        let sends = spawn(async move {
            yield_now().await;
            sender.send(1).unwrap();
            calls.send(1).unwrap();
        });
        let seen = Rc::new(std::cell::Cell::new((0, 0)));
        let (one, other) = (seen.clone(), seen);
        #[allow(clippy::await_holding_refcell_ref, reason = "the check comes after it")]
        let future = async move {
            let (receiver, called) = &mut *future_ends.borrow_mut();
            receiver.changed().await.unwrap();
            one.set((1, 0));
            called.recv().await.unwrap();
            one.set((1, 1));
        };
        #[allow(clippy::await_holding_refcell_ref, reason = "the future is gone")]
        let check = async move {
            sends.await.unwrap();
            let (receiver, called) = &mut *checks.borrow_mut();
            assert_eq!(receiver.changed().await.is_ok(), other.get().0 == 0);
            assert_eq!(called.recv().await.is_ok(), other.get().1 == 0);
        };
        (future, check)
    });
}
