//! A terminal without a screen.

use std::fs::File;
use std::os::fd::FromRawFd;
use std::ptr;

/// What one types at, and what a program then reads and writes.
pub fn terminal() -> (File, File) {
    let [mut typed, mut read] = [0; 2];
    // SAFETY: both numbers are borrowed for writing past the call, and for the rest
    // null asks for what is usual.
    let code = unsafe {
        libc::openpty(
            &raw mut typed,
            &raw mut read,
            ptr::null_mut(),
            ptr::null_mut(),
            ptr::null_mut(),
        )
    };
    assert_eq!(code, 0);
    // SAFETY: both were made by the call above, and nobody else knows them.
    unsafe { (File::from_raw_fd(typed), File::from_raw_fd(read)) }
}
