//! The locks and channels that tasks of several threads share.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use loom::thread;

use super::Preemptions::{Any, AtMost};
use super::{Drops, Turns, check, poll_once};
use crate::sync::blocking::drive;
use crate::sync::{Mutex, Notify, Semaphore, broadcast, oneshot, watch};

#[test]
fn oneshot_a_value_comes_to_who_waits() {
    check("oneshot: send, receive", Any, || {
        let (sender, mut receiver) = oneshot::channel();
        assert!(receiver.is_empty());
        let other = thread::spawn(move || sender.send(Box::new(1)).is_ok());
        // With another waker first.
        let value = match poll_once(Pin::new(&mut receiver)) {
            Poll::Ready(value) => value,
            Poll::Pending => drive(pin!(receiver)),
        };
        assert_eq!(value, Ok(Box::new(1)));
        assert!(other.join().unwrap());
    });
}

#[test]
fn oneshot_a_value_is_dropped_once_whichever_end_leaves_first() {
    check("oneshot: send, drop", Any, || {
        let drops = Drops::default();
        let (sender, mut receiver) = oneshot::channel();
        assert!(receiver.is_empty());
        let value = drops.one();
        let other = thread::spawn(move || drop(sender.send(value)));
        let polled = poll_once(Pin::new(&mut receiver));
        drop((polled, receiver));
        other.join().unwrap();
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn oneshot_a_close_and_a_send_agree() {
    check("oneshot: send, close", Any, || {
        let (sender, mut receiver) = oneshot::channel();
        assert!(receiver.is_empty());
        let other = thread::spawn(move || sender.send(1).is_ok());
        receiver.close();
        let received = receiver.try_recv().is_ok();
        assert_eq!(other.join().unwrap(), received);
    });
}

#[test]
fn oneshot_each_end_learns_that_the_other_has_left() {
    check("oneshot: drop, receive", Any, || {
        let (sender, mut receiver) = oneshot::channel::<()>();
        assert!(receiver.is_empty());
        let other = thread::spawn(move || drop(sender));
        assert!(drive(pin!(&mut receiver)).is_err());
        other.join().unwrap();
    });
    check("oneshot: drop, closed", Any, || {
        let (mut sender, receiver) = oneshot::channel::<()>();
        assert!(!sender.is_closed());
        let other = thread::spawn(move || drop(receiver));
        drive(pin!(sender.closed()));
        drop(sender);
        other.join().unwrap();
    });
}

/// One that nobody else has seen, used once.
fn bell() -> Arc<Notify> {
    let bell = Arc::new(Notify::new());
    bell.notify_waiters();
    bell
}

#[test]
fn notify_one_comes_to_who_waits_and_shows_what_was_written_before() {
    check("notify_one", Any, || {
        let (bell, turns) = (bell(), Arc::new(Turns::new()));
        turns.touch();
        let (theirs, written) = (bell.clone(), turns.clone());
        let other = thread::spawn(move || {
            written.touch();
            theirs.notify_one();
        });
        drive(pin!(bell.notified()));
        turns.touch();
        other.join().unwrap();
    });
}

#[test]
fn notify_one_for_each_of_two_reaches_both_also_past_one_that_gives_up() {
    check("notify_one, given up", Any, || {
        let bell = bell();
        let theirs = bell.clone();
        let other = thread::spawn(move || theirs.notify_one());
        let theirs = bell.clone();
        let gives_up = thread::spawn(move || {
            let mut notified = Box::pin(theirs.notified());
            poll_once(notified.as_mut()).is_ready()
        });
        let mut notified = Box::pin(bell.notified());
        let here = poll_once(notified.as_mut()).is_ready();
        let there = gives_up.join().unwrap();
        assert!(!(here && there), "one was rung");
        if !here && !there {
            drive(notified.as_mut());
        }
        other.join().unwrap();
    });
}

#[test]
fn notify_one_is_kept_while_one_that_was_told_with_all_leaves() {
    check("notify_one, told with all and leaves", Any, || {
        let bell = bell();
        let mut told = Box::pin(bell.notified());
        assert!(poll_once(told.as_mut()).is_pending());
        bell.notify_waiters();
        let theirs = bell.clone();
        let other = thread::spawn(move || theirs.notify_one());
        drop(told);
        other.join().unwrap();
        assert!(poll_once(pin!(bell.notified())).is_ready());
    });
}

#[test]
fn notify_waiters_tells_all_that_were_made_before() {
    check("notify_waiters", Any, || {
        let bell = bell();
        let waiters = [(); 2].map(|()| {
            let bell = bell.clone();
            let notified = bell.notified_owned();
            thread::spawn(move || drive(pin!(notified)))
        });
        bell.notify_waiters();
        for waiter in waiters {
            waiter.join().unwrap();
        }
    });
}

#[test]
fn a_semaphore_lets_in_one_at_a_time_and_everybody_in_the_end() {
    check("semaphore: 3 for 1 permit", AtMost(3), || {
        let (permits, turns) = (Arc::new(Semaphore::new(1)), Arc::new(Turns::new()));
        drop(permits.try_acquire().unwrap());
        let enter = |permits: &Semaphore, turns: &Turns| {
            let permit = drive(pin!(permits.acquire())).unwrap();
            turns.touch();
            drop(permit);
        };
        let others = [(); 2].map(|()| {
            let (permits, turns) = (permits.clone(), turns.clone());
            thread::spawn(move || enter(&permits, &turns))
        });
        enter(&permits, &turns);
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(permits.available_permits(), 1);
    });
}

#[test]
fn a_semaphore_gets_back_what_one_that_gives_up_was_given() {
    check("semaphore: given up", Any, || {
        let permits = Arc::new(Semaphore::new(2));
        let held = permits.clone().try_acquire_many_owned(2).unwrap();
        let theirs = permits.clone();
        let other = thread::spawn(move || {
            let mut wants = Box::pin(theirs.acquire_many(2));
            drop(poll_once(wants.as_mut()));
        });
        drop(held);
        drop(drive(pin!(permits.acquire_many(2))).unwrap());
        other.join().unwrap();
        assert_eq!(permits.available_permits(), 2);
    });
}

#[test]
fn a_semaphore_loses_nothing_that_is_added_while_one_that_was_served_leaves() {
    check("semaphore: served, and leaves", Any, || {
        let permits = Arc::new(Semaphore::new(1));
        let held = permits.clone().try_acquire_owned().unwrap();
        let mut wants = Box::pin(permits.acquire());
        assert!(poll_once(wants.as_mut()).is_pending());
        drop(held);
        let theirs = permits.clone();
        let other = thread::spawn(move || theirs.add_permits(1));
        drop(wants);
        other.join().unwrap();
        assert_eq!(permits.available_permits(), 2);
    });
}

#[test]
fn a_semaphore_lets_in_who_waits_for_what_was_forgotten_and_added_again() {
    check("semaphore: forget, add", Any, || {
        let permits = Arc::new(Semaphore::new(1));
        assert_eq!(permits.available_permits(), 1);
        let theirs = permits.clone();
        let other = thread::spawn(move || {
            let forgotten = theirs.forget_permits(1);
            theirs.add_permits(forgotten);
        });
        drop(drive(pin!(permits.acquire())).unwrap());
        other.join().unwrap();
        assert_eq!(permits.available_permits(), 1);
    });
}

#[test]
fn a_semaphores_close_ends_every_wait() {
    check("semaphore: close", Any, || {
        let permits = Arc::new(Semaphore::new(0));
        assert_eq!(permits.available_permits(), 0);
        let theirs = permits.clone();
        let other = thread::spawn(move || drive(pin!(theirs.acquire())).is_ok());
        permits.add_permits(1);
        permits.close();
        // It came first or it did not; either way its wait has ended.
        other.join().unwrap();
    });
}

#[test]
fn a_mutex_orders_what_its_holders_do() {
    check("mutex", Any, || {
        let mutex = Arc::new(Mutex::new(0));
        let turns = Arc::new(Turns::new());
        drop(mutex.try_lock().unwrap());
        let add = |mutex: &Mutex<i32>, turns: &Turns| {
            let mut value = drive(pin!(mutex.lock()));
            turns.touch();
            *value += 1;
        };
        let (theirs, touched) = (mutex.clone(), turns.clone());
        let other = thread::spawn(move || add(&theirs, &touched));
        add(&mutex, &turns);
        other.join().unwrap();
        assert_eq!(*mutex.try_lock().unwrap(), 2);
    });
}

#[test]
fn watch_a_value_is_seen_by_who_waits_for_it() {
    check("watch: send, changed", Any, || {
        let (sender, mut receiver) = watch::channel(0);
        assert!(poll_once(pin!(receiver.changed())).is_pending());
        assert_eq!(sender.receiver_count(), 1);
        let other = thread::spawn(move || {
            sender.send(1).unwrap();
            // It lives on, or its drop would wake the receiver as well.
            sender
        });
        drive(pin!(receiver.changed())).unwrap();
        assert_eq!(*receiver.borrow_and_update(), 1);
        drop(other.join().unwrap());
        assert!(receiver.is_closed());
    });
}

#[test]
fn watch_a_receiver_sees_the_last_value_and_then_the_end() {
    check("watch: send, drop", Any, || {
        let (sender, mut receiver) = watch::channel(0);
        assert!(poll_once(pin!(receiver.changed())).is_pending());
        assert_eq!(sender.receiver_count(), 1);
        let other = thread::spawn(move || sender.send(1).unwrap());
        drive(pin!(receiver.changed())).unwrap();
        assert_eq!(*receiver.borrow_and_update(), 1);
        assert!(drive(pin!(receiver.changed())).is_err());
        other.join().unwrap();
    });
}

#[test]
fn watch_a_sender_learns_that_the_last_receiver_has_left() {
    check("watch: closed", Any, || {
        let (sender, receiver) = watch::channel(0);
        assert!(poll_once(pin!(sender.closed())).is_pending());
        let other = thread::spawn(move || drop(receiver));
        drive(pin!(sender.closed()));
        assert!(sender.is_closed());
        other.join().unwrap();
    });
}

#[test]
fn broadcast_a_value_comes_to_each_receiver() {
    check("broadcast", AtMost(3), || {
        let (sender, first) = broadcast::channel(1);
        let receivers = [first, sender.subscribe()];
        assert!(receivers.iter().all(|receiver| receiver.is_empty()));
        let receivers = receivers.map(|mut receiver| {
            thread::spawn(move || {
                assert_eq!(drive(pin!(receiver.recv())), Ok(1));
                assert!(drive(pin!(receiver.recv())).is_err());
            })
        });
        assert_eq!(sender.send(1).unwrap(), 2);
        drop(sender);
        for receiver in receivers {
            receiver.join().unwrap();
        }
    });
}

#[test]
fn broadcast_a_sender_that_is_made_again_as_the_last_one_leaves_keeps_it_open_or_is_none() {
    check("broadcast: upgrade, drop", Any, || {
        let (sender, mut receiver) = broadcast::channel(1);
        assert!(receiver.is_empty() && !receiver.is_closed());
        let weak = sender.downgrade();
        let again = thread::spawn(move || weak.upgrade().is_some_and(|one| one.send(1).is_ok()));
        let leaves = thread::spawn(move || drop(sender));
        let came = drive(pin!(receiver.recv()));
        assert_eq!(came.is_ok(), again.join().unwrap());
        assert!(drive(pin!(receiver.recv())).is_err());
        leaves.join().unwrap();
    });
}
