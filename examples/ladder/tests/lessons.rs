//! What a stage does wrong and the next one right, where the kit has no scenario for it.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use ladder::costs;
use ladder::stage_2::{self, Promise, keep, redeem};
use ladder::{stage_3, stage_5, stage_6, stage_8, stage_9};

/// Stages share a queue and the counts, so only one test runs at a time.
fn alone<T>(test: impl FnOnce() -> T) -> T {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    test()
}

/// Wakes its own task, and goes on at the next poll.
async fn another_turn() {
    let mut has_waited = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut has_waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A future that waits for a promise, with the count of its polls; and one that has
/// another turn before it keeps the promise.
fn patient_and_other() -> (
    Arc<AtomicU32>,
    impl Future<Output = ()>,
    impl Future<Output = ()>,
) {
    let polls = Arc::new(AtomicU32::new(0));
    let promise = Promise::default();
    let (counted, kept) = (polls.clone(), promise.clone());
    let mut waits = Box::pin(redeem(promise));
    let patient = poll_fn(move |cx| {
        counted.fetch_add(1, Relaxed);
        waits.as_mut().poll(cx)
    });
    let other = async move {
        another_turn().await;
        keep(&kept, ());
    };
    (polls, patient, other)
}

#[test]
fn with_one_waker_a_wake_polls_both_and_with_two_the_one_that_was_woken() {
    alone(|| {
        let (polls, patient, other) = patient_and_other();
        stage_2::block_on(stage_2::gather(patient, other));
        assert_eq!(polls.load(Relaxed), 3, "once for the other's wake");

        let (polls, patient, other) = patient_and_other();
        stage_3::block_on(async {
            let ended = Promise::default();
            let kept = ended.clone();
            stage_3::spawn(async move {
                patient.await;
                keep(&kept, ());
            });
            stage_3::spawn(other);
            redeem(ended).await;
        });
        assert_eq!(polls.load(Relaxed), 2, "the first, and for its own wake");
    });
}

#[test]
fn a_hundred_sleeps_are_a_hundred_threads_and_then_none() {
    alone(|| {
        let nothing = Duration::ZERO;
        let before = costs::THREADS.get();
        stage_5::block_on(async move {
            for _ in 0..100 {
                stage_2::sleep(nothing).await;
            }
        });
        assert_eq!(costs::THREADS.get() - before, 100);
        stage_6::block_on(async move {
            for _ in 0..100 {
                stage_6::sleep(nothing).await;
            }
        });
        assert_eq!(costs::THREADS.get() - before, 100);
    });
}

/// Which of two tasks ends first: one that awaits a thousand others, which have ended, or
/// one that is spawned after it and waits for nothing.
macro_rules! first_of_greedy_and_modest {
    ($stage:ident) => {
        $stage::block_on(async {
            let ended: Vec<_> = (0..1_000).map(|_| $stage::spawn(async {})).collect();
            another_turn().await;
            let log = Rc::new(RefCell::new(Vec::new()));
            let (greedys, modests) = (log.clone(), log.clone());
            let greedy = $stage::spawn(async move {
                for handle in ended {
                    let _ = handle.await;
                }
                greedys.borrow_mut().push("greedy");
            });
            let modest = $stage::spawn(async move { modests.borrow_mut().push("modest") });
            let _ = (greedy.await, modest.await);
            log.take()[0]
        })
    };
}

#[test]
fn a_task_that_is_always_ready_keeps_the_others_waiting_until_it_has_a_budget() {
    alone(|| {
        assert_eq!(first_of_greedy_and_modest!(stage_8), "greedy");
        assert_eq!(first_of_greedy_and_modest!(stage_9), "modest");
    });
}
