//! Children of a scope may borrow, and none outlives it.

// Only the messages are wanted here.
#[allow(dead_code)]
#[path = "support/caught.rs"]
mod caught;
#[path = "support/doors.rs"]
mod doors;
#[path = "support/log.rs"]
mod log;
#[path = "support/on_drop.rs"]
mod on_drop;
#[path = "support/own.rs"]
mod own;
#[path = "support/paused.rs"]
mod paused;
#[path = "support/settle.rs"]
mod settle;
#[path = "support/slots.rs"]
mod slots;

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;

use buzzer::task::yield_now;
use buzzer::time::{Duration, Instant, sleep, timeout};
use buzzer::{Scope, scope, spawn};
use caught::message;
use doors::Doors;
use futures::FutureExt;
use log::Log;
use on_drop::OnDrop;
use own::memory;
use paused::paused;
use settle::settle;
use slots::highest_slot;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn children_borrow_and_change_what_the_caller_owns() {
    paused().block_on(async {
        let words = vec!["one".to_owned(), "two".to_owned()];
        let sum = Cell::new(0);
        let mut halves = [1, 2, 3, 4];
        let (left, right) = halves.split_at_mut(2);
        let lengths = scope(async |s| {
            s.spawn(async { left.iter_mut().for_each(|n| *n *= 10) });
            s.spawn(async { right.iter_mut().for_each(|n| *n *= 100) });
            let handles: Vec<_> = words
                .iter()
                .map(|word| {
                    let sum = &sum;
                    s.spawn(async move {
                        sleep(SECOND).await;
                        sum.set(sum.get() + 1);
                        word.len()
                    })
                })
                .collect();
            let mut lengths = Vec::new();
            for handle in handles {
                lengths.push(handle.await.unwrap());
            }
            lengths
        });
        assert_eq!(lengths.await, [3, 3]);
        assert_eq!((sum.get(), halves), (2, [10, 20, 300, 400]));
        drop(words);
    });
}

#[test]
fn a_scope_ends_when_its_last_child_has_ended_although_the_handles_were_dropped() {
    paused().block_on(async {
        let start = Instant::now();
        let ended = Cell::new(0);
        let ended = &ended;
        let value = scope(async |s| {
            for seconds in [3, 1, 2] {
                drop(s.spawn(async move {
                    sleep(seconds * SECOND).await;
                    ended.set(ended.get() + 1);
                }));
            }
            "the body's value"
        });
        assert_eq!(value.await, "the body's value");
        assert_eq!((ended.get(), start.elapsed()), (3, 3 * SECOND));
    });
}

#[test]
fn children_spawn_children_to_any_depth() {
    async fn descend<'env>(s: Scope<'env>, depth: u32, leaves: &'env Cell<u32>) {
        if depth == 0 {
            sleep(SECOND).await;
            return leaves.set(leaves.get() + 1);
        }
        for _ in 0..2 {
            s.spawn(descend(s.clone(), depth - 1, leaves));
            yield_now().await;
        }
    }
    paused().block_on(async {
        let leaves = Cell::new(0);
        scope(async |s| descend(s.clone(), 7, &leaves).await).await;
        assert_eq!(leaves.get(), 128);
    });
}

#[test]
fn only_who_was_woken_is_polled_body_or_child() {
    paused().block_on(async {
        let doors = Doors::new(1_001);
        let theirs = doors.clone();
        let task = spawn(async move {
            scope(async |s| {
                for door in 1..=1_000 {
                    s.spawn(theirs.wait(door));
                }
                theirs.wait(0).await
            })
            .await
        });
        settle().await;
        assert!(doors.polls().iter().all(|&polls| polls == 1));
        for door in [500, 0, 1_000] {
            doors.open(door);
            settle().await;
            assert_eq!(doors.polls()[door], 2);
        }
        assert_eq!(doors.all_polls(), 1_001 + 3);
        (1..1_000).for_each(|door| doors.open(door));
        assert_eq!(task.await.unwrap(), 0);
        assert_eq!(doors.all_polls(), 2 * 1_001);
    });
}

