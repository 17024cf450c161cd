//! How much one poll of a task may do before it must yield.
//!
//! Owns the count. The loop refills it before each poll of a task; every leaf
//! future (a sleep, a handle, a file operation, a source's readiness) takes one
//! unit each time it is about to say "ready". When none is left the leaf wakes
//! its task and says "pending" instead, so a task whose futures are always
//! ready still lets the others run.

use std::cell::Cell;
use std::task::{Context, Poll, ready};

/// Units for one poll of a task: enough that a task doing real work seldom
/// notices, few enough that at 100 ns a unit the others wait about 13 µs.
pub(crate) const UNITS_PER_POLL: u32 = 128;

/// Outside the poll of a task nothing is rationed: another executor that
/// drives our leaf futures has its own ideas about fairness.
const UNLIMITED: u32 = u32::MAX;

thread_local! {
    static LEFT: Cell<u32> = const { Cell::new(UNLIMITED) };
}

/// Refills the budget for one poll; it is unlimited again when the guard drops,
/// also when the poll panics.
#[must_use]
pub(crate) fn refill() -> Refilled {
    LEFT.set(UNITS_PER_POLL);
    Refilled(())
}

pub(crate) struct Refilled(());

impl Drop for Refilled {
    fn drop(&mut self) {
        LEFT.set(UNLIMITED);
    }
}

/// Lifts the limit until the guard drops: what is left then counts again.
#[must_use]
pub(crate) fn lift() -> Lifted {
    Lifted(LEFT.replace(UNLIMITED))
}

pub(crate) struct Lifted(u32);

impl Drop for Lifted {
    fn drop(&mut self) {
        LEFT.set(self.0);
    }
}

/// Whether every leaf will say "pending" until the next poll of the task.
pub(crate) fn is_spent() -> bool {
    LEFT.get() == 0
}

/// Takes one unit; or, with none left, wakes the task and says "pending".
#[inline]
pub(crate) fn poll_proceed(cx: &mut Context<'_>) -> Poll<()> {
    match LEFT.get() {
        UNLIMITED => Poll::Ready(()),
        0 => {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
        left => {
            LEFT.set(left - 1);
            Poll::Ready(())
        }
    }
}

/// Polls with one unit taken if the answer is "ready": a leaf that has to wait
/// costs nothing, since waiting yields by itself.
#[inline]
pub(crate) fn charge<T>(
    cx: &mut Context<'_>,
    poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
) -> Poll<T> {
    ready!(poll_left(cx));
    let value = ready!(poll(cx));
    take_one();
    Poll::Ready(value)
}

/// The first half of [`charge`], for a leaf whose panics are to tell the line of its
/// caller: they can't from within a closure. The other is [`take_one`].
#[inline]
pub(crate) fn poll_left(cx: &mut Context<'_>) -> Poll<()> {
    match is_spent() {
        true => poll_proceed(cx),
        false => Poll::Ready(()),
    }
}

/// Gives one unit back, of those that [`poll_proceed`] has taken in this poll.
pub(crate) fn give_back() {
    let left = LEFT.get();
    if left != UNLIMITED {
        LEFT.set((left + 1).min(UNITS_PER_POLL));
    }
}

/// Takes one unit, of what [`poll_left`] has found.
#[inline]
pub(crate) fn take_one() {
    let left = LEFT.get();
    if left != UNLIMITED {
        LEFT.set(left.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    #[test]
    fn a_poll_gets_its_units_and_then_pending_until_the_refill() {
        let mut cx = Context::from_waker(Waker::noop());
        let refilled = refill();
        for _ in 0..UNITS_PER_POLL {
            assert!(poll_proceed(&mut cx).is_ready());
        }
        assert!(poll_proceed(&mut cx).is_pending());
        assert!(charge(&mut cx, |_| Poll::Ready(())).is_pending());
        drop(refilled);
        assert!(poll_proceed(&mut cx).is_ready());
    }

    #[test]
    fn a_leaf_that_waits_costs_nothing() {
        let mut cx = Context::from_waker(Waker::noop());
        let _refilled = refill();
        for _ in 0..10 * UNITS_PER_POLL {
            assert!(charge(&mut cx, |_| Poll::<()>::Pending).is_pending());
        }
        assert!(charge(&mut cx, |_| Poll::Ready(())).is_ready());
    }

    #[test]
    fn what_was_found_left_is_taken_and_can_be_given_back() {
        let mut cx = Context::from_waker(Waker::noop());
        let refilled = refill();
        for _ in 0..UNITS_PER_POLL {
            assert!(poll_left(&mut cx).is_ready());
            take_one();
        }
        assert!(poll_left(&mut cx).is_pending());
        give_back();
        assert!(poll_left(&mut cx).is_ready());
        take_one();
        assert!(is_spent());
        drop(refilled);
        // Where there is no limit, neither makes one.
        give_back();
        for _ in 0..2 * UNITS_PER_POLL {
            assert!(poll_proceed(&mut cx).is_ready());
        }
        take_one();
        assert_eq!(LEFT.get(), UNLIMITED);
    }

    #[test]
    fn a_limit_that_was_lifted_counts_again() {
        let mut cx = Context::from_waker(Waker::noop());
        let _refilled = refill();
        while poll_proceed(&mut cx).is_ready() {}
        let lifted = lift();
        assert!(poll_proceed(&mut cx).is_ready());
        drop(lifted);
        assert!(is_spent());
    }
}
