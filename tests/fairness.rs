//! Nobody waits for longer than promised: looks come round after N polls, the
//! queue is first in, first out, and who is always ready yields.

#[path = "support/paused.rs"]
mod paused;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use buzzer::io::AsyncFd;
use buzzer::runtime::{Builder, Runtime};
use buzzer::spawn;
use buzzer::sync::Barrier;
use buzzer::task::{spawn_blocking, yield_now};
use buzzer::time::{Duration, Instant, Sleep, sleep, sleep_until};
use futures::FutureExt;
use paused::paused;

fn looks_every(polls: u32) -> Runtime {
    Builder::new_current_thread()
        .event_interval(polls)
        .build()
        .unwrap()
}

/// How many polls of hogs are made between `cause` and the poll of the task that
/// awaits its effect, while `hogs` keep the run queue from ever being empty.
///
/// `prepare` gives the cause, and the future that it makes ready. `hogs` spawns
/// tasks that count their polls.
fn polls_until_seen<C, E>(
    event_interval: u32,
    prepare: impl FnOnce() -> (C, E) + 'static,
    hogs: impl FnOnce(Rc<Cell<u32>>),
) -> u32
where
    C: FnOnce(),
    E: Future + 'static,
{
    let runtime = looks_every(event_interval);
    runtime.block_on(async {
        let (cause, effect) = prepare();
        let polls = Rc::new(Cell::new(0));
        let counted = polls.clone();
        let waits = spawn(effect.map(move |_| counted.get()));
        hogs(polls.clone());
        // All are polled once, and all that can be looked at has been.
        for _ in 0..2 * event_interval {
            yield_now().await;
        }
        assert!(!waits.is_finished());
        cause();
        let before = polls.get();
        waits.await.unwrap() - before
    })
}

/// A task that wakes itself in each poll.
fn self_waking(polls: Rc<Cell<u32>>) {
    spawn(poll_fn::<(), _>(move |cx| {
        polls.set(polls.get() + 1);
        cx.waker().wake_by_ref();
        Poll::Pending
    }));
}

/// A task that yields for ever.
fn yielding(polls: Rc<Cell<u32>>) {
    spawn(async move {
        loop {
            polls.set(polls.get() + 1);
            yield_now().await;
        }
    });
}

/// Two tasks, each of which wakes the other in each poll.
fn ping_pong(polls: Rc<Cell<u32>>) {
    let wakers = Rc::new(RefCell::new([const { None::<Waker> }; 2]));
    for me in 0..2 {
        let (polls, wakers) = (polls.clone(), wakers.clone());
        spawn(poll_fn::<(), _>(move |cx| {
            polls.set(polls.get() + 1);
            wakers.borrow_mut()[me] = Some(cx.waker().clone());
            let other = wakers.borrow_mut()[1 - me].take();
            if let Some(other) = other {
                other.wake();
            }
            Poll::Pending
        }));
    }
}

/// A task that always has something ready, and so spends its budget each time.
fn always_ready(polls: Rc<Cell<u32>>) {
    let elapsed = Instant::now();
    let mut busy = Box::pin(async move {
        loop {
            sleep_until(elapsed).await;
        }
    });
    spawn(poll_fn(move |cx| {
        polls.set(polls.get() + 1);
        let never: Poll<()> = busy.as_mut().poll(cx);
        never
    }));
}

/// One task of many children that yield for ever.
fn gathered(polls: Rc<Cell<u32>>) {
    let mut children = Box::pin(buzzer::gather((0..10).map(|_| async {
        loop {
            yield_now().await;
        }
    })));
    spawn(poll_fn(move |cx| {
        polls.set(polls.get() + 1);
        let never: Poll<Vec<()>> = children.as_mut().poll(cx);
        never.map(drop)
    }));
}

