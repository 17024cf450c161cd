//! Sets of tasks, where a set differs from its handles: who has ended is found wherever
//! the set is asked, and nothing is lost on the way.
//! tests/contrast/scenarios/join_sets.rs has what they do.

#[path = "support/caught.rs"]
mod caught;
#[path = "support/on_drop.rs"]
mod on_drop;
#[path = "support/paused.rs"]
mod paused;
#[path = "support/settle.rs"]
mod settle;
#[path = "support/slots.rs"]
mod slots;

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn, ready};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll, Wake, Waker};

use buzzer::runtime::{Builder, Runtime};
use buzzer::task::{JoinSet, LocalSet, spawn_blocking, yield_now};
use buzzer::testing;
use buzzer::time::{Duration, sleep};
use buzzer::trace::{WaitFor, dump as dump_now};
use futures::FutureExt;
use on_drop::OnDrop;
use paused::paused;
use settle::settle;
use slots::highest_slot;

const SECOND: Duration = Duration::from_secs(1);

/// Counts its wakes.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_wait_is_woken_by_the_first_end_and_not_by_the_others() {
    paused().block_on(async {
        let mut set = JoinSet::new();
        for seconds in 1..=100 {
            set.spawn(sleep(seconds * SECOND));
        }
        let woken = Arc::new(Counting::default());
        let waker = Waker::from(woken.clone());
        let mut cx = Context::from_waker(&waker);
        assert!(pin!(set.join_next()).poll(&mut cx).is_pending());
        sleep(50 * SECOND).await;
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
        let mut ended = 0;
        while set.try_join_next().is_some() {
            ended += 1;
        }
        // The fiftieth is due, and its turn comes after this.
        assert_eq!(ended, 49);
    });
}

#[test]
fn members_that_end_before_anybody_asks_are_taken_in_that_order() {
    paused().block_on(async {
        let mut set = JoinSet::new();
        for seconds in [3, 1, 2] {
            set.spawn(async move {
                sleep(seconds * SECOND).await;
                seconds
            });
        }
        sleep(4 * SECOND).await;
        set.spawn(async { 4 });
        assert_eq!(set.try_join_next().unwrap().unwrap(), 1);
        assert_eq!(set.join_all().await, [2, 3, 4]);
    });
}

#[test]
fn all_are_aborted_in_the_order_of_their_spawns() {
    paused().block_on(async {
        let (mut set, dropped) = (JoinSet::new(), Rc::new(RefCell::new(Vec::new())));
        let member = |number| {
            let dropped = dropped.clone();
            let on_drop = OnDrop(move || dropped.borrow_mut().push(number));
            async move {
                let _on_drop = on_drop;
                match number {
                    1 | 2 => number,
                    _ => pending().await,
                }
            }
        };
        for number in 1..=3 {
            set.spawn(member(number));
        }
        // Who comes now gets the places of those who have gone.
        set.join_next().await;
        set.join_next().await;
        for number in 4..=6 {
            set.spawn(member(number));
        }
        yield_now().await;
        drop(set);
        settle().await;
        assert_eq!(*dropped.borrow(), [1, 2, 3, 4, 5, 6]);
    });
}

/// In a set of one that never ends.
fn finds_a_job_ended(set: &mut JoinSet<()>) {
    let (end, ended) = mpsc::channel();
    let job = set.spawn_blocking(move || ended.recv().unwrap());
    // It has been asked, and is to tell.
    assert!(set.try_join_next().is_none());
    end.send(()).unwrap();
    // Blocks the loop, so that no wake comes in.
    while !job.is_finished() {
        std::thread::yield_now();
    }
    assert!(set.try_join_next().unwrap().is_ok());
    assert!(set.try_join_next().is_none());
    assert_eq!(set.len(), 1);
}

#[test]
fn a_job_that_has_ended_is_found_before_the_loop_has_heard_of_it() {
    buzzer::block_on(async {
        let mut set = JoinSet::new();
        set.spawn(pending());
        finds_a_job_ended(&mut set);
    });
}

#[test]
fn of_jobs_that_were_found_ended_no_place_is_kept() {
    buzzer::block_on(async {
        let mut set = JoinSet::new();
        set.spawn(pending());
        (0..200).for_each(|_| finds_a_job_ended(&mut set));
        assert!(highest_slot().await < 100, "slots were kept");
    });
}

#[test]
fn a_set_goes_on_in_another_runtime() {
    let (one, two) = (Runtime::new().unwrap(), Runtime::new().unwrap());
    let mut set = JoinSet::new();
    for number in 0..10 {
        set.spawn_on(async move { number }, one.handle());
    }
    let mut sum = one.block_on(async { set.join_next().await.unwrap().unwrap() });
    // What is left has run already: only its outputs are taken there.
    one.block_on(async {
        for _ in 0..10 {
            yield_now().await;
        }
    });
    sum += two.block_on(async {
        let mut sum = 0;
        for _ in 0..5 {
            sum += set.join_next().await.unwrap().unwrap();
        }
        sum
    });
    sum += one.block_on(async {
        let mut sum = 0;
        while let Some(number) = set.join_next().await {
            sum += number.unwrap();
        }
        sum
    });
    assert_eq!(sum, 45);
}