#[test]
fn a_child_spawned_from_outside_wakes_a_scope_that_waits() {
    paused().block_on(async {
        let doors = Doors::new(2);
        let leak = Rc::new(RefCell::new(None::<Scope<'static>>));
        let (theirs, leaked) = (doors.clone(), leak.clone());
        let task = spawn(scope(async move |s: &Scope<'static>| {
            *leaked.borrow_mut() = Some(s.clone());
            theirs.wait(0).await
        }));
        settle().await;
        let outside = leak.take().unwrap();
        let child = outside.spawn(doors.wait(1));
        settle().await;
        assert_eq!(doors.polls(), [1, 1]);
        doors.open(0);
        settle().await;
        assert!(!task.is_finished(), "a child still runs");
        doors.open(1);
        assert_eq!((task.await.unwrap(), child.await.unwrap()), (0, 1));
        // After the scope's end nothing is spawned any more.
        let refused = outside.spawn(doors.wait(1));
        assert!(refused.is_finished());
        assert!(refused.await.unwrap_err().is_cancelled());
        assert_eq!(doors.polls(), [2, 2]);
    });
}

#[test]
fn a_joined_childs_panic_is_in_its_handle_and_goes_no_further() {
    paused().block_on(async {
        let value = scope(async |s| {
            let spills = s.spawn(async { panic!("spilt") });
            let id = spills.id();
            let error: buzzer::task::JoinError = spills.await.unwrap_err();
            assert_eq!(error.id(), id);
            message(error.into_panic().as_ref())
        });
        assert_eq!(value.await, "spilt");
    });
}

#[test]
fn a_panic_that_nobody_joined_goes_on_at_the_end_after_the_other_children() {
    paused().block_on(async {
        let log = Log::default();
        let noted = log.clone();
        let task = spawn(async move {
            scope(async |s| {
                for (name, seconds) in [("second", 2), ("first", 1)] {
                    s.spawn(async move {
                        sleep(seconds * SECOND).await;
                        panic!("{name}");
                    });
                }
                s.spawn(async {
                    sleep(3 * SECOND).await;
                    noted.note("the last child ends");
                });
                noted.note("the body ends");
            })
            .await;
            noted.note("not reached");
        });
        let error = task.await.unwrap_err();
        assert_eq!(message(error.into_panic().as_ref()), "first");
        assert_eq!(log.take(), ["the body ends", "the last child ends"]);
    });
}

#[test]
fn the_first_unjoined_panic_goes_on_also_when_an_earlier_one_was_joined() {
    paused().block_on(async {
        let task = spawn(scope(async |s| {
            let joined = s.spawn(async { panic!("joined") });
            s.spawn(async { panic!("not joined") });
            s.spawn(async { panic!("too late") });
            yield_now().await;
            let error: buzzer::task::JoinError = joined.await.unwrap_err();
            assert!(error.is_panic());
        }));
        let error = task.await.unwrap_err();
        assert_eq!(message(error.into_panic().as_ref()), "not joined");
    });
}

#[test]
fn a_panic_of_the_body_drops_the_children_and_goes_on() {
    paused().block_on(async {
        let log = Log::default();
        let noted = log.clone();
        let task = spawn(async move {
            scope(async |s| {
                s.spawn(async {
                    let _dropped = OnDrop(|| noted.note("child dropped"));
                    pending::<()>().await;
                });
                yield_now().await;
                panic!("the body");
            })
            .await;
        });
        let error = task.await.unwrap_err();
        assert_eq!(message(error.into_panic().as_ref()), "the body");
        assert_eq!(log.take(), ["child dropped"]);
    });
}

#[test]
fn a_dropped_scope_drops_body_and_children_and_cancels_the_handles_that_left() {
    paused().block_on(async {
        let log = Log::default();
        let left = Cell::new(None);
        let half = scope(async |s| {
            let child = s.spawn(async {
                let _dropped = OnDrop(|| log.note("child dropped"));
                pending::<u32>().await
            });
            left.set(Some(child));
            let _dropped = OnDrop(|| log.note("body dropped"));
            pending::<()>().await;
        });
        assert!(timeout(SECOND, half).await.is_err());
        let mut seen = log.take();
        seen.sort();
        assert_eq!(seen, ["body dropped", "child dropped"]);
        let handle = left.take().unwrap();
        assert!(handle.is_finished());
        assert!(handle.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn what_a_dropped_child_spawns_is_dropped_with_it() {
    paused().block_on(async {
        let log = Log::default();
        let half = scope(async |s| {
            let (scope, noted) = (s.clone(), &log);
            s.spawn(async move {
                let _spawns = OnDrop(|| {
                    let _dropped = OnDrop(|| noted.note("grandchild dropped"));
                    scope.spawn(async move {
                        let _held = &_dropped;
                        unreachable!("it is never polled")
                    });
                });
                pending::<()>().await;
            });
            pending::<()>().await;
        });
        assert!(timeout(SECOND, half).await.is_err());
        assert_eq!(log.take(), ["grandchild dropped"]);
    });
}

#[test]
fn scopes_nest_and_borrow_from_each_other() {
    paused().block_on(async {
        let total = Cell::new(0);
        scope(async |outer| {
            let rows = [[1, 2], [3, 4]];
            let sums = scope(async |inner| {
                let handles = rows.each_ref().map(|row| {
                    inner.spawn(async move {
                        sleep(SECOND).await;
                        row.iter().sum::<u32>()
                    })
                });
                buzzer::gather(handles).await
            })
            .await;
            let total = &total;
            outer.spawn(async move {
                for sum in sums {
                    total.set(total.get() + sum.unwrap());
                }
            });
        })
        .await;
        assert_eq!(total.get(), 10);
    });
}

#[test]
fn a_handle_says_when_its_child_has_ended_and_is_not_to_be_asked_twice() {
    paused().block_on(async {
        scope(async |s| {
            let mut child = s.spawn(async { 7 });
            assert!(!child.is_finished());
            settle().await;
            assert!(child.is_finished());
            assert_eq!((&mut child).now_or_never().unwrap().unwrap(), 7);
            assert!(child.is_finished());
            let again = std::panic::AssertUnwindSafe(&mut child)
                .catch_unwind()
                .await;
            let said = message(again.unwrap_err().as_ref());
            assert!(said.contains("after it gave its result"), "{said}");
        })
        .await;
    });
}

#[test]
fn awaiting_the_handles_of_ended_children_yields_when_the_budget_is_spent() {
    paused().block_on(async {
        let awaited = Rc::new(Cell::new(0));
        let counted = awaited.clone();
        scope(async |s| {
            let children: Vec<_> = (0..1_000).map(|n| s.spawn(async move { n })).collect();
            settle().await;
            let awaited = &awaited;
            s.spawn(async move {
                for child in children {
                    child.await.unwrap();
                    awaited.set(awaited.get() + 1);
                }
            });
            let beside = spawn(async move { counted.get() });
            // Three of 128 went to the polls of the body, its sleep and the child.
            assert_eq!(beside.await.unwrap(), 125);
        })
        .await;
        assert_eq!(awaited.get(), 1_000);
    });
}

#[test]
fn a_scope_that_spawns_for_ever_does_not_grow() {
    const CHILD: usize = 64 * 1024;
    paused().block_on(async {
        let before = memory();
        let ended = spawn(scope(async |s| {
            for round in 0..8_000u32 {
                let child = s.spawn(async move {
                    // Held across an await, so it is part of the child.
                    let held = [round as u8; CHILD];
                    yield_now().await;
                    if round % 2 == 0 {
                        std::panic::resume_unwind(Box::new(held));
                    }
                });
                if round % 4 == 0 {
                    // Nobody will ask for this one's panic.
                    drop(child);
                } else {
                    assert_eq!(child.await.is_err(), round % 2 == 0);
                }
            }
            assert!(highest_slot().await < 30);
        }));
        assert!(ended.await.unwrap_err().is_panic());
        let grown = memory().saturating_sub(before);
        assert!(
            grown < 1_000 * CHILD / 1024,
            "8,000 children of 64 KiB left {grown} KiB"
        );
    });
}
