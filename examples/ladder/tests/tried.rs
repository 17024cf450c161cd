//! What the book's chapters of the ladder say under "Try this", where it can be tried on
//! a stage as it is.

use std::array;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use ladder::stage_2::{self, Promise, keep, redeem};
use ladder::{costs, stage_3, stage_4, stage_5, stage_6, stage_8, stage_9};

/// Stages share a queue and the counts, so only one test runs at a time.
fn alone<T>(test: impl FnOnce() -> T) -> T {
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    test()
}

/// Counts its wakes.
#[derive(Default)]
struct Woken(AtomicU32);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Until those in line before it have been polled.
async fn let_others_run(spawn: fn(Task)) {
    let promise = Promise::default();
    let kept = promise.clone();
    spawn(Box::pin(async move { keep(&kept, ()) }));
    redeem(promise).await;
}

/// The wakers that a task gets in two polls.
fn wakers_of_two_polls(block_on: fn(Task), spawn: fn(Task)) -> [Waker; 2] {
    let wakers = Rc::new(RefCell::new(Vec::new()));
    let seen = wakers.clone();
    block_on(Box::pin(async move {
        let polled = seen.clone();
        spawn(Box::pin(poll_fn(move |cx| {
            polled.borrow_mut().push(cx.waker().clone());
            Poll::Pending
        })));
        let_others_run(spawn).await;
        let waker = seen.borrow()[0].clone();
        waker.wake();
        let_others_run(spawn).await;
    }));
    wakers.take().try_into().unwrap()
}

#[test]
fn stage_4_a_waker_is_as_large_as_in_stage_3_and_has_no_memory_of_its_own() {
    assert_eq!(size_of::<Waker>(), 16);
    alone(|| {
        let third = wakers_of_two_polls(stage_3::block_on, stage_3::spawn);
        let fourth = wakers_of_two_polls(stage_4::block_on, stage_4::spawn);
        // Both wakers are there still, so no memory has served twice.
        let words = |wakers: &[Waker; 2]| wakers.each_ref().map(|waker| waker.data().addr());
        let [third, fourth] = [&third, &fourth].map(words);
        assert_ne!(third[0], third[1], "each poll has made another");
        assert_eq!(fourth[0], fourth[1]);
        assert!(fourth[0] < stage_4::new_number(), "it is the number");
    });
}

#[test]
fn stage_5_of_two_who_poll_a_handle_the_last_is_woken() {
    alone(|| {
        let [first, last] = array::from_fn(|_| Arc::new(Woken::default()));
        let wakers = [&first, &last].map(|one| Waker::from(one.clone()));
        stage_5::block_on(async move {
            let promise = Promise::default();
            let mut handle = pin!(stage_5::spawn(redeem(promise.clone())));
            for waker in &wakers {
                let polled = handle.as_mut().poll(&mut Context::from_waker(waker));
                assert!(polled.is_pending());
            }
            keep(&promise, ());
            // Behind the task of the handle, which is in line by now.
            stage_5::spawn(async {}).await;
            handle.await;
        });
        assert_eq!([first, last].map(|one| one.0.load(SeqCst)), [0, 1]);
    });
}

#[test]
fn stage_5_a_task_whose_handle_is_dropped_runs() {
    alone(|| {
        let has_run = Rc::new(Cell::new(false));
        let seen = has_run.clone();
        stage_5::block_on(async move {
            drop(stage_5::spawn(async move { has_run.set(true) }));
            stage_5::spawn(async {}).await;
        });
        assert!(seen.get());
    });
}

#[test]
fn stage_6_ten_thousand_sleeps_at_once_need_no_thread() {
    alone(|| {
        let before = costs::THREADS.get();
        stage_6::block_on(async {
            let sleep = || stage_6::spawn(stage_6::sleep(Duration::from_millis(1)));
            let sleeps: Vec<_> = (0..10_000).map(|_| sleep()).collect();
            for sleep in sleeps {
                sleep.await;
            }
        });
        assert_eq!(costs::THREADS.get(), before);
    });
}

#[test]
fn stage_5_each_of_ten_sleeps_is_a_thread() {
    alone(|| {
        let before = costs::THREADS.get();
        stage_5::block_on(async {
            let sleep = || stage_5::spawn(stage_2::sleep(Duration::ZERO));
            let sleeps: Vec<_> = (0..10).map(|_| sleep()).collect();
            for sleep in sleeps {
                sleep.await;
            }
        });
        assert_eq!(costs::THREADS.get() - before, 10);
    });
}

/// By this name the chapter has the kit try what turning `park` round breaks.
#[test]
fn stage_8_scenarios_of_the_kit_are_about_the_park() {
    let about = buzzer_kit::scenarios().filter(|scenario| scenario.name.contains("park"));
    assert!(about.count() > 0);
}

#[test]
fn stage_8_of_ten_slow_jobs_four_are_under_way_and_a_timer_is_not_held_up() {
    alone(|| {
        let under_way = Arc::new(AtomicU32::new(0));
        // Four jobs and this test: the jobs go on when all of them have met.
        let (met, may_go) = (Arc::new(Barrier::new(5)), Arc::new(Barrier::new(5)));
        let seen = under_way.clone();
        stage_8::block_on(async move {
            let jobs: Vec<_> = (0..10)
                .map(|number| {
                    let (under_way, met, may_go) = (seen.clone(), met.clone(), may_go.clone());
                    stage_8::elsewhere(move || {
                        under_way.fetch_add(1, SeqCst);
                        // The first four hold up every thread there is.
                        if number < 4 {
                            met.wait();
                            may_go.wait();
                        }
                    })
                })
                .collect();
            met.wait();
            assert_eq!(seen.load(SeqCst), 4, "six wait");
            stage_6::sleep(Duration::from_millis(1)).await;
            assert_eq!(seen.load(SeqCst), 4, "and the timer did not");
            may_go.wait();
            for job in jobs {
                job.await.unwrap();
            }
        });
        assert_eq!(under_way.load(SeqCst), 10);
    });
}

/// Counts its drops, each of which panics.
struct Trips(Rc<Cell<u32>>);

impl Drop for Trips {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
        panic!("as the test wants it");
    }
}

#[test]
fn stage_9_a_panic_in_a_drop_at_the_end_keeps_no_other_from_it() {
    alone(|| {
        let dropped = Rc::new(Cell::new(0));
        let counted = dropped.clone();
        stage_9::block_on(async move {
            for _ in 0..3 {
                let trips = Trips(counted.clone());
                stage_9::spawn(async move {
                    let _trips = trips;
                    poll_fn(|_| Poll::<()>::Pending).await;
                });
            }
        });
        assert_eq!(dropped.get(), 3);
    });
}

#[test]
fn stage_9_a_block_on_on_a_second_thread_is_refused_by_a_message() {
    alone(|| {
        let refused = stage_9::block_on(async {
            let second = thread::spawn(|| stage_9::block_on(async {}));
            let panicked = second.join().unwrap_err();
            panicked.downcast_ref::<&str>().map(|it| it.to_string())
        });
        let says = "one `block_on` at a time in the process";
        assert_eq!(refused.as_deref(), Some(says));
    });
}
