//! What needs a runtime, used where there is none or where another one runs.
//! The panics' texts are each library's own; that there is one is compared.

use super::*;
use futures::executor::block_on as block_this_thread_on;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Notes whether `misuse` is answered with a panic.
fn refused<T>(what: &str, misuse: impl FnOnce() -> T) {
    let result = catch_unwind(AssertUnwindSafe(misuse));
    note!("{what} is refused: {}", result.is_err());
}

pub fn a_spawn_outside_of_a_runtime_is_refused() -> Transcript {
    with_runtime(|_idle| {
        refused("spawn", || spawn(async { note!("never reached") }));
        refused("spawn_blocking", || spawn_blocking(|| "never run"));
    })
}

pub fn a_sleep_outside_of_a_runtime_is_refused() -> Transcript {
    with_runtime(|_idle| {
        refused("sleep", || {
            block_this_thread_on(async { sleep(ms(10)).await })
        })
    })
}

pub fn a_block_on_inside_of_a_task_is_refused() -> Transcript {
    with_runtime(|runtime| {
        let other = build(&mut Builder::new_current_thread());
        runtime.block_on(async {
            refused("block_on of another", || other.block_on(async {}));
            refused("block_on of the same", || runtime.block_on(async {}));
        });
        note!("the other still works: {}", other.block_on(async { true }));
        note!("so does this one: {}", runtime.block_on(async { true }));
    })
}

pub fn a_runtime_is_current_inside_only() -> Transcript {
    with_runtime(|runtime| {
        note!("current: {}", Handle::try_current().is_ok());
        runtime.block_on(async { note!("current: {}", Handle::try_current().is_ok()) });
        note!("current: {}", Handle::try_current().is_ok());
    })
}

pub fn enter_makes_a_runtime_current() -> Transcript {
    with_runtime(|runtime| {
        let guard = runtime.enter();
        note!("current: {}", Handle::try_current().is_ok());
        drop(guard);
        note!("current: {}", Handle::try_current().is_ok());
    })
}
