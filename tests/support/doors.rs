//! Futures whose polls are counted, and that the test makes ready one by one.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// Doors that open one by one, each with a future that waits for it.
#[derive(Clone)]
pub struct Doors(Rc<[Door]>);

#[derive(Default)]
struct Door {
    open: Cell<bool>,
    polls: Cell<u32>,
    waiting: RefCell<Option<Waker>>,
}

impl Doors {
    pub fn new(n: usize) -> Self {
        Self((0..n).map(|_| Door::default()).collect())
    }

    /// Counts its polls; ready once the door is open.
    pub fn wait(&self, door: usize) -> impl Future<Output = usize> + use<> {
        let doors = self.clone();
        poll_fn(move |cx| {
            let this = &doors.0[door];
            this.polls.set(this.polls.get() + 1);
            if this.open.get() {
                return Poll::Ready(door);
            }
            *this.waiting.borrow_mut() = Some(cx.waker().clone());
            Poll::Pending
        })
    }

    pub fn wait_all(&self) -> Vec<impl Future<Output = usize> + use<>> {
        (0..self.0.len()).map(|door| self.wait(door)).collect()
    }

    /// Wakes whoever waits, with the door open or still shut.
    pub fn knock(&self, door: usize) {
        if let Some(waker) = self.0[door].waiting.take() {
            waker.wake();
        }
    }

    pub fn open(&self, door: usize) {
        self.0[door].open.set(true);
        self.knock(door);
    }

    pub fn polls(&self) -> Vec<u32> {
        self.0.iter().map(|door| door.polls.get()).collect()
    }

    pub fn all_polls(&self) -> u32 {
        self.polls().iter().sum()
    }

    /// Who waits at it.
    pub fn waiting(&self, door: usize) -> Option<Waker> {
        self.0[door].waiting.borrow().clone()
    }
}
