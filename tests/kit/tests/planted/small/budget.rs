//! What the futures of one poll may still do without a wait.

use std::cell::Cell;
use std::task::{Poll, Waker};

thread_local! {
    static LEFT: Cell<u32> = const { Cell::new(0) };
}

/// Before each poll of a task.
pub(super) fn refill() {
    LEFT.set(128);
}

/// Before a future says that it is ready. If nothing is left, its task has another turn
/// first.
pub(super) fn proceed(waker: &Waker) -> Poll<()> {
    if let Some(left) = LEFT.get().checked_sub(1) {
        LEFT.set(left);
        return Poll::Ready(());
    }
    // By a clone, as scenarios wake, but the one for `wake_by_ref`.
    let waker = waker.clone();
    waker.wake();
    Poll::Pending
}
