//! A task's waker, from inside and from outside.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// The waker of the task that awaits this.
pub async fn own_waker() -> Waker {
    poll_fn(|cx| Poll::Ready(cx.waker().clone())).await
}

/// A task that only waits: its waker after each poll, and how many there were.
#[derive(Clone, Default)]
pub struct Polled {
    waker: Rc<RefCell<Option<Waker>>>,
    polls: Rc<Cell<u32>>,
}

impl Polled {
    pub fn spawn() -> Self {
        let polled = Self::default();
        let inner = polled.clone();
        buzzer::spawn(poll_fn(move |cx| {
            inner.polls.set(inner.polls.get() + 1);
            inner.waker.replace(Some(cx.waker().clone()));
            Poll::<()>::Pending
        }));
        polled
    }

    pub fn waker(&self) -> Waker {
        self.waker.borrow().clone().expect("it was polled")
    }

    pub fn polls(&self) -> u32 {
        self.polls.get()
    }
}
