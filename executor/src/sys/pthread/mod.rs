//! Locks as std has them, of pthread's own: see `locks.rs`, the only one that takes them.
//!
//! - `mutex.rs`, `condvar.rs`, `rwlock.rs`: each with those of std's methods that are called
//! - here: where one of pthread's lies
//!
//! A panic does not poison them. Nobody asks: whoever locks here takes what it finds.

pub(crate) mod condvar;
pub(crate) mod mutex;
pub(crate) mod rwlock;

use std::cell::UnsafeCell;
use std::ffi::c_int;
use std::io;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// What pthread makes in a place that then may not move.
trait Made: Sized {
    /// What it is before it is made.
    const BLANK: Self;

    /// # Safety
    ///
    /// `place` is blank, and stays where it is until [`destroy`](Self::destroy).
    unsafe fn make(place: *mut Self);

    /// # Safety
    ///
    /// `place` was made, and nobody uses it any more.
    unsafe fn destroy(place: *mut Self);
}

/// One of pthread's, in memory of its own, since what has it may move. It is made when it
/// is first used, for a `static` can't call pthread.
struct Placed<P: Made>(AtomicPtr<UnsafeCell<P>>);

impl<P: Made> Placed<P> {
    const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// Made, and there for as long as `self`.
    fn get(&self) -> *mut P {
        let mut there = self.0.load(Ordering::Acquire);
        if there.is_null() {
            there = self.made();
        }
        // SAFETY: what `made` has put there is freed by the drop of `self` only.
        unsafe { (*there).get() }
    }

    #[cold]
    fn made(&self) -> *mut UnsafeCell<P> {
        let new = Box::into_raw(Box::new(UnsafeCell::new(P::BLANK)));
        // SAFETY: it is blank, and its box is not opened before it is destroyed.
        unsafe { P::make((*new).get()) };
        let none = ptr::null_mut();
        match self
            .0
            .compare_exchange(none, new, Ordering::AcqRel, Ordering::Acquire)
        {
            Ok(_) => new,
            Err(others) => {
                // SAFETY: it was made above, and nobody else has heard of it.
                unsafe { unmake(new) };
                others
            }
        }
    }
}

impl<P: Made> Drop for Placed<P> {
    fn drop(&mut self) {
        let there = *self.0.get_mut();
        if !there.is_null() {
            // SAFETY: `made` has put it there, and who uses it borrows `self`.
            unsafe { unmake(there) };
        }
    }
}

/// # Safety
///
/// It is of [`Placed::made`], and nobody uses it any more.
unsafe fn unmake<P: Made>(place: *mut UnsafeCell<P>) {
    // SAFETY: as promised by the caller; and it came out of a box.
    unsafe {
        P::destroy((*place).get());
        drop(Box::from_raw(place));
    }
}

/// pthread's functions return their error. Each that is called here fails only where the
/// caller is wrong.
#[track_caller]
fn succeeds(result: c_int) {
    assert_eq!(result, 0, "{}", io::Error::from_raw_os_error(result));
}
