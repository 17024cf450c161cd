//! Your executor: the shortest there is, to begin with, and what the kit says of it.
//!
//!     cargo run --example yours -- --first-half
//!
//! Change `block_on` until nothing is wrong, give the kit a `spawn`, and go on.

use std::process::ExitCode;
use std::task::{Context, Waker};

use buzzer_kit::{Executor, LocalFuture};

/// Polls until the future is ready, whether it was woken or not.
fn block_on(mut future: LocalFuture) {
    let mut cx = Context::from_waker(Waker::noop());
    while future.as_mut().poll(&mut cx).is_pending() {}
}

fn main() -> ExitCode {
    buzzer_kit::main(&[Executor::new("yours", block_on)])
}
