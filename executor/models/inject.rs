//! The inject queue, and the table of runtimes that leads to it.

use std::sync::Arc;

use loom::thread;

use super::Preemptions::Any;
use super::{Drops, Loop, Turns, check};
use crate::machine::scheduler::inject::{Message, Sent};
use crate::machine::scheduler::live;
use crate::machine::scheduler::number::TaskNumber;
use crate::machine::scheduler::waker::waker;

fn number(of: &Loop, task: usize) -> TaskNumber {
    TaskNumber::new(of.inject.runtime(), 1, task)
}

/// Whom the messages wake.
fn woken(sent: Vec<Sent>) -> Vec<usize> {
    let woken = sent.into_iter().map(|sent| match sent.message {
        Message::Wake(number) => number.index(),
        _ => panic!("only wakes were sent"),
    });
    woken.collect()
}

#[test]
fn wakes_from_two_threads_are_taken_in_by_a_loop_that_parks() {
    check("park, unpark, send", Any, || {
        let home = Loop::new();
        let senders = [1, 2].map(|task| {
            let waker = waker(number(&home, task));
            thread::spawn(move || waker.wake())
        });
        let mut seen = Vec::new();
        while seen.len() < 2 {
            seen.extend(woken(home.turn_until_sent()));
        }
        seen.sort_unstable();
        assert_eq!(seen, [1, 2]);
        for sender in senders {
            sender.join().unwrap();
        }
        assert!(home.take().is_empty());
    });
}

#[test]
fn a_loop_that_sleeps_now_here_and_now_in_its_reactor_sees_every_wake() {
    check("sleep, park, send", Any, || {
        let home = Loop::new();
        let wakers = [1, 2].map(|task| waker(number(&home, task)));
        let sender = thread::spawn(move || wakers.map(|waker| waker.wake()));
        let mut seen = Vec::new();
        while seen.len() < 2 {
            home.inject.sleep();
            seen.extend(woken(home.take()));
            if seen.len() == 1 {
                home.park();
                seen.extend(woken(home.take()));
            }
        }
        assert_eq!(seen, [1, 2]);
        sender.join().unwrap();
    });
}

#[test]
fn two_wakes_of_one_thread_find_a_loop_that_parks_between_them() {
    check("park again", Any, || {
        let home = Loop::new();
        let wakers = [1, 2].map(|task| waker(number(&home, task)));
        let sender = thread::spawn(move || wakers.map(|waker| waker.wake()));
        let mut seen = woken(home.turn_until_sent());
        while seen.len() < 2 {
            seen.extend(woken(home.turn_until_sent()));
        }
        assert_eq!(seen, [1, 2]);
        sender.join().unwrap();
    });
}

#[test]
fn what_was_written_before_a_wake_is_seen_by_who_takes_it_in() {
    check("written before a wake", Any, || {
        let (home, turns) = (Loop::new(), Arc::new(Turns::new()));
        turns.touch();
        let (waker, theirs) = (waker(number(&home, 1)), turns.clone());
        let sender = thread::spawn(move || {
            theirs.touch();
            waker.wake();
        });
        home.turn_until_sent();
        turns.touch();
        sender.join().unwrap();
    });
}

#[test]
fn a_nudge_ends_a_park_also_one_that_comes_later() {
    check("nudge", Any, || {
        let home = Loop::new();
        let inject = home.inject.clone();
        let other = thread::spawn(move || inject.nudge());
        home.park();
        other.join().unwrap();
        assert!(home.take().is_empty());
    });
    check("nudge of a sleep", Any, || {
        let home = Loop::new();
        let inject = home.inject.clone();
        let other = thread::spawn(move || inject.nudge());
        home.inject.sleep();
        other.join().unwrap();
        assert!(home.take().is_empty());
    });
}

#[test]
fn what_is_sent_while_the_runtime_closes_comes_to_one_of_the_two() {
    check("send, close", Any, || {
        let (home, drops) = (Loop::new(), Drops::default());
        // By the table, as a waker sends; and past it, as a worker of the pool does.
        let senders = [true, false].map(|by_the_table| {
            let (inject, kept) = (home.inject.clone(), drops.one());
            thread::spawn(move || {
                let run = Message::Run(Box::new(move || drop(kept)));
                let sent = match by_the_table {
                    true => live::send_to(inject.id(), run),
                    false => inject.send(run),
                };
                sent.is_err()
            })
        });
        let taken = home.take().len();
        let closed = live::close(&home.inject).len();
        // From here on nobody is sent to, and nothing is left in the queue.
        assert!(!live::is_live(home.inject.id()));
        let back = senders.map(|sender| usize::from(sender.join().unwrap()));
        assert_eq!(taken + closed + back.iter().sum::<usize>(), 2);
        assert_eq!(drops.count(), 2);
        assert!(!home.inject.has_sent());
    });
}

#[test]
fn a_descriptor_that_is_forgotten_elsewhere_is_told_to_no_selector_that_is_closed() {
    check("forget, close", Any, || {
        let home = Loop::new();
        let (id, selector) = (home.inject.id(), home.bell.clone());
        assert!(live::is_live(id));
        // As a source does that is dropped on another thread.
        let elsewhere = [3, 4].map(|fd| {
            thread::spawn(move || {
                live::forget_descriptor(id, fd);
                let table = Message::Run(Box::new(|| ()));
                live::send_to(id, table).is_err()
            })
        });
        let sent = live::close(&home.inject).len();
        selector.close();
        let back = elsewhere.map(|thread| usize::from(thread.join().unwrap()));
        assert_eq!(sent + back.iter().sum::<usize>(), 2);
    });
}

#[test]
fn a_waker_that_outlives_its_runtime_wakes_no_other() {
    check("live table, drop", Any, || {
        let (first, second) = (Loop::new(), Loop::new());
        let stale = waker(number(&first, 1));
        let sender = thread::spawn(move || stale.wake());
        let closes = thread::spawn(move || {
            let sent = live::close(&first.inject).len();
            (sent, first.inject.has_sent())
        });
        let third = Loop::new();
        sender.join().unwrap();
        let (sent, left) = closes.join().unwrap();
        assert!(sent <= 1 && !left, "nothing comes after the close");
        assert!(!second.inject.has_sent() && !third.inject.has_sent());
    });
}
