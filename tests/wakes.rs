//! A wake is never lost, never doubled, and never harms.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::thread;

use buzzer::runtime::{Builder, Runtime};
use buzzer::task::yield_now;
use buzzer::time::{Duration, sleep};

mod support {
    pub mod log;
    pub mod on_drop;
}
use support::log::Log;
use support::on_drop::OnDrop;

/// The waker of the task that awaits this.
async fn own_waker() -> Waker {
    poll_fn(|cx| Poll::Ready(cx.waker().clone())).await
}

/// A task that only waits: its waker after each poll, and how many there were.
#[derive(Clone, Default)]
struct Polled {
    waker: Rc<RefCell<Option<Waker>>>,
    polls: Rc<Cell<u32>>,
}

impl Polled {
    fn spawn() -> Self {
        let polled = Self::default();
        let inner = polled.clone();
        buzzer::spawn(poll_fn(move |cx| {
            inner.polls.set(inner.polls.get() + 1);
            inner.waker.replace(Some(cx.waker().clone()));
            Poll::<()>::Pending
        }));
        polled
    }

    fn waker(&self) -> Waker {
        self.waker.borrow().clone().expect("it was polled")
    }

    fn polls(&self) -> u32 {
        self.polls.get()
    }
}

/// The slot that a waker's number names: its low 26 bits.
fn slot_of(waker: &Waker) -> usize {
    waker.data().addr() & ((1 << 26) - 1)
}

#[test]
fn each_wake_that_follows_a_poll_makes_one_more_poll() {
    buzzer::block_on(async {
        let task = Polled::spawn();
        yield_now().await;
        for polls in 1..=1_000 {
            assert_eq!(task.polls(), polls);
            task.waker().wake();
            yield_now().await;
        }
    });
}

#[test]
fn many_wakes_before_a_poll_make_one_poll() {
    buzzer::block_on(async {
        let task = Polled::spawn();
        yield_now().await;
        let waker = task.waker();
        waker.wake_by_ref();
        waker.wake_by_ref();
        waker.wake();
        for _ in 0..3 {
            yield_now().await;
        }
        assert_eq!(task.polls(), 2);
    });
}

#[test]
fn many_wakes_from_another_thread_before_a_poll_make_one_poll() {
    buzzer::block_on(async {
        let task = Polled::spawn();
        yield_now().await;
        let waker = task.waker();
        thread::spawn(move || (0..3).for_each(|_| waker.wake_by_ref()))
            .join()
            .unwrap();
        // Ends when the loop has been through all its phases.
        sleep(Duration::from_nanos(1)).await;
        yield_now().await;
        assert_eq!(task.polls(), 2);
    });
}

