//! A waker may be kept for as long as one likes, and used anywhere: when what it
//! named is gone, it reaches nobody.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;

use buzzer::runtime::Runtime;
use buzzer::task::yield_now;
use buzzer::time::{Duration, sleep};

mod support {
    pub mod on_drop;
    pub mod polled;
}
use support::on_drop::OnDrop;
use support::polled::{Polled, own_waker};

/// The slot that a waker's number names: its low 26 bits.
fn slot_of(waker: &Waker) -> usize {
    waker.data().addr() & ((1 << 26) - 1)
}

#[test]
fn a_wake_after_the_end_reaches_nobody_not_even_the_slots_next_task() {
    buzzer::block_on(async {
        let old = buzzer::spawn(own_waker()).await.unwrap();
        old.wake_by_ref();
        yield_now().await;
        let next = Polled::spawn();
        yield_now().await;
        assert_eq!(slot_of(&next.waker()), slot_of(&old), "the slot is reused");
        old.wake_by_ref();
        thread::scope(|threads| {
            threads.spawn(|| old.wake_by_ref());
        });
        yield_now().await;
        yield_now().await;
        assert_eq!(next.polls(), 1);
    });
}

#[test]
fn a_wake_for_an_earlier_block_on_does_not_reach_the_next_one() {
    let runtime = Runtime::new().unwrap();
    let earlier = runtime.block_on(own_waker());
    let mut polls = 0;
    runtime.block_on(async {
        let mut waiting = pin!(sleep(Duration::from_micros(100)));
        poll_fn(|cx| {
            polls += 1;
            earlier.wake_by_ref();
            waiting.as_mut().poll(cx)
        })
        .await;
    });
    assert_eq!(polls, 2);
}

#[test]
fn a_waker_outlives_its_task_its_runtime_and_its_thread() {
    let waker = thread::spawn(|| {
        let runtime = Runtime::new().unwrap();
        let waker = runtime.block_on(runtime.spawn(own_waker())).unwrap();
        waker.wake_by_ref();
        drop(runtime);
        waker.wake_by_ref();
        waker
    })
    .join()
    .unwrap();
    waker.wake_by_ref();
    let clone = waker.clone();
    assert!(clone.will_wake(&waker));
    thread::spawn(move || clone.wake()).join().unwrap();
    buzzer::block_on(async { waker.wake() });
}

/// Kept in a thread-local, it wakes when the thread's locals are destroyed.
struct WakesAtTheEnd(Option<Waker>);

impl Drop for WakesAtTheEnd {
    fn drop(&mut self) {
        self.0.take().expect("set by the test").wake();
    }
}

thread_local! {
    static AT_THE_END: RefCell<WakesAtTheEnd> = const { RefCell::new(WakesAtTheEnd(None)) };
}

#[test]
fn a_waker_is_used_by_another_threads_local_destructor() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let mut thread = None;
        poll_fn(|cx| {
            if thread.is_some() {
                return Poll::Ready(());
            }
            let waker = cx.waker().clone();
            thread = Some(thread::spawn(move || {
                AT_THE_END.with_borrow_mut(|end| end.0 = Some(waker));
            }));
            Poll::Pending
        })
        .await;
    });
}

#[test]
fn a_waker_is_used_by_its_own_threads_local_destructor_after_the_runtimes_end() {
    thread::spawn(|| {
        // First, so that it is destroyed after or before what the runtime keeps
        // in thread-locals; the next test has the other order.
        AT_THE_END.with_borrow_mut(|end| end.0 = Some(Waker::noop().clone()));
        let waker = buzzer::block_on(own_waker());
        AT_THE_END.with_borrow_mut(|end| end.0 = Some(waker));
    })
    .join()
    .unwrap();
}

#[test]
fn a_waker_of_a_live_runtime_is_used_by_its_own_threads_local_destructor() {
    thread_local! {
        static RUNTIME: RefCell<Option<Runtime>> = const { RefCell::new(None) };
    }
    // Which of a thread's locals are destroyed first is not said: it goes by who was
    // touched first, so that one of these two finds the runtime alive.
    for runtime_first in [true, false] {
        thread::spawn(move || {
            if runtime_first {
                RUNTIME.with_borrow(|runtime| assert!(runtime.is_none()));
            }
            let runtime = Runtime::new().unwrap();
            let waker = runtime.block_on(own_waker());
            AT_THE_END.with_borrow_mut(|end| end.0 = Some(waker));
            RUNTIME.set(Some(runtime));
        })
        .join()
        .unwrap();
    }
}

#[test]
fn tasks_are_woken_while_the_runtime_is_being_dropped() {
    let runtime = Runtime::new().unwrap();
    let wakers: Rc<RefCell<Vec<Waker>>> = Rc::default();
    let drops = Rc::new(Cell::new(0));
    for _ in 0..3 {
        let (wakers, drops) = (wakers.clone(), drops.clone());
        runtime.spawn(async move {
            let waker = own_waker().await;
            wakers.borrow_mut().push(waker);
            let _wakes_all = OnDrop(|| {
                drops.set(drops.get() + 1);
                // Those dropped already, this one, and those still to come;
                // from here and from another thread.
                for waker in &*wakers.borrow() {
                    waker.wake_by_ref();
                }
                let elsewhere = wakers.borrow().clone();
                thread::spawn(move || elsewhere.into_iter().for_each(Waker::wake))
                    .join()
                    .unwrap();
            });
            pending::<()>().await;
        });
    }
    runtime.block_on(yield_now());
    drop(runtime);
    assert_eq!(drops.get(), 3);
    wakers.take().into_iter().for_each(Waker::wake);
}

#[test]
fn threads_that_wake_while_the_runtime_is_being_dropped_find_it_or_not() {
    for _ in 0..100 {
        let runtime = Runtime::new().unwrap();
        let waker = runtime.block_on(own_waker());
        let stop = Arc::new(AtomicBool::new(false));
        let (started, begun) = mpsc::channel();
        let waking = thread::spawn({
            let stop = stop.clone();
            move || {
                waker.wake_by_ref();
                started.send(()).unwrap();
                while !stop.load(Ordering::Relaxed) {
                    waker.wake_by_ref();
                }
            }
        });
        begun.recv().unwrap();
        drop(runtime);
        stop.store(true, Ordering::Relaxed);
        waking.join().unwrap();
    }
}
