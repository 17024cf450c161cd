//! What scenarios are made of: a log, futures that are led by hand, wakers that count.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

use crate::Executor;
use crate::scenario::{Finding, Outcome};

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
    pub(crate) fn add(&self) -> u32 {
        self.0.set(self.0.get() + 1);
        self.0.get()
    }

    pub(crate) fn get(&self) -> u32 {
        self.0.get()
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
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

/// Never ready, and leaves no waker.
pub(crate) fn never() -> impl Future<Output = ()> {
    poll_fn(|_| Poll::Pending)
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

/// A waker that counts, and passes nothing on.
#[derive(Default)]
pub(crate) struct Counting(AtomicU32);

impl Counting {
    pub(crate) fn wakes(&self) -> u32 {
        self.0.load(Relaxed)
    }
}

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}
