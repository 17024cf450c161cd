//! A handle gives its task's end once, wherever it is, and after the task's
//! future is gone.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};

use buzzer::runtime::{Builder, Handle, Runtime};
use buzzer::task::{JoinError, JoinHandle, spawn_blocking, yield_now};
use buzzer::time::{Duration, sleep, timeout};

mod support {
    pub mod caught;
    pub mod foreign;
    pub mod on_drop;
    pub mod slots;
}
use support::caught::panic_of;
use support::foreign::Foreign;
use support::on_drop::OnDrop;
use support::slots::highest_slot;

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// A waker, and how often it was woken.
fn counting() -> (Waker, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let woken = move || {
        counted.fetch_add(1, Ordering::SeqCst);
    };
    (Foreign::waker(woken, || {}), count)
}

/// As programs wrap them, for whatever output.
struct AbortedOnDrop<T>(JoinHandle<T>);

impl<T> Future for AbortedOnDrop<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl<T> Drop for AbortedOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[test]
fn a_handle_may_be_awaited_where_its_output_is_not_known_to_be_static() {
    buzzer::block_on(async {
        let handles = [
            buzzer::spawn(async { 1 }),
            Handle::current().spawn(async { 2 }),
            spawn_blocking(|| 3),
        ];
        let mut sum = 0;
        for handle in handles {
            sum += AbortedOnDrop(handle).await.unwrap();
        }
        assert_eq!(sum, 6);
    });
}

#[test]
fn a_handle_polled_after_it_gave_its_result_panics_and_says_so() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let handles: [JoinHandle<()>; 3] = [
            buzzer::spawn(async {}),
            Handle::current().spawn(async {}),
            spawn_blocking(|| {}),
        ];
        for mut handle in handles {
            (&mut handle).await.unwrap();
            let id = handle.id();
            let message = panic_of(|| poll(&mut handle));
            assert_eq!(
                message,
                format!(
                    "the JoinHandle of task {id} was polled after it gave its result: \
                     keep the result, or use `futures::FutureExt::shared`"
                )
            );
            assert!(handle.is_finished());
        }
    });
}

#[test]
fn a_handle_is_ready_only_when_the_future_is_dropped() {
    // For each way to end, local and across threads: when the handle's waker is
    // woken, the future is gone.
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        for across in [false, true] {
            for aborted in [false, true] {
                let dropped = Arc::new(AtomicBool::new(false));
                let notes = dropped.clone();
                let future = async move {
                    let _note = OnDrop(|| notes.store(true, Ordering::SeqCst));
                    if aborted {
                        pending::<()>().await;
                    }
                    yield_now().await;
                };
                let mut handle = match across {
                    false => buzzer::spawn(future),
                    true => Handle::current().spawn(future),
                };
                yield_now().await;
                let at_wake = Arc::new(AtomicBool::new(false));
                let seen = at_wake.clone();
                let look = move || seen.store(dropped.load(Ordering::SeqCst), Ordering::SeqCst);
                let waker = Foreign::waker(look, || {});
                let polled = pin!(&mut handle).poll(&mut Context::from_waker(&waker));
                assert!(polled.is_pending());
                if aborted {
                    handle.abort();
                }
                while !handle.is_finished() {
                    yield_now().await;
                }
                let ended = handle.await;
                assert_eq!(ended.is_err_and(|e| e.is_cancelled()), aborted);
                assert!(
                    at_wake.load(Ordering::SeqCst),
                    "across threads: {across}, aborted: {aborted}"
                );
            }
        }
    });
}

#[test]
fn a_replaced_join_waker_is_not_woken_and_the_last_one_is() {
    buzzer::block_on(async {
        for across in [false, true] {
            let (ended, end) = futures::channel::oneshot::channel::<()>();
            let future = async { end.await.unwrap() };
            let mut handle = match across {
                false => buzzer::spawn(future),
                true => Handle::current().spawn(future),
            };
            let ((first, firsts), (last, lasts)) = (counting(), counting());
            for waker in [&first, &last] {
                let polled = pin!(&mut handle).poll(&mut Context::from_waker(waker));
                assert!(polled.is_pending());
            }
            ended.send(()).unwrap();
            for _ in 0..3 {
                yield_now().await;
            }
            let woken = [firsts, lasts].map(|count| count.load(Ordering::SeqCst));
            assert_eq!(woken, [0, 1], "across threads: {across}");
            handle.await.unwrap();
        }
    });
}

