//! A waker that is a number: the `RawWaker` whose data word is a [`TaskNumber`].
//!
//! Owns the vtable. Only the poll of a task and the poll of a group's child
//! make wakers; anyone may wake them, on any thread, for as long as they like.
//! With the pinning in `cell.rs` and the system calls in `sys/`, this is one of
//! the three places of the crate that hold `unsafe`.
#![allow(unsafe_code)]

use std::task::{RawWaker, RawWakerVTable, Waker};

use super::current;
use super::number::TaskNumber;

/// The waker of `number`.
///
/// Cloning it copies a word and dropping it does nothing: no count is kept, so
/// a waker can neither keep a task alive nor free one.
pub(crate) fn waker(number: TaskNumber) -> Waker {
    // SAFETY: The data word is a number that no function of VTABLE ever
    // dereferences, so it is valid for ever and on every thread. Clone copies
    // it, drop ignores it, and the two wakes pass it to `current::wake`, a
    // safe function that may be called from any thread: this is the whole
    // contract of `RawWakerVTable`.
    unsafe { Waker::from_raw(raw(number)) }
}

/// Who is woken by a waker.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Waiter {
    /// A task, or a child of a group.
    Task(TaskNumber),
    /// Whoever another library's waker leads to.
    Foreign,
}

/// Whether it is a number of this crate: its clone and its drop run no code of others.
#[inline]
pub(crate) fn is_ours(waker: &Waker) -> bool {
    std::ptr::eq(waker.vtable(), &VTABLE)
}

impl Waiter {
    pub(crate) fn of(waker: &Waker) -> Self {
        match is_ours(waker) {
            true => Self::Task(number(waker.data())),
            false => Self::Foreign,
        }
    }
}

fn raw(number: TaskNumber) -> RawWaker {
    RawWaker::new(
        std::ptr::without_provenance(number.bits() as usize),
        &VTABLE,
    )
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(
    |data| raw(number(data)),
    |data| current::wake(number(data)),
    |data| current::wake(number(data)),
    |_data| {},
);

fn number(data: *const ()) -> TaskNumber {
    TaskNumber::from_bits(data.addr() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wakers_of_one_task_are_equal_and_of_two_guests_of_a_slot_are_not() {
        let first = waker(TaskNumber::new(9, 8, 7));
        assert!(first.will_wake(&first.clone()));
        assert!(first.will_wake(&waker(TaskNumber::new(9, 8, 7))));
        assert!(!first.will_wake(&waker(TaskNumber::new(9, 9, 7))));
    }

    #[test]
    fn a_number_of_no_runtime_is_ignored_on_any_thread() {
        let nobody = waker(TaskNumber::new(16_000, 1, 1));
        nobody.wake_by_ref();
        std::thread::spawn(move || nobody.wake()).join().unwrap();
    }
}
