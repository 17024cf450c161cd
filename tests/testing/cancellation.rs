//! A future dropped at each of its suspensions.

use std::cell::{Cell, RefCell};
use std::future::ready;
use std::rc::Rc;

use async_channel::{Receiver, Sender};
use buzzer::task::yield_now;
use buzzer::testing::cancel_everywhere;
use buzzer::time::{Duration, Instant, sleep};

use crate::caught::panic_of;
use crate::on_drop::OnDrop;
use crate::settle::settle;

async fn suspend(times: u32) {
    for _ in 0..times {
        yield_now().await;
    }
}

/// One item that is to go from the one to the other.
struct Belt {
    take: Receiver<&'static str>,
    pass_on: Sender<&'static str>,
    passed_on: Receiver<&'static str>,
}

impl Belt {
    fn with_one() -> Self {
        let (put, take) = async_channel::unbounded();
        let (pass_on, passed_on) = async_channel::unbounded();
        put.try_send("mocha").unwrap();
        Self {
            take,
            pass_on,
            passed_on,
        }
    }

    /// Nothing is lost, nothing doubled.
    fn check(&self) -> impl Future<Output = ()> + use<> {
        let (take, passed_on) = (self.take.clone(), self.passed_on.clone());
        async move { assert_eq!(take.len() + passed_on.len(), 1, "the item is lost") }
    }
}

#[test]
fn a_lost_item_is_found_with_the_suspension_that_loses_it() {
    let message = panic_of(|| {
        cancel_everywhere(|| {
            let belt = Belt::with_one();
            let check = belt.check();
            let future = async move {
                suspend(2).await;
                let item = belt.take.recv().await.unwrap();
                suspend(1).await;
                belt.pass_on.send(item).await.unwrap();
            };
            (future, check)
        })
    });
    assert!(
        message.starts_with(
            "dropped at suspension 3: assertion `left == right` failed: the item is lost\n  \
             left: 0\n right: 1\n\nIts story:\n"
        ),
        "{message}"
    );
    let end = "panicked: so does block_on\n\nThis run: dropped at suspension 3";
    assert!(message.ends_with(end), "{message}");
}

#[test]
fn the_version_that_can_be_cancelled_passes() {
    let suspensions = cancel_everywhere(|| {
        let belt = Belt::with_one();
        let check = belt.check();
        let future = async move {
            suspend(3).await;
            let item = belt.take.recv().await.unwrap();
            belt.pass_on.send(item).await.unwrap();
        };
        (future, check)
    });
    assert_eq!(suspensions, 3);
}

#[test]
fn the_suspensions_are_counted_and_each_is_dropped_at_once() {
    for times in [0, 1, 2, 5] {
        let polls = RefCell::new(Vec::new());
        let suspensions = cancel_everywhere(|| {
            let polled = Rc::new(Cell::new(0));
            let (theirs, polls) = (polled.clone(), &polls);
            let future = async move {
                for _ in 0..times {
                    theirs.set(theirs.get() + 1);
                    yield_now().await;
                }
                theirs.set(theirs.get() + 1);
            };
            (future, async move { polls.borrow_mut().push(polled.get()) })
        });
        assert_eq!(suspensions, times);
        // At last it ran to its end, which is one more poll than suspensions.
        assert_eq!(polls.into_inner(), (1..=times + 1).collect::<Vec<_>>());
    }
}

#[test]
fn each_time_all_is_new_and_the_clock_begins_again() {
    let made = Cell::new(0);
    let suspensions = cancel_everywhere(|| {
        made.set(made.get() + 1);
        let began = Instant::now();
        let ended = Rc::new(Cell::new(false));
        let theirs = ended.clone();
        let future = async move {
            assert!(!theirs.replace(true));
            sleep(Duration::from_secs(60)).await;
            sleep(Duration::from_secs(60)).await;
        };
        let check = async move {
            let gone = began.elapsed().as_secs();
            assert!(ended.get() && [0, 60, 120].contains(&gone), "{gone}");
        };
        (future, check)
    });
    assert_eq!(suspensions, 2);
    assert_eq!(made.get(), 3);
}

#[test]
fn the_future_is_dropped_before_the_check() {
    cancel_everywhere(|| {
        let dropped = Rc::new(Cell::new(false));
        let theirs = dropped.clone();
        let future = async move {
            let _note = OnDrop(|| theirs.set(true));
            suspend(2).await;
        };
        (future, async move { assert!(dropped.get()) })
    });
}

