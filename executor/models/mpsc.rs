//! Models of the channel of many senders: values against the receiver's close and end, places
//! that are kept, and senders that are made again from weak ones.

use std::pin::pin;

use loom::thread;

use super::Preemptions::{Any, AtMost};
use super::{Dropped, Drops, check};
use crate::sync::blocking::drive;
use crate::sync::mpsc;

#[test]
fn values_of_two_senders_come_each_once() {
    check("mpsc: 2 senders, room for 1", AtMost(3), || {
        let (sender, mut receiver) = mpsc::channel(1);
        assert!(receiver.is_empty() && sender.capacity() == 1);
        let senders = [1, 2].map(|value| {
            let sender = sender.clone();
            thread::spawn(move || drive(pin!(sender.send(value))).unwrap())
        });
        drop(sender);
        let mut values = Vec::new();
        while let Some(value) = drive(pin!(receiver.recv())) {
            values.push(value);
        }
        values.sort_unstable();
        assert_eq!(values, [1, 2]);
        for sender in senders {
            sender.join().unwrap();
        }
    });
}

#[test]
fn a_receiver_that_leaves_ends_the_wait_of_a_sender() {
    check("mpsc: send, drop", Any, || {
        let drops = Drops::default();
        let (sender, receiver) = mpsc::channel::<Dropped>(1);
        assert!(receiver.is_empty() && sender.capacity() == 1);
        let values = [drops.one(), drops.one()];
        let other = thread::spawn(move || {
            for value in values {
                drop(drive(pin!(sender.send(value))));
            }
        });
        drop(receiver);
        other.join().unwrap();
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn without_a_bound_the_last_senders_drop_ends_the_wait() {
    check("mpsc: unbounded", Any, || {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        assert!(receiver.is_empty() && !sender.is_closed());
        let other = thread::spawn(move || sender.send(1).unwrap());
        assert_eq!(drive(pin!(receiver.recv())), Some(1));
        assert_eq!(drive(pin!(receiver.recv())), None);
        other.join().unwrap();
    });
}

#[test]
fn a_value_that_is_sent_as_the_receiver_closes_comes_or_is_given_back() {
    check("mpsc: send, close", Any, || {
        let (sender, mut receiver) = mpsc::channel(1);
        assert!(receiver.is_empty() && sender.capacity() == 1);
        let other = thread::spawn(move || drive(pin!(sender.send(1))).is_ok());
        receiver.close();
        let came = drive(pin!(receiver.recv()));
        assert_eq!(came.is_some(), other.join().unwrap());
    });
}

#[test]
fn a_place_that_is_kept_as_the_receiver_closes_is_waited_for() {
    check("mpsc: reserve, close", Any, || {
        let (sender, mut receiver) = mpsc::channel(1);
        assert!(receiver.is_empty() && sender.capacity() == 1);
        let other = thread::spawn(move || match drive(pin!(sender.reserve())) {
            Ok(permit) => {
                permit.send(1);
                true
            }
            Err(_) => false,
        });
        receiver.close();
        let came = drive(pin!(receiver.recv()));
        assert_eq!(came.is_some(), other.join().unwrap());
    });
}

#[test]
fn a_place_that_is_given_back_unused_lets_in_who_waits_for_it() {
    check("mpsc: reserve, drop", Any, || {
        let (sender, mut receiver) = mpsc::channel(1);
        assert!(receiver.is_empty() && sender.capacity() == 1);
        let theirs = sender.clone();
        let other = thread::spawn(move || drop(drive(pin!(theirs.reserve())).unwrap()));
        drive(pin!(sender.send(1))).unwrap();
        assert_eq!(drive(pin!(receiver.recv())), Some(1));
        other.join().unwrap();
        assert_eq!(sender.capacity(), 1);
    });
}

#[test]
fn a_sender_that_is_made_again_as_the_last_one_leaves_keeps_the_channel_open_or_is_none() {
    check("mpsc: upgrade, drop", Any, || {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        assert!(receiver.is_empty() && !receiver.is_closed());
        let weak = sender.downgrade();
        let again = thread::spawn(move || weak.upgrade().is_some_and(|one| one.send(1).is_ok()));
        let leaves = thread::spawn(move || drop(sender));
        let came = drive(pin!(receiver.recv()));
        assert_eq!(came.is_some(), again.join().unwrap());
        assert_eq!(drive(pin!(receiver.recv())), None);
        leaves.join().unwrap();
    });
}