#[test]
fn a_handle_dropped_between_its_wake_and_the_poll_disturbs_nobody() {
    buzzer::block_on(async {
        let (ended, end) = futures::channel::oneshot::channel::<()>();
        let task = Rc::new(RefCell::new(Some(buzzer::spawn(end))));
        let polls = Rc::new(Cell::new(0));
        let waiter = buzzer::spawn({
            let (task, polls) = (task.clone(), polls.clone());
            poll_fn(move |cx| {
                polls.set(polls.get() + 1);
                match &mut *task.borrow_mut() {
                    Some(task) => pin!(task).poll(cx).map(drop),
                    None => Poll::Ready(()),
                }
            })
        });
        yield_now().await;
        ended.send(()).unwrap();
        yield_now().await;
        // The task has ended and its waiter is queued behind this one.
        let handle = task.take().expect("the waiter left it");
        assert!(handle.is_finished() && polls.get() == 1);
        drop(handle);
        waiter.await.unwrap();
        assert_eq!(polls.get(), 2);
    });
}

#[test]
fn a_handle_given_up_by_a_timeout_still_gives_its_output() {
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let second = Duration::from_secs(1);
        let mut task = buzzer::spawn(async move {
            sleep(2 * second).await;
            "late"
        });
        assert!(timeout(second, &mut task).await.is_err());
        assert_eq!(task.await.unwrap(), "late");
    });
}

#[test]
fn a_handle_is_awaited_in_another_runtime_of_the_same_thread() {
    let (first, second) = (Runtime::new().unwrap(), Runtime::new().unwrap());
    let (ended, end) = futures::channel::oneshot::channel::<()>();
    let task = first.spawn(end);
    let waiting = second.spawn(async { task.await.unwrap() });
    second.block_on(yield_now());
    ended.send(()).unwrap();
    first.block_on(yield_now());
    assert_eq!(second.block_on(waiting).unwrap(), Ok(()));
}

#[test]
fn a_task_leaves_no_slot_behind_however_it_and_its_handle_go() {
    buzzer::block_on(async {
        for round in 0..3_000 {
            let task = buzzer::spawn(yield_now());
            match round % 6 {
                0 => drop(task),
                1 => task.await.unwrap(),
                2 => {
                    // Ended before its handle goes.
                    yield_now().await;
                    yield_now().await;
                    assert!(task.is_finished());
                }
                3 => task.abort(),
                4 => {
                    task.abort();
                    assert!(task.await.is_err());
                }
                _ => thread::spawn(move || drop(task)).join().unwrap(),
            }
            if round % 100 == 0 {
                // What other threads sent is taken in when the queue is empty.
                sleep(Duration::from_nanos(1)).await;
            }
        }
        sleep(Duration::from_nanos(1)).await;
        assert!(highest_slot().await < 200, "{}", highest_slot().await);
    });
}

#[test]
fn a_handle_that_crosses_threads_is_awaited_on_another_executor() {
    let runtime = Runtime::new().unwrap();
    let handle = runtime.handle().clone();
    let other = thread::spawn(move || {
        let home = handle.spawn(async { thread::current().id() });
        let blocking = handle.spawn_blocking(|| thread::current().id());
        futures::executor::block_on(async { (home.await.unwrap(), blocking.await.unwrap()) })
    });
    let mut other = Some(other);
    let (home, blocking) = runtime.block_on(async {
        // Goes round until the other thread has what it waits for.
        while !other.as_ref().is_some_and(thread::JoinHandle::is_finished) {
            yield_now().await;
        }
        other.take().expect("taken once").join().unwrap()
    });
    assert_eq!(home, thread::current().id());
    assert_ne!(blocking, home);
}

