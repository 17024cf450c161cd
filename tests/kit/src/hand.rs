//! What scenarios are made of: a log, futures that are led by hand, wakers that count.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use crate::Executor;
use crate::child::awaiting;
use crate::look;
use crate::scenario::{Finding, Outcome, expect};

/// Runs the future by `block_on`; what it found is what the scenario has found.
pub(crate) fn within(
    executor: &Executor,
    future: impl Future<Output = Outcome> + 'static,
) -> Outcome {
    let found = Rc::new(Cell::new(None));
    let keep = found.clone();
    executor.run(async move { keep.set(Some(future.await)) });
    found.take().unwrap_or_else(|| {
        Err(Finding {
            expected: "block_on to return when its future has ended".to_owned(),
            happened: "it returned before".to_owned(),
        })
    })
}

/// What happened, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Rc<RefCell<Vec<&'static str>>>);

impl Log {
    pub(crate) fn add(&self, what: &'static str) {
        self.0.borrow_mut().push(what);
    }

    pub(crate) fn get(&self) -> Vec<&'static str> {
        self.0.borrow().clone()
    }
}

/// A number that several count up.
#[derive(Clone, Default)]
pub(crate) struct Count(Rc<Cell<u32>>);

impl Count {
    pub(crate) fn add(&self) {
        self.0.set(self.0.get() + 1);
    }

    pub(crate) fn get(&self) -> u32 {
        self.0.get()
    }

    pub(crate) fn set(&self, number: u32) {
        self.0.set(number);
    }

    /// Whether somebody else has it, too.
    pub(crate) fn is_shared(&self) -> bool {
        Rc::strong_count(&self.0) > 1
    }
}

/// A door that somebody opens. Who waits at it leaves the waker of the latest poll.
#[derive(Clone, Default)]
pub(crate) struct Door(Rc<RefCell<(bool, Option<Waker>)>>);

impl Door {
    pub(crate) fn open(&self) {
        let mut door = self.0.borrow_mut();
        door.0 = true;
        let waker = door.1.take();
        drop(door);
        waker.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn opened(&self) -> impl Future<Output = ()> + use<> {
        let door = self.clone();
        poll_fn(move |cx| {
            let mut door = door.0.borrow_mut();
            if door.0 {
                return Poll::Ready(());
            }
            door.1 = Some(cx.waker().clone());
            Poll::Pending
        })
    }
}

/// Pending so many times, each time after it has woken itself.
pub(crate) fn yields(times: u32) -> impl Future<Output = ()> {
    let mut left = times;
    poll_fn(move |cx| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        wake(cx.waker());
        Poll::Pending
    })
}

/// As many turns for everybody else, by a task: some executors let block_on's own future
/// have all turns that it asks for, and one scenario is about that.
pub(crate) async fn turns(executor: &Executor, times: u32) {
    executor.task(yields(times)).await;
}

/// Pending once; `leave` gets the waker.
pub(crate) fn pending_once(
    leave: impl FnOnce(&Waker) + 'static,
) -> impl Future<Output = ()> + 'static {
    let mut leave = Some(leave);
    poll_fn(move |cx| match leave.take() {
        None => Poll::Ready(()),
        Some(leave) => {
            leave(cx.waker());
            Poll::Pending
        }
    })
}

/// Polls once, with this waker.
pub(crate) fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

/// The waker of who polls this.
pub(crate) async fn own_waker() -> Waker {
    poll_fn(|cx| Poll::Ready(cx.waker().clone())).await
}

/// Calls a function when it is dropped.
pub(crate) struct OnDrop<F: FnMut()>(pub(crate) F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

thread_local! {
    /// What [`at_wake`] and [`at_drop`] are to do, once. It stands here, since it need not be
    /// `Send`, as what a waker holds must be.
    static COMES_BACK: Cell<Option<Box<dyn FnOnce()>>> = const { Cell::new(None) };
}

fn come_back() {
    let what = COMES_BACK.try_with(Cell::take);
    what.ok().flatten().into_iter().for_each(|what| what());
}

/// A waker that calls `what` when it is woken. One at a time.
pub(crate) fn at_wake(what: impl FnOnce() + 'static) -> Waker {
    struct AtWake;
    impl Wake for AtWake {
        fn wake(self: Arc<Self>) {
            come_back();
        }
    }
    COMES_BACK.set(Some(Box::new(what)));
    Waker::from(Arc::new(AtWake))
}

/// A waker that calls `what` when its last clone is dropped. One at a time.
pub(crate) fn at_drop(what: impl FnOnce() + 'static) -> Waker {
    struct AtDrop;
    impl Wake for AtDrop {
        fn wake(self: Arc<Self>) {}
    }
    impl Drop for AtDrop {
        fn drop(&mut self) {
            come_back();
        }
    }
    COMES_BACK.set(Some(Box::new(what)));
    Waker::from(Arc::new(AtDrop))
}

/// By a clone that is used up: so scenarios wake, but the one for `wake_by_ref`.
pub(crate) fn wake(waker: &Waker) {
    let waker = waker.clone();
    waker.wake();
}

/// Until all other threads sleep, where that can be seen; and for 50 ms elsewhere.
pub(crate) fn until_others_sleep() {
    let mut last = None;
    // Some executor's threads may never rest.
    for _ in 0..100 {
        let Some(look) = look::at_others() else {
            thread::sleep(Duration::from_millis(50));
            return;
        };
        // One that is between two steps may seem to sleep.
        if look.all_sleep && last.as_ref() == Some(&look) {
            return;
        }
        last = Some(look);
        thread::sleep(Duration::from_millis(2));
    }
}

/// More than the few microseconds of a thread that falls asleep and is woken.
const BUSY: Duration = Duration::from_millis(30);
/// Falling asleep once is one.
const RUNS: u64 = 10;

/// Whether the other threads sleep for 300 ms. These are thirty short ones, so that on a
/// busy machine, where a turn is rare, the others have as many turns as this thread.
pub(crate) fn busy_while_idle() -> Outcome {
    until_others_sleep();
    let before = look::at_others();
    for _ in 0..30 {
        thread::sleep(Duration::from_millis(10));
    }
    let after = look::at_others();
    let (Some(before), Some(after)) = (before, after) else {
        return Ok(()); // Nothing to be seen here; polls are counted still.
    };
    let cpu = after.cpu.saturating_sub(before.cpu);
    let runs = after.runs.saturating_sub(before.runs);
    expect(
        cpu < BUSY && runs < RUNS,
        "a thread that sleeps until it is woken",
        format_args!(
            "in 300 ms it ran {runs} times, for {} ms in all",
            cpu.as_millis()
        ),
    )
}

/// Nothing to do for 300 ms, but what `beside` waits for, which doesn't come.
pub(crate) async fn idle_beside(mut beside: impl FnMut(&mut Context<'_>)) -> Outcome {
    let mut polls = 0;
    let found: Arc<OnceLock<Outcome>> = Arc::default();
    awaiting("a poll after 300 ms in which nothing was to do");
    poll_fn(|cx| {
        polls += 1;
        beside(cx);
        if polls == 1 {
            let (waker, found) = (cx.waker().clone(), Arc::clone(&found));
            thread::spawn(move || {
                let _ = found.set(busy_while_idle());
                waker.wake();
            });
        }
        match found.get() {
            Some(outcome) => Poll::Ready(outcome.clone()),
            None => Poll::Pending,
        }
    })
    .await?;
    let expected = "2 polls, the first and the one that was woken";
    expect(polls == 2, expected, format_args!("{polls} polls"))
}
