//! The messages of panics.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `code` panics with.
#[allow(dead_code, reason = "each test file uses a part of it")]
pub fn panic_of<R>(code: impl FnOnce() -> R) -> String {
    match catch_unwind(AssertUnwindSafe(code)) {
        Ok(_) => panic!("the code was expected to panic, and did not"),
        Err(payload) => message(payload.as_ref()),
    }
}

/// The message in what a panic threw.
pub fn message(payload: &(dyn Any + Send)) -> String {
    match (
        payload.downcast_ref::<&str>(),
        payload.downcast_ref::<String>(),
    ) {
        (Some(message), _) => (*message).to_owned(),
        (_, Some(message)) => message.clone(),
        _ => panic!("a panic that threw no message"),
    }
}
