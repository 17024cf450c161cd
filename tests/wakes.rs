//! A wake is never lost and never doubled.

use std::future::poll_fn;
use std::pin::{Pin, pin};
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
    pub mod polled;
}
use support::log::Log;
use support::polled::{Polled, own_waker};

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
    // With nothing to be told of but wakes the loop sleeps in one way, with a deadline in
    // another.
    for has_deadline in [false, true] {
        wake_across_the_way_into_the_sleep(has_deadline);
    }
}

/// A lost wake is a hang here.
fn wake_across_the_way_into_the_sleep(has_deadline: bool) {
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
    buzzer::block_on(async {
        let never = Duration::from_secs(1_000_000);
        let _sleeps = has_deadline.then(|| buzzer::spawn(sleep(never)));
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