#[test]
fn another_librarys_executor_may_wait() {
    let (sender, receiver) = mpsc::channel();
    let (end, ended) = mpsc::channel::<()>();
    let thread = std::thread::spawn(move || {
        buzzer::block_on(async move {
            sender.send(buzzer::runtime::Handle::current()).unwrap();
            spawn_blocking(move || ended.recv())
                .await
                .unwrap()
                .unwrap_err();
        });
    });
    let handle = receiver.recv().unwrap();
    let mut set = JoinSet::new();
    for number in 0..10 {
        set.spawn_on(async move { number }, &handle);
    }
    let outputs = futures::executor::block_on(async {
        let mut outputs = Vec::new();
        while let Some(number) = set.join_next().await {
            outputs.push(number.unwrap());
        }
        outputs
    });
    drop(end);
    thread.join().unwrap();
    assert_eq!(outputs.iter().sum::<u32>(), 45);
}

// Both have ended by then, and are on the list of those that have woken the set.
#[test]
fn a_member_that_was_taken_outside_its_runtime_is_not_asked_for_again_within() {
    let runtime = paused();
    let mut set = JoinSet::new();
    runtime.block_on(async {
        for value in 1..=2 {
            let task = async move {
                yield_now().await;
                value
            };
            set.spawn_on(task, runtime.handle());
        }
        poll_fn(|cx| {
            assert!(set.poll_join_next(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        settle().await;
    });
    let first = set.join_next().now_or_never().flatten();
    assert_eq!(first.unwrap().unwrap(), 1);
    runtime.block_on(async {
        assert_eq!(set.join_next().await.unwrap().unwrap(), 2);
        assert!(set.join_next().await.is_none());
    });
}

#[test]
fn members_of_a_runtime_that_is_gone_are_cancelled() {
    let mut set = JoinSet::new();
    let runtime = paused();
    runtime.block_on(async {
        set.spawn(pending::<()>());
        assert!(set.join_next().now_or_never().is_none());
    });
    drop(runtime);
    buzzer::block_on(async {
        let error = set.join_next().await.unwrap().unwrap_err();
        assert!(error.is_cancelled());
        assert!(set.join_next().await.is_none());
    });
}

#[test]
fn a_set_that_is_dropped_elsewhere_aborts_all_the_same() {
    let runtime = paused();
    let ended = Rc::new(Cell::new(0));
    let mut set = JoinSet::new();
    runtime.block_on(async {
        for _ in 0..3 {
            let ended = ended.clone();
            set.spawn(async move {
                let _counted = OnDrop(move || ended.set(ended.get() + 1));
                pending::<()>().await;
            });
        }
        yield_now().await;
        assert!(set.try_join_next().is_none());
    });
    std::thread::scope(|threads| {
        threads.spawn(move || drop(set));
    });
    runtime.block_on(yield_now());
    runtime.block_on(yield_now());
    assert_eq!(ended.get(), 3);
}

#[test]
fn every_member_is_taken_once_in_every_order() {
    let orders = testing::explore_all(async || {
        let mut set = JoinSet::new();
        for number in 0..3_u32 {
            set.spawn(async move {
                yield_now().await;
                1 << number
            });
        }
        let mut taken = 0;
        while let Some(bit) = set.join_next().await {
            taken += bit.unwrap();
        }
        assert_eq!(taken, 0b111);
    });
    assert!(orders > 6, "only {orders} orders");
}

#[test]
fn a_set_filled_while_it_is_asked_keeps_its_places_apart() {
    paused().block_on(async {
        let mut set = JoinSet::new();
        let mut taken = Vec::new();
        for round in 0..200_u64 {
            set.spawn(async move {
                sleep(SECOND * u32::try_from(round % 7).unwrap()).await;
                round
            });
            if round % 3 == 0 {
                let soon = buzzer::time::timeout(SECOND, set.join_next()).await;
                taken.extend(soon.ok().flatten().map(Result::unwrap));
            }
            while let Some(ended) = set.try_join_next() {
                taken.push(ended.unwrap());
            }
        }
        taken.append(&mut set.join_all().await);
        taken.sort_unstable();
        assert!(taken.into_iter().eq(0..200));
    });
}

#[test]
fn a_join_of_all_says_who_was_cancelled() {
    let says = caught::panic_of(|| {
        paused().block_on(async {
            let mut set = JoinSet::new();
            set.spawn(pending::<()>()).abort();
            set.join_all().await;
        });
    });
    assert!(says.contains("waits for outputs, and task"), "{says}");
    assert!(says.ends_with("was cancelled"), "{says}");
}

#[test]
fn tasks_are_collected_into_a_set() {
    Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(async {
            let mut set: JoinSet<_> = (0..4).map(ready).collect();
            set.extend([ready(4)]);
            assert_eq!(set.join_all().await.len(), 5);
        });
}

#[test]
fn a_poll_of_an_empty_set_is_ready() {
    let mut set = JoinSet::<()>::default();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(matches!(set.poll_join_next(&mut cx), Poll::Ready(None)));
    assert!(matches!(
        set.poll_join_next_with_id(&mut cx),
        Poll::Ready(None)
    ));
    assert_eq!(format!("{set:?}"), "JoinSet { len: 0 }");
}

#[test]
fn the_dump_names_whom_a_set_waits_for() {
    paused().block_on(async {
        let (ids, task) = {
            let mut set = JoinSet::new();
            let ids = [1, 2].map(|seconds| set.spawn(sleep(seconds * SECOND)).id());
            (
                ids,
                buzzer::spawn(async move { set.join_all().await.len() }),
            )
        };
        settle().await;
        let dump = dump_now();
        let waits = dump.task(task.id()).unwrap().waits().iter();
        let on: Vec<_> = waits.map(|wait| wait.on.clone()).collect();
        assert_eq!(on, ids.map(WaitFor::Task), "{dump}");
    });
}

/// Polls `set` until it gives something, and says how many polls that took.
async fn next_in_polls<T: 'static>(set: &mut JoinSet<T>) -> (T, u32) {
    let mut polls = 0;
    let next = poll_fn(|cx| {
        polls += 1;
        set.poll_join_next(cx)
    });
    let output = next.await.unwrap().unwrap();
    (output, polls)
}

#[test]
fn a_thousand_members_are_waited_for_in_one_poll_and_whoever_ends_is_taken_in_the_next() {
    paused().block_on(async {
        let mut set = JoinSet::new();
        for nth in 0..1_000 {
            set.spawn(async move {
                sleep(SECOND * nth).await;
                nth
            });
        }
        // The first has ended before it is asked, the second ends while it is waited for.
        yield_now().await;
        assert_eq!(next_in_polls(&mut set).await, (0, 1));
        assert_eq!(next_in_polls(&mut set).await, (1, 2));
        // The others are not asked again.
        assert_eq!(next_in_polls(&mut set).await, (2, 2));
    });
}

#[test]
fn a_member_that_is_taken_costs_what_its_handle_does() {
    paused().block_on(async {
        let mut set: JoinSet<_> = (0..100).map(ready).collect();
        sleep(SECOND).await;
        // A hundred of the 128 units of a poll.
        let mut taken = 0;
        poll_fn(|cx| {
            while let Poll::Ready(Some(_)) = set.poll_join_next(cx) {
                taken += 1;
            }
            Poll::Ready(())
        })
        .await;
        assert_eq!(taken, 100);
    });
}

#[test]
fn polled_by_hand_a_set_wakes_who_polled_last_once_for_each_end() {
    paused().block_on(async {
        let mut set = JoinSet::new();
        set.spawn(sleep(SECOND));
        set.spawn(sleep(2 * SECOND));
        let wakes = [(); 2].map(|()| Arc::new(Counting::default()));
        let wakers = wakes.clone().map(Waker::from);
        for waker in &wakers {
            let mut cx = Context::from_waker(waker);
            assert!(set.poll_join_next(&mut cx).is_pending());
        }
        let counts = || {
            wakes
                .each_ref()
                .map(|wakes| wakes.0.load(Ordering::Relaxed))
        };
        sleep(SECOND).await;
        settle().await;
        assert_eq!(counts(), [0, 1]);
        let mut cx = Context::from_waker(&wakers[1]);
        let taken = set.poll_join_next(&mut cx);
        assert!(matches!(taken, Poll::Ready(Some(Ok(())))));
        assert!(set.poll_join_next(&mut cx).is_pending());
        sleep(SECOND).await;
        settle().await;
        assert_eq!(counts(), [0, 2]);
        assert!(matches!(
            set.poll_join_next(&mut cx),
            Poll::Ready(Some(Ok(())))
        ));
        assert!(matches!(set.poll_join_next(&mut cx), Poll::Ready(None)));
        set.spawn(ready(()));
        assert!(
            set.poll_join_next(&mut cx).is_pending(),
            "it can be filled again"
        );
    });
}

#[test]
fn a_task_of_a_set_and_of_a_local_set_is_taken_from_the_one_and_ends_with_the_other() {
    paused().block_on(async {
        let (local, mut set) = (LocalSet::new(), JoinSet::new());
        // Not `Send`, as a task of a `LocalSet` need not be.
        let cups = Rc::new(Cell::new(0));
        let (ends, stays) = (cups.clone(), cups.clone());
        let of_ends = set.spawn_local_on(
            async move {
                ends.set(ends.get() + 1);
                sleep(SECOND).await;
                "mocha"
            },
            &local,
        );
        let gone = OnDrop(move || stays.set(stays.get() + 10));
        set.spawn_local_on(
            async move {
                let _gone = gone;
                pending().await
            },
            &local,
        );
        assert_eq!((set.len(), cups.get()), (2, 0), "it begins with a turn");
        assert_eq!(set.join_next().await.unwrap().unwrap(), "mocha");
        assert!(of_ends.is_finished());
        assert_eq!((set.len(), cups.get()), (1, 1));
        drop(local);
        let cancelled = set.join_next().await.unwrap().unwrap_err();
        assert!(cancelled.is_cancelled());
        assert_eq!(cups.get(), 11);
    });
}
