//! The watchdog's word: a look and a report against the loop's polls.

use std::sync::Arc;

use loom::thread;

use super::Preemptions::Any;
use super::check;
use crate::record::ids::Id;
use crate::record::watch::{Polled, Watch};

fn task(count: u64) -> Id {
    Id::of_runtime(0, count)
}

/// A poll as the loop has it: whose end was told, if one was.
fn poll(watch: &Watch, task: Id) -> Option<Id> {
    watch.poll_begins(task);
    watch.was_reported()
}

#[test]
fn the_loop_is_told_of_a_report_by_the_poll_that_it_was_of() {
    check("watchdog's word", Any, || {
        let watch = Arc::new(Watch::default());
        watch.polls_end();
        assert_eq!(watch.was_reported(), None);
        let theirs = watch.clone();
        let watchdog = thread::spawn(move || match theirs.look() {
            Polled::Task(found) => Some((found, theirs.report(found))),
            Polled::Nothing => None,
            Polled::TheSame => panic!("nobody has looked before"),
        });
        let told = [1, 2].map(|count| (task(count), poll(&watch, task(count))));
        watch.polls_end();
        let found = watchdog.join().unwrap();
        for (polled, told) in told.iter().filter(|(_, told)| told.is_some()) {
            assert_eq!(found, Some((*polled, true)));
            assert_eq!(*told, Some(*polled));
        }
        if let Some((_, false)) = found {
            assert!(told.iter().all(|(_, told)| told.is_none()));
        }
    });
}

#[test]
fn two_looks_at_one_poll_find_it_once() {
    check("watchdog's looks", Any, || {
        let watch = Arc::new(Watch::default());
        watch.polls_end();
        let theirs = watch.clone();
        let watchdog = thread::spawn(move || [theirs.look(), theirs.look()]);
        watch.poll_begins(task(1));
        watch.poll_begins(task(2));
        let looks = watchdog.join().unwrap();
        let last = [looks[0], looks[1], watch.look()];
        for count in [1, 2] {
            let of_it = last
                .iter()
                .filter(|look| **look == Polled::Task(task(count)));
            assert!(of_it.count() <= 1, "{last:?}");
        }
        // The last poll goes on, so one of the looks has found it.
        assert!(last.contains(&Polled::Task(task(2))), "{last:?}");
        assert!(last[0] != Polled::TheSame, "{last:?}");
    });
}
