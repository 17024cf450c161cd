//! Containing a panic, and what it threw.
//!
//! Owns the one place where the crate catches panics of the program's code.
//! Used wherever that code runs from ours: polls, drops, jobs, foreign wakers.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

/// What a panic threw: usually the message.
pub(crate) type Payload = Box<dyn Any + Send + 'static>;

/// Runs code of the program; a panic in it comes back as a value.
///
/// The caller must not touch afterwards what the code may have left half done,
/// or drop it at most: that is what `AssertUnwindSafe` stands for here.
pub(crate) fn contain<R>(code: impl FnOnce() -> R) -> Result<R, Payload> {
    catch_unwind(AssertUnwindSafe(code))
}

/// Drops a value of the program. A panic in its drop comes back as a value.
pub(crate) fn contain_drop<T>(value: T) -> Result<(), Payload> {
    contain(move || drop(value))
}

/// Drops what a panic threw, when there is nobody to give it to.
///
/// The payload is the program's value, so its drop may panic in turn; what that
/// throws is leaked, or there would be no end to it.
pub(crate) fn discard(payload: Payload) {
    if let Err(again) = contain_drop(payload) {
        std::mem::forget(again);
    }
}

/// Wakes, and keeps a panic of a foreign waker from ending the loop or the
/// wakes behind it. The panic hook has already reported it.
pub(crate) fn wake_contained(waker: Waker) {
    if let Err(payload) = contain(|| waker.wake()) {
        discard(payload);
    }
}

/// The message that a panic threw, if it threw one.
pub(crate) fn message(payload: &Payload) -> Option<&str> {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}