#[test]
fn tasks_that_the_future_has_spawned_go_on_in_the_check() {
    let suspensions = cancel_everywhere(|| {
        let served = Rc::new(Cell::new(0));
        let theirs = served.clone();
        let future = async move {
            let task = buzzer::spawn(async move {
                sleep(Duration::from_secs(1)).await;
                theirs.set(theirs.get() + 1);
            });
            task.await.unwrap();
        };
        let check = async move {
            sleep(Duration::from_secs(2)).await;
            assert_eq!(served.get(), 1);
        };
        (future, check)
    });
    assert_eq!(suspensions, 1);
}

#[test]
fn what_makes_the_two_may_spawn() {
    cancel_everywhere(|| {
        let task = buzzer::spawn(suspend(2));
        (suspend(1), async move { task.await.unwrap() })
    });
}

#[test]
fn a_check_that_fails_after_the_end_is_not_told_as_a_drop() {
    let message = panic_of(|| {
        cancel_everywhere(|| {
            let ended = Rc::new(Cell::new(false));
            let theirs = ended.clone();
            let future = async move {
                suspend(2).await;
                theirs.set(true);
            };
            (future, async move { assert!(!ended.get(), "it ended") })
        })
    });
    let told = "not dropped, ended after 2 suspensions: it ended\n\nIts story:\n";
    assert!(message.starts_with(told), "{message}");
}

#[test]
fn a_future_that_panics_is_told_with_how_far_it_had_come() {
    let message = panic_of(|| {
        cancel_everywhere(|| {
            let future = async {
                suspend(2).await;
                panic!("no coffee");
            };
            (future, ready(()))
        })
    });
    let told = "not yet dropped, after 2 suspensions: no coffee\n\nIts story:\n";
    assert!(message.starts_with(told), "{message}");
}

#[test]
fn a_drop_that_panics_is_told_with_its_suspension() {
    let message = panic_of(|| {
        cancel_everywhere(|| {
            let future = async {
                suspend(1).await;
                let _note = OnDrop(|| panic!("in the drop"));
                suspend(1).await;
            };
            (future, ready(()))
        })
    });
    assert!(
        message.starts_with("dropped at suspension 2: in the drop\n"),
        "{message}"
    );
}

#[test]
fn a_check_that_waits_for_what_never_comes_is_told_as_a_deadlock() {
    let message = panic_of(|| {
        cancel_everywhere(|| {
            let (put, take) = async_channel::bounded::<()>(1);
            // Without it the check would learn that nothing can come.
            let open = put.clone();
            let future = async move {
                suspend(1).await;
                put.send(()).await.unwrap();
            };
            let check = async move {
                take.recv().await.unwrap();
                drop(open);
            };
            (future, check)
        })
    });
    let told = "dropped at suspension 1: a deadlock: every task waits";
    assert!(message.starts_with(told), "{message}");
}

#[test]
fn a_task_that_panics_in_the_check_and_tells_nobody_is_told() {
    let message = panic_of(|| {
        cancel_everywhere(|| {
            let future = async {
                buzzer::spawn(async { panic!("unseen") });
                suspend(1).await;
            };
            (future, settle())
        })
    });
    let told = "dropped at suspension 1: a task panicked and its handle told nobody: #1 ";
    assert!(message.starts_with(told), "{message}");
}

#[test]
fn a_future_that_never_ends_is_told() {
    let message = panic_of(|| {
        cancel_everywhere(|| {
            let future = async {
                loop {
                    yield_now().await;
                }
            };
            (future, ready(()))
        })
    });
    assert_eq!(message, "the future has not ended after 1000 suspensions");
}

#[test]
fn a_future_that_ends_earlier_than_before_is_told() {
    let made = Cell::new(0);
    let message = panic_of(|| {
        cancel_everywhere(|| {
            made.set(made.get() + 1);
            let times = if made.get() < 4 { 5 } else { 1 };
            (suspend(times), ready(()))
        })
    });
    assert_eq!(
        message,
        "the future ended after 1 suspensions, and had 3 at least before: the scenario \
         depends on more than the order of its tasks (real time, threads, the order of a \
         hash map, what an earlier run has left)"
    );
}

#[test]
fn a_check_that_yields_for_ever_is_told_with_the_suspension() {
    let message = panic_of(|| {
        cancel_everywhere(|| {
            let done = Rc::new(Cell::new(false));
            let seen = done.clone();
            let future = async move {
                yield_now().await;
                done.set(true);
            };
            let check = async move {
                while !seen.get() {
                    yield_now().await;
                }
            };
            (future, check)
        })
    });
    let told = "dropped at suspension 1: no end after 1000000 polls: ";
    assert!(message.starts_with(told), "{message}");
}
