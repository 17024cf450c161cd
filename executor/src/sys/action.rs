//! What is done with a signal: sigaction(2).
//!
//! `signal.rs` and `ending.rs` set handlers through it.

use std::ffi::c_int;
use std::io;
use std::mem;
use std::ptr;

use super::check;

/// What is done with `signal`; and sets `new`, if there is one.
pub(super) fn sigaction(
    signal: c_int,
    new: Option<&libc::sigaction>,
) -> io::Result<libc::sigaction> {
    // SAFETY: it is integers and pointers, for which zero is valid; it can't be
    // written as a literal, since libc may have padding in it.
    let mut old: libc::sigaction = unsafe { mem::zeroed() };
    let new = new.map_or(ptr::null(), ptr::from_ref);
    // SAFETY: `new` is null or borrowed past the call, and so is `old` for writing.
    // The actions that are set call the handlers of those two files, which do what a
    // handler may and have the signature that the flags ask for; or they were there
    // before.
    check(unsafe { libc::sigaction(signal, new, &raw mut old) })?;
    Ok(old)
}