#[test]
fn an_output_that_nobody_wants_is_dropped_on_the_runtimes_thread() {
    struct Output(mpsc::Sender<ThreadId>);
    impl Drop for Output {
        fn drop(&mut self) {
            self.0.send(thread::current().id()).unwrap();
        }
    }
    let runtime = Runtime::new().unwrap();
    let (sender, places) = mpsc::channel();
    let output = || Output(sender.clone());
    // Detached before its end; ended before its handle is dropped, here and on
    // another thread.
    let (detached, here, there) = (output(), output(), output());
    drop(runtime.spawn(async { detached }));
    let here = runtime.spawn(async { here });
    let there = runtime.spawn(async { there });
    runtime.block_on(yield_now());
    drop(here);
    thread::spawn(move || drop(there)).join().unwrap();
    runtime.block_on(yield_now());
    assert_eq!(runtime.turn(Some(Duration::ZERO)).unwrap().polls(), 0);
    let places: Vec<_> = places.try_iter().collect();
    assert_eq!(places, [thread::current().id(); 3]);
}

#[test]
fn a_handle_tells_whether_its_task_has_ended() {
    buzzer::block_on(async {
        let (ended, end) = futures::channel::oneshot::channel::<()>();
        let task = buzzer::spawn(end);
        let abort = task.abort_handle();
        assert_eq!(abort.id(), task.id());
        yield_now().await;
        assert!(!task.is_finished() && !abort.is_finished());
        ended.send(()).unwrap();
        yield_now().await;
        assert!(task.is_finished() && abort.is_finished());
        task.await.unwrap().unwrap();
        assert!(abort.is_finished());
    });
}

#[test]
fn two_tasks_that_await_each_other_are_dropped_with_the_runtime() {
    let runtime = Runtime::new().unwrap();
    let drops = Rc::new(Cell::new(0));
    let task = || {
        let drops = drops.clone();
        let (sender, receiver) = futures::channel::oneshot::channel::<JoinHandle<()>>();
        let task = runtime.spawn(async move {
            let _counts = OnDrop(|| drops.set(drops.get() + 1));
            receiver.await.unwrap().await.unwrap();
        });
        (sender, task)
    };
    let ((to_first, first), (to_second, second)) = (task(), task());
    to_first.send(second).map_err(drop).unwrap();
    to_second.send(first).map_err(drop).unwrap();
    runtime.block_on(yield_now());
    assert_eq!(runtime.metrics().num_alive_tasks(), 2);
    drop(runtime);
    assert_eq!(drops.get(), 2);
}

#[test]
fn a_task_that_holds_its_own_handle_ends_and_is_freed() {
    let runtime = Runtime::new().unwrap();
    let (sender, receiver) = futures::channel::oneshot::channel::<JoinHandle<Rc<()>>>();
    let output = Rc::new(());
    let task = runtime.spawn({
        let output = output.clone();
        async move {
            let mut own = receiver.await.unwrap();
            // Polling it is allowed; awaiting it would never end.
            poll_fn(|cx| {
                assert!(pin!(&mut own).poll(cx).is_pending());
                Poll::Ready(())
            })
            .await;
            assert!(!own.is_finished());
            output
        }
    });
    sender.send(task).map_err(drop).unwrap();
    runtime.block_on(yield_now());
    assert_eq!(runtime.metrics().num_alive_tasks(), 0);
    assert_eq!(Rc::strong_count(&output), 1, "its output is dropped");
}

#[test]
fn a_task_that_awaits_its_own_handle_can_be_aborted() {
    let runtime = Runtime::new().unwrap();
    let (sender, receiver) = futures::channel::oneshot::channel::<JoinHandle<()>>();
    let dropped = Rc::new(Cell::new(false));
    let noted = dropped.clone();
    let task = runtime.spawn(async move {
        let _note = OnDrop(|| noted.set(true));
        receiver.await.unwrap().await.unwrap();
    });
    let abort = task.abort_handle();
    sender.send(task).map_err(drop).unwrap();
    runtime.block_on(yield_now());
    assert!(!abort.is_finished());
    runtime.block_on(async {
        abort.abort();
        yield_now().await;
    });
    assert!(dropped.get() && abort.is_finished());
}
