//! Waiting for a lock or a channel on a thread that may block.
//!
//! Owns the way by which every `blocking_…` of this module waits, and `Handle::block_on`:
//! the thread sleeps until its waker is woken. A thread that runs a loop must not: it would
//! wait for tasks that only it can run.

use std::pin::{Pin, pin};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use super::waiters::locked;
use crate::machine::context;
use crate::sys::shared::{Condvar, Mutex};

/// Drives `future` to its end by blocking this thread. `what` is the method that was called.
///
/// # Panics
///
/// On a thread that runs a loop.
#[track_caller]
pub(super) fn block_on<F: Future>(what: &str, future: F) -> F::Output {
    let _blocked = context::start_loop(what);
    let mut future = pin!(future);
    // Most need not wait, and so no waker.
    if let Poll::Ready(output) = future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        return output;
    }
    drive(future)
}

/// Polls `future` until it has ended; in between the thread sleeps.
pub(crate) fn drive<F: Future>(mut future: Pin<&mut F>) -> F::Output {
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(bell.clone());
    let mut cx = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        bell.wait();
    }
}

/// Not the thread's own park token: the program may use that for something else.
#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    heard: Condvar,
}

impl Bell {
    fn wait(&self) {
        let mut rung = locked(&self.rung);
        while !std::mem::take(&mut *rung) {
            rung = self
                .heard
                .wait(rung)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        *locked(&self.rung) = true;
        self.heard.notify_one();
    }
}
