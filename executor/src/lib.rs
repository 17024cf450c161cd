//! A single-threaded async runtime, made by hand.
#![deny(unsafe_code)]

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
compile_error!("buzzer runs on 64-bit Linux: a waker is a 64-bit number, and epoll its reactor");

mod blocking;
mod budget;
mod clock;
mod context;
/// What the macros expand to; call those.
#[doc(hidden)]
pub mod gather;
pub mod io;
mod panics;
mod reactor;
pub mod runtime;
mod scheduler;
mod scope;
mod sys;
pub mod task;
pub mod time;
mod timers;

#[doc(hidden)]
pub use gather as branches;
pub use gather::{gather, try_gather};
pub use scope::{Scope, ScopedJoinHandle, scope};
pub use task::spawn;

/// Drives `future` to its end on a runtime of its own, with the defaults of
/// [`runtime::Builder`].
///
/// # Panics
///
/// When the runtime can't be made (see [`runtime::Builder::build`], which gives
/// the error instead), when the future panics, or when called from within a
/// runtime.
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    match runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(future),
        Err(error) => panic!("{error}"),
    }
}