/// Each kind, and how many tasks it is.
type Hogs = (fn(Rc<Cell<u32>>), u32);
const HOGS: [Hogs; 5] = [
    (self_waking, 1),
    (yielding, 1),
    (ping_pong, 2),
    (always_ready, 1),
    (gathered, 1),
];

/// A deadline that is armed and passes.
fn a_timer() -> (impl FnOnce(), impl Future) {
    let timer = Rc::new(RefCell::new((None::<Waker>, None::<Sleep>)));
    let armed = timer.clone();
    let cause = move || {
        let mut timer = armed.borrow_mut();
        let deadline = Instant::now() + Duration::from_micros(1);
        let waker = timer.0.take().unwrap();
        let sleep = timer.1.insert(sleep_until(deadline));
        let polled = Pin::new(sleep).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
        while Instant::now() < deadline {}
    };
    let effect = poll_fn(move |cx| {
        let mut timer = timer.borrow_mut();
        timer.0 = Some(cx.waker().clone());
        match &mut timer.1 {
            Some(sleep) => Pin::new(sleep).poll(cx),
            None => Poll::Pending,
        }
    });
    (cause, effect)
}

/// A wake by another thread.
fn a_remote_wake() -> (impl FnOnce(), impl Future) {
    let (send, receive) = async_channel::bounded(1);
    let cause = move || {
        let elsewhere = std::thread::spawn(move || send.send_blocking(()).unwrap());
        elsewhere.join().unwrap();
    };
    (cause, async move { receive.recv().await })
}

/// Data on a socket.
fn a_readable_socket() -> (impl FnOnce(), impl Future) {
    let (here, mut there) = UnixStream::pair().unwrap();
    here.set_nonblocking(true).unwrap();
    let cause = move || there.write_all(b"!").unwrap();
    let here = AsyncFd::new(here).unwrap();
    (cause, async move { here.readable().await.map(drop) })
}

/// The promise: after the cause the turn makes at most N - 1 polls more, then it
/// looks, and the task that waits is queued behind the hogs.
fn keeps_the_promise<C, E>(prepare: fn() -> (C, E))
where
    C: FnOnce() + 'static,
    E: Future + 'static,
{
    for (number, (hog, tasks)) in HOGS.into_iter().enumerate() {
        for n in [1, 2, 7, 128] {
            let polls = polls_until_seen(n, prepare, hog);
            let most = n - 1 + tasks;
            assert!(polls <= most, "hog {number}, interval {n}: {polls} polls");
        }
    }
}

#[test]
fn a_timer_is_seen_after_at_most_n_polls_whatever_else_runs() {
    keeps_the_promise(a_timer);
}

#[test]
fn a_wake_by_another_thread_is_seen_after_at_most_n_polls_whatever_else_runs() {
    keeps_the_promise(a_remote_wake);
}

#[test]
fn readiness_is_seen_after_at_most_n_polls_whatever_else_runs() {
    keeps_the_promise(a_readable_socket);
}

#[test]
fn with_an_interval_of_one_a_hog_is_polled_once_before_who_waits() {
    // Exact, where the position within the turn can't matter.
    assert_eq!(polls_until_seen(1, a_remote_wake, self_waking), 1);
    assert_eq!(polls_until_seen(1, a_readable_socket, self_waking), 1);
    assert_eq!(polls_until_seen(1, a_timer, self_waking), 1);
}

#[test]
fn tasks_that_wake_themselves_are_polled_in_turn() {
    let order = Rc::new(RefCell::new(Vec::new()));
    buzzer::block_on(async {
        for name in ['a', 'b', 'c'] {
            let order = order.clone();
            spawn(async move {
                loop {
                    order.borrow_mut().push(name);
                    yield_now().await;
                }
            });
        }
        for _ in 0..100 {
            yield_now().await;
        }
    });
    let order = order.take();
    assert_eq!(order.len(), 300);
    assert!(order.chunks(3).all(|round| round == ['a', 'b', 'c']));
}

