//! The error number of the last call.
//!
//! Owns the guard by which a signal handler leaves it as it was.

use std::ffi::c_int;

#[cfg(target_os = "linux")]
use libc::__errno_location as location;
#[cfg(not(target_os = "linux"))]
use libc::__error as location;

/// Puts errno back when it is dropped.
#[must_use = "errno is put back when it is dropped"]
pub(super) struct Kept(c_int);

/// Keeps errno. May be called in a signal handler.
pub(super) fn keep() -> Kept {
    // SAFETY: errno is a thread-local of libc's, valid for as long as the thread.
    Kept(unsafe { *location() })
}

impl Drop for Kept {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { *location() = self.0 };
    }
}
