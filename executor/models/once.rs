//! Values that are made or set once, and the barrier.

use std::future::{pending, ready};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use loom::thread;

use super::Preemptions::{Any, AtMost};
use super::{Turns, check, poll_once};
use crate::sync::blocking::drive;
use crate::sync::{Barrier, OnceCell, SetOnce};

/// One that was used before, and is not set.
fn unset<T>() -> Arc<SetOnce<T>> {
    let value = Arc::new(SetOnce::new());
    assert!(poll_once(pin!(value.wait())).is_pending());
    value
}

/// One that was used before, and is empty.
fn cell() -> Arc<OnceCell<usize>> {
    let cell = Arc::new(OnceCell::new());
    assert!(!cell.initialized());
    assert!(poll_once(pin!(cell.get_or_init(pending))).is_pending());
    cell
}

#[test]
fn once_cell_one_makes_the_value_and_all_see_what_was_done_for_it() {
    check("once cell: 2 makers", Any, || {
        let (cell, turns) = (cell(), Arc::new(Turns::new()));
        let made = Arc::new(AtomicUsize::new(0));
        let get = |cell: &OnceCell<usize>, turns: &Turns, made: &AtomicUsize| {
            let make = || {
                turns.touch();
                ready(made.fetch_add(1, Relaxed) + 1)
            };
            assert_eq!(*drive(pin!(cell.get_or_init(make))), 1);
            turns.look();
        };
        let (theirs, touched, counted) = (cell.clone(), turns.clone(), made.clone());
        let other = thread::spawn(move || get(&theirs, &touched, &counted));
        get(&cell, &turns, &made);
        other.join().unwrap();
        assert_eq!(made.load(Relaxed), 1);
    });
}

#[test]
fn once_cell_a_maker_that_fails_or_is_dropped_leaves_it_to_the_next() {
    for (name, is_dropped) in [("once cell: failed", false), ("once cell: dropped", true)] {
        check(name, Any, move || {
            let cell = cell();
            let theirs = cell.clone();
            let other = thread::spawn(move || match is_dropped {
                true => poll_once(pin!(theirs.get_or_init(pending))).is_ready(),
                false => drive(pin!(theirs.get_or_try_init(async || Err(())))).is_ok(),
            });
            assert_eq!(drive(pin!(cell.get_or_init(async || 5))), &5);
            // Only if it came second.
            other.join().unwrap();
            assert_eq!(cell.get(), Some(&5));
        });
    }
}

#[test]
fn once_cell_a_value_that_is_set_is_that_of_all_or_comes_back() {
    check("once cell: set", Any, || {
        let cell = cell();
        let theirs = cell.clone();
        let other = thread::spawn(move || theirs.set(1).is_ok());
        let value = *drive(pin!(cell.get_or_init(async || 2)));
        assert_eq!(value == 1, other.join().unwrap());
        assert_eq!(cell.get(), Some(&value));
    });
}

#[test]
fn set_once_who_waits_sees_the_value_and_what_was_done_before() {
    check("set once: set, wait", Any, || {
        let (value, turns) = (unset(), Arc::new(Turns::new()));
        let (theirs, touched) = (value.clone(), turns.clone());
        let other = thread::spawn(move || {
            touched.touch();
            theirs.set(1).unwrap();
        });
        assert_eq!(drive(pin!(value.wait())), &1);
        turns.touch();
        other.join().unwrap();
    });
}

#[test]
fn set_once_one_of_two_values_is_that_of_all() {
    check("set once: 2 values", Any, || {
        let value = unset();
        let setters = [1, 2].map(|set| {
            let value = value.clone();
            thread::spawn(move || value.set(set).is_ok().then_some(set))
        });
        let seen = *drive(pin!(value.wait()));
        let set: Vec<_> = setters.into_iter().map(|set| set.join().unwrap()).collect();
        assert_eq!(set.into_iter().flatten().collect::<Vec<_>>(), [seen]);
        assert_eq!(value.get(), Some(&seen));
    });
}

/// Whether it was the last to come.
fn waits(barrier: &Barrier) -> bool {
    drive(pin!(barrier.wait())).is_leader()
}

#[test]
fn barrier_nobody_goes_on_before_all_have_come_round_by_round() {
    check("barrier: 2 rounds of 2", Any, || {
        let (barrier, turns) = (Arc::new(Barrier::new(2)), Arc::new(Turns::new()));
        let (theirs, touched) = (barrier.clone(), turns.clone());
        turns.touch();
        let other = thread::spawn(move || {
            let first = waits(&theirs);
            touched.touch();
            [first, waits(&theirs)]
        });
        turns.touch();
        let first = waits(&barrier);
        let second = waits(&barrier);
        turns.touch();
        let others = other.join().unwrap();
        assert_ne!([first, second], others);
        assert!(first != others[0] && second != others[1], "one leader each");
    });
}

#[test]
fn barrier_the_last_of_three_tells_both_others() {
    check("barrier: 3", AtMost(3), || {
        let barrier = Arc::new(Barrier::new(3));
        let others = [(); 2].map(|()| {
            let barrier = barrier.clone();
            thread::spawn(move || waits(&barrier))
        });
        let leaders = usize::from(waits(&barrier));
        let others = others.map(|other| usize::from(other.join().unwrap()));
        assert_eq!(leaders + others.iter().sum::<usize>(), 1);
    });
}
