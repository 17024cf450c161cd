//! Threads that can't be started.
//!
//! Owns what is said of it, by whoever starts one. On Linux glibc makes threads by
//! clone3(2), and by clone(2) where the kernel says that it has no clone3. A sandbox that
//! says anything else leaves no way to make one.

use std::io;

use super::errors::named;

/// Names the call in `error`, of a thread that could not be started, if it is refused.
#[cold]
pub(crate) fn named_if_refused(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        // There is no room for more.
        Some(libc::EAGAIN | libc::ENOMEM) | None => error,
        Some(_) if cfg!(target_os = "linux") => named("call", "clone3", error),
        Some(_) => error,
    }
}
