//! Socket options: socket(7), tcp(7), ip(7), ipv6(7), unix(7).
//!
//! Owns their reading and setting, for those whose value is an integer, and the
//! few that std has no stable call for.

use std::ffi::c_int;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

use super::super::check;

/// What an option's value may be: integers, or structs of integers.
///
/// # Safety
///
/// Every bit pattern is a value, and there is no padding: the kernel reads all
/// bytes of one, and writes all bytes of another.
unsafe trait Value: Copy {}

// SAFETY: an integer.
unsafe impl Value for c_int {}
// SAFETY: two integers of one size.
unsafe impl Value for libc::linger {}
// SAFETY: three integers of one size.
unsafe impl Value for libc::ucred {}

/// Sets an option whose value is an integer.
pub(crate) fn set(
    socket: BorrowedFd<'_>,
    level: c_int,
    option: c_int,
    value: c_int,
) -> io::Result<()> {
    set_value(socket, level, option, value)
}

/// An option whose value is an integer.
pub(crate) fn get(socket: BorrowedFd<'_>, level: c_int, option: c_int) -> io::Result<c_int> {
    get_value(socket, level, option)
}

/// How long a close waits for what is still to be sent; `None` to do that behind
/// the program's back.
pub(crate) fn linger(socket: BorrowedFd<'_>) -> io::Result<Option<Duration>> {
    let linger: libc::linger = get_value(socket, libc::SOL_SOCKET, libc::SO_LINGER)?;
    let seconds = linger.l_linger.unsigned_abs();
    Ok((linger.l_onoff != 0).then(|| Duration::from_secs(seconds.into())))
}

/// Sets what [`linger`] tells. The kernel counts whole seconds.
pub(crate) fn set_linger(socket: BorrowedFd<'_>, duration: Option<Duration>) -> io::Result<()> {
    let seconds = duration.map_or(0, |duration| duration.as_secs());
    let linger = libc::linger {
        l_onoff: duration.is_some().into(),
        l_linger: c_int::try_from(seconds).unwrap_or(c_int::MAX),
    };
    set_value(socket, libc::SOL_SOCKET, libc::SO_LINGER, linger)
}

/// Who was at the other end of a Unix stream socket when it connected, or
/// listened.
pub(crate) fn peer_credentials(socket: BorrowedFd<'_>) -> io::Result<libc::ucred> {
    get_value(socket, libc::SOL_SOCKET, libc::SO_PEERCRED)
}

fn set_value<V: Value>(
    socket: BorrowedFd<'_>,
    level: c_int,
    option: c_int,
    value: V,
) -> io::Result<()> {
    // SAFETY: the value is valid for reads of its size, all of it initialised
    // since it has no padding, and lives past the call.
    check(unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            option,
            (&raw const value).cast(),
            size_of::<V>() as libc::socklen_t,
        )
    })?;
    Ok(())
}

fn get_value<V: Value>(socket: BorrowedFd<'_>, level: c_int, option: c_int) -> io::Result<V> {
    let mut value = MaybeUninit::<V>::zeroed();
    let mut length = size_of::<V>() as libc::socklen_t;
    // SAFETY: there is room for `length` bytes; both are borrowed for writing past
    // the call.
    check(unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            level,
            option,
            value.as_mut_ptr().cast(),
            &raw mut length,
        )
    })?;
    // SAFETY: what the kernel has not written is zero, and every bit pattern is a
    // value.
    Ok(unsafe { value.assume_init() })
}
