//! Closes that fail as Linux has them fail: the descriptor is closed, whatever is said.
//!
//! Owns `close` in the place of libc's, which std and the library call. A sandbox can only
//! refuse a call before it is made, and a descriptor that stays open is none of what a
//! close may do: its other end would wait for good. So the call is made, and then another
//! one, [`ASKED`], whose error is given in its place.
//!
//! Only the program has it: `main.rs`.

use std::ffi::{c_int, c_long};

/// Nobody else makes it, and the kernel has no error for it.
pub const ASKED: c_long = libc::SYS_getsid;

/// close(2).
///
/// # Safety
///
/// As for libc's.
pub unsafe fn close(fd: c_int) -> c_int {
    // SAFETY: both take integers, and who calls owns the descriptor.
    let (closed, asked) = unsafe { (libc::syscall(libc::SYS_close, fd), libc::syscall(ASKED, 0)) };
    match (closed, asked) {
        (0, 0..) => 0,
        _ => -1,
    }
}

/// In the place of libc's function of this name, for the whole program that has it.
#[macro_export]
macro_rules! close_by_our_own {
    () => {
        // SAFETY: it does what libc's does, and more of no other name is defined.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn close(fd: std::ffi::c_int) -> std::ffi::c_int {
            // SAFETY: as promised by the caller.
            unsafe { $crate::closes::close(fd) }
        }
    };
}