/// How many of its futures a task awaits in its first poll, when all are ready.
/// Another task is queued behind it.
async fn awaited_at_once<F: Future + 'static>(
    mut ready: impl FnMut(usize) -> F + 'static,
) -> usize {
    let count = Rc::new(Cell::new(0));
    let counted = count.clone();
    let busy = spawn(async move {
        for n in 0..1_000 {
            ready(n).await;
            counted.set(counted.get() + 1);
        }
    });
    let other = spawn(async move { count.get() });
    let at_once = other.await.unwrap();
    busy.await.unwrap();
    at_once
}

#[test]
fn a_task_whose_leaf_futures_are_always_ready_yields_after_128() {
    paused().block_on(async {
        assert_eq!(
            awaited_at_once(|_| sleep(Duration::ZERO)).await,
            128,
            "sleeps"
        );

        let mut tasks: Vec<_> = (0..1_000).map(|_| spawn(async {})).collect();
        yield_now().await;
        let handles = move |n| std::mem::replace(&mut tasks[n], spawn(async {}));
        assert_eq!(awaited_at_once(handles).await, 128, "handles of tasks");

        let mut jobs: Vec<_> = (0..1_000).map(|_| spawn_blocking(|| {})).collect();
        // The clock moves only when all jobs have ended.
        sleep(Duration::from_nanos(1)).await;
        let handles = move |_| jobs.pop().unwrap();
        assert_eq!(awaited_at_once(handles).await, 128, "handles of jobs");

        let (here, _there) = UnixStream::pair().unwrap();
        here.set_nonblocking(true).unwrap();
        let here = Rc::new(AsyncFd::new(here).unwrap());
        drop(here.writable().await);
        let writable = move |_| {
            let here = here.clone();
            async move { here.writable().await.map(drop) }
        };
        assert_eq!(awaited_at_once(writable).await, 128, "readiness");

        // A gather takes a unit for each poll of a child, and this child one more.
        let gathered = |_| buzzer::gather([sleep(Duration::ZERO)]);
        assert_eq!(awaited_at_once(gathered).await, 64, "gathers");

        let in_time = |_| buzzer::time::timeout(Duration::ZERO, sleep(Duration::ZERO));
        assert_eq!(awaited_at_once(in_time).await, 128, "timeouts");

        // One alone is the last to come each time, and has nothing to wait for.
        let alone = Rc::new(Barrier::new(1));
        let waits = move |_| {
            let alone = alone.clone();
            async move { alone.wait().await }
        };
        assert_eq!(awaited_at_once(waits).await, 128, "barriers for one");
    });
}

#[test]
fn the_future_of_block_on_has_a_budget_too() {
    paused().block_on(async {
        let runs = Rc::new(Cell::new(false));
        let sets = runs.clone();
        spawn(async move { sets.set(true) });
        let mut awaited = 0;
        while !runs.get() {
            sleep(Duration::ZERO).await;
            awaited += 1;
        }
        assert_eq!(awaited, 129, "the last one after the yield");
    });
}

#[test]
fn a_leaf_that_has_to_wait_costs_nothing_of_the_budget() {
    paused().block_on(async {
        let mut waiting: Vec<_> = (0..1_000).map(|_| sleep(Duration::from_secs(1))).collect();
        poll_fn(|cx| {
            for sleep in &mut waiting {
                assert!(Pin::new(sleep).poll(cx).is_pending());
            }
            for _ in 0..128 {
                assert!(Pin::new(&mut sleep(Duration::ZERO)).poll(cx).is_ready());
            }
            assert!(Pin::new(&mut sleep(Duration::ZERO)).poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
    });
}

#[test]
fn outside_the_poll_of_a_task_nothing_is_rationed() {
    let runtime = paused();
    let _entered = runtime.enter();
    for _ in 0..1_000 {
        assert!(sleep(Duration::ZERO).now_or_never().is_some());
    }
}
