//! What a signal's handler tells: a flag with a number, as an eventfd has.
//!
//! Each write and each read of an eventfd is one step in the kernel, under a lock, and so it
//! is here. Who has heard of a write sees what came before it, as under any lock; so of the
//! count that a signal raises it tries all orders of the steps, and no stale loads.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool as Flag, Ordering::Relaxed};

use super::{Condvar, Mutex};

statics! {
    /// Those of a model, by their numbers.
    static ALL: std::sync::Mutex<Vec<Arc<State>>> = std::sync::Mutex::new(Vec::new());
}

#[derive(Debug, Default)]
struct State {
    told: Mutex<bool>,
    heard: Condvar,
    is_closed: Flag,
}

#[derive(Debug)]
pub(crate) struct Event {
    number: RawFd,
    state: Arc<State>,
}

impl Event {
    pub(crate) fn new() -> io::Result<Self> {
        let (mut all, state) = (ALL.lock().unwrap(), Arc::new(State::default()));
        all.push(state.clone());
        Ok(Self {
            number: all.len() as RawFd - 1,
            state,
        })
    }

    pub(crate) fn tell(&self) {
        let mut told = self.state.told.lock().unwrap();
        let is_closed = self.state.is_closed.load(Relaxed);
        assert!(!is_closed, "an event was told after its close");
        *told = true;
        self.state.heard.notify_all();
    }

    pub(crate) fn take(&self) -> bool {
        std::mem::take(&mut *self.state.told.lock().unwrap())
    }
}

/// Waits until the one with this number is told, as a selector does.
pub(crate) fn wait(number: RawFd) {
    let state = ALL.lock().unwrap()[number as usize].clone();
    let mut told = state.told.lock().unwrap();
    while !*told {
        told = state.heard.wait(told).unwrap();
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        let _told = self.state.told.lock().unwrap();
        self.state.is_closed.store(true, Relaxed);
    }
}

impl AsRawFd for Event {
    fn as_raw_fd(&self) -> RawFd {
        self.number
    }
}

impl AsFd for Event {
    fn as_fd(&self) -> BorrowedFd<'_> {
        unreachable!("it is no descriptor")
    }
}
