//! Lookups: their line, those that are given up, and those that run at the end.

use std::panic::Location;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::Preemptions::{Any, AtMost};
use super::pool::{NEVER, mandatory, pool, spawn};
use super::{Dropped, Drops, Loop, Turns, check};
use crate::machine::blocking::{Lookup, Pool, Work};
use crate::sync::blocking::drive;
use crate::sys::shared::Bell;

fn look_up<T: Send + 'static>(
    pool: &Arc<Pool>,
    answer: impl FnOnce() -> T + Send + 'static,
) -> Lookup<T> {
    let id = pool.inject().ids.next_job();
    Lookup::of(pool, id, "host", answer, Location::caller())
}

/// Of which one runs at a time, whichever thread has it.
fn threads(home: &Loop, threads: usize) -> Arc<Pool> {
    pool(home, threads, 2, NEVER)
}

/// A worker whose lookup has just been answered may be left to itself.
fn end(pool: &Pool) {
    pool.close(|| {});
    pool.join(None, &mut |_| {}).unwrap();
}

#[test]
fn lookups_come_one_after_the_other_and_hold_up_no_other_job() {
    check("lookups: line", AtMost(3), || {
        let home = Loop::new();
        let pool = threads(&home, 2);
        let turns = Arc::new(Turns::new());
        let lookups = [(); 2].map(|()| {
            let turns = turns.clone();
            look_up(&pool, move || turns.touch())
        });
        drop(drive(pin!(spawn(&pool, Work::Program, || ()))));
        for lookup in lookups {
            drive(pin!(lookup)).unwrap();
        }
        end(&pool);
    });
}

#[test]
fn one_that_is_given_up_leaves_its_place_to_the_next() {
    for (name, which) in [
        ("lookups: first given up", 0),
        ("lookups: given up in line", 1),
    ] {
        check(name, AtMost(3), move || {
            let home = Loop::new();
            let (pool, drops) = (threads(&home, 1), Drops::default());
            let mut lookups: Vec<Lookup<Dropped>> = (0..3)
                .map(|_| {
                    let kept = drops.one();
                    look_up(&pool, move || kept)
                })
                .collect();
            drop(lookups.remove(which));
            for lookup in lookups {
                drop(drive(pin!(lookup)).unwrap());
            }
            end(&pool);
            assert_eq!(drops.count(), 3);
        });
    }
}

#[test]
fn the_end_waits_for_no_lookup() {
    check("lookups: shutdown", Any, || {
        let home = Loop::new();
        let pool = threads(&home, 2);
        let (answers, asked) = (Arc::new(Bell::default()), Drops::default());
        let (server, kept) = (answers.clone(), asked.one());
        let lookup = look_up(&pool, move || {
            server.sleep();
            drop(kept);
        });
        end(&pool);
        // Nobody has answered until here.
        answers.ring();
        if let Err(error) = drive(pin!(lookup)) {
            assert!(error.is_cancelled());
        }
        assert_eq!(asked.count(), 1);
    });
}

#[test]
fn the_end_waits_for_what_must_run_behind_a_lookup() {
    check("lookups: shutdown, write", Any, || {
        let home = Loop::new();
        let (pool, drops) = (threads(&home, 1), Drops::default());
        let written = Arc::new(AtomicUsize::new(0));
        let lookups = [(); 2].map(|()| {
            let kept = drops.one();
            look_up(&pool, move || kept)
        });
        let count = written.clone();
        let write = spawn(&pool, mandatory(), move || count.fetch_add(1, Relaxed));
        end(&pool);
        assert_eq!(written.load(Relaxed), 1);
        assert!(drive(pin!(write)).is_ok());
        // Its one thread was at one of them at most when it closed.
        for lookup in lookups {
            if let Err(error) = drive(pin!(lookup)) {
                assert!(error.is_cancelled());
            }
        }
        assert_eq!(drops.count(), 2);
    });
}