#[test]
fn a_wake_during_the_poll_queues_the_task_behind_the_others() {
    let log = Log::default();
    buzzer::block_on(async {
        let tasks = ["a", "b"].map(|name| {
            let log = log.clone();
            buzzer::spawn(async move {
                for round in 1..=3 {
                    log.note(format!("{name}{round}"));
                    let mut woken = false;
                    poll_fn(|cx| {
                        if std::mem::replace(&mut woken, true) {
                            return Poll::Ready(());
                        }
                        // Twice: the task must be queued once.
                        cx.waker().wake_by_ref();
                        let by_value = cx.waker().clone();
                        by_value.wake();
                        Poll::Pending
                    })
                    .await;
                }
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(log.take(), ["a1", "b1", "a2", "b2", "a3", "b3"]);
}

#[test]
fn a_task_that_wakes_itself_and_is_ready_is_not_polled_again() {
    let runtime = Runtime::new().unwrap();
    let task = runtime.spawn(poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::Ready("once")
    }));
    let before = runtime.metrics().polls();
    assert_eq!(runtime.block_on(task).unwrap(), "once");
    // The task's, then the main future's.
    assert_eq!(runtime.metrics().polls() - before, 2);
    assert_eq!(runtime.turn(Some(Duration::ZERO)).unwrap().polls(), 0);
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
    thread::spawn(|| {
        let runtime = Runtime::new().unwrap();
        let waker = runtime.block_on(own_waker());
        AT_THE_END.with_borrow_mut(|end| end.0 = Some(waker));
        RUNTIME.set(Some(runtime));
    })
    .join()
    .unwrap();
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

/// Hands its waker to `sender` with each pending poll, until the count that the
/// other side keeps has reached `round`.
fn until(
    reached: Arc<AtomicUsize>,
    round: usize,
    sender: mpsc::Sender<Waker>,
) -> impl Future<Output = ()> {
    let mut sent = false;
    poll_fn(move |cx| {
        // Relaxed: what orders it behind the wake is the wake alone.
        if reached.load(Ordering::Relaxed) >= round {
            return Poll::Ready(());
        }
        if !std::mem::replace(&mut sent, true) {
            sender.send(cx.waker().clone()).unwrap();
        }
        Poll::Pending
    })
}

#[test]
fn a_wake_from_another_thread_is_seen_wherever_it_meets_the_park() {
    const ROUNDS: usize = 5_000;
    let reached = Arc::new(AtomicUsize::new(0));
    let (sender, receiver) = mpsc::channel::<Waker>();
    let waking = thread::spawn({
        let reached = reached.clone();
        move || {
            for (round, waker) in receiver.into_iter().enumerate() {
                // A wait that differs from round to round walks the wake across
                // the loop's way from the poll into the sleep.
                (0..round * 37 % 2_000).for_each(|_| std::hint::spin_loop());
                reached.store(round + 1, Ordering::Relaxed);
                waker.wake();
            }
        }
    });
    // A lost wake would be a hang here.
    buzzer::block_on(async {
        for round in 1..=ROUNDS {
            match round % 2 {
                0 => until(reached.clone(), round, sender.clone()).await,
                _ => buzzer::spawn(until(reached.clone(), round, sender.clone()))
                    .await
                    .unwrap(),
            }
        }
    });
    drop(sender);
    waking.join().unwrap();
}

#[test]
fn what_was_written_before_a_wake_of_a_task_woken_already_is_seen_by_its_poll() {
    const LAST: usize = 100_000;
    let written = Arc::new(AtomicUsize::new(0));
    buzzer::block_on(async {
        let waker = own_waker().await;
        let writing = thread::spawn({
            let written = written.clone();
            move || {
                // Nearly all of these find the task woken already.
                for value in 1..=LAST {
                    written.store(value, Ordering::Relaxed);
                    waker.wake_by_ref();
                }
            }
        });
        // The last value is seen although nothing but its wake announces it.
        poll_fn(|_| match written.load(Ordering::Relaxed) {
            LAST => Poll::Ready(()),
            _ => Poll::Pending,
        })
        .await;
        writing.join().unwrap();
    });
}

#[test]
fn user_code_that_parks_the_thread_takes_no_wake_from_the_loop() {
    buzzer::block_on(async {
        for _ in 0..100 {
            let (sender, receiver) = futures::channel::oneshot::channel();
            let here = thread::current();
            let other = thread::spawn(move || {
                sender.send(()).unwrap();
                here.unpark();
            });
            // Takes the thread's one park token, after the wake was sent.
            thread::park();
            futures::executor::block_on(async {});
            receiver.await.unwrap();
            other.join().unwrap();
        }
    });
}

#[test]
fn the_main_future_is_polled_when_another_thread_wakes_it_after_pending() {
    let (sender, receiver) = futures::channel::oneshot::channel();
    let (parking, about_to_park) = mpsc::channel();
    let other = thread::spawn(move || {
        about_to_park.recv().unwrap();
        sender.send("woken").unwrap();
    });
    let mut receiver = pin!(receiver);
    let answer = buzzer::block_on(poll_fn(|cx| {
        let polled = receiver.as_mut().poll(cx);
        if polled.is_pending() {
            parking.send(()).unwrap();
        }
        polled
    }));
    assert_eq!(answer, Ok("woken"));
    other.join().unwrap();
}

#[test]
fn a_flood_of_wakes_from_threads_starves_neither_tasks_nor_timers() {
    let stop = Arc::new(AtomicBool::new(false));
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let waker = own_waker().await;
        let flood: Vec<_> = (0..2)
            .map(|_| {
                let (waker, stop) = (waker.clone(), stop.clone());
                thread::spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        waker.wake_by_ref();
                    }
                })
            })
            .collect();
        let timer = buzzer::spawn(async {
            for _ in 0..10 {
                sleep(Duration::from_micros(50)).await;
            }
        });
        let yielding = buzzer::spawn(async {
            for _ in 0..1_000 {
                yield_now().await;
            }
        });
        timer.await.unwrap();
        yielding.await.unwrap();
        stop.store(true, Ordering::Relaxed);
        for thread in flood {
            thread.join().unwrap();
        }
    });
}

#[test]
fn a_task_of_one_runtime_is_woken_from_within_another_on_the_same_thread() {
    let (first, second) = (Runtime::new().unwrap(), Runtime::new().unwrap());
    let (sender, receiver) = futures::channel::oneshot::channel();
    let waiting = first.spawn(receiver);
    first.block_on(yield_now());
    second.block_on(async { sender.send("across").unwrap() });
    assert_eq!(first.block_on(waiting).unwrap(), Ok("across"));
}

#[test]
fn a_future_that_moves_to_another_task_is_woken_there() {
    buzzer::block_on(async {
        let (sender, mut receiver) = futures::channel::oneshot::channel::<()>();
        let first = poll_fn(|cx: &mut Context<'_>| {
            assert!(Pin::new(&mut receiver).poll(cx).is_pending());
            Poll::Ready(())
        });
        first.await;
        let moved = buzzer::spawn(receiver);
        yield_now().await;
        sender.send(()).unwrap();
        moved.await.unwrap().unwrap();
    });
}
