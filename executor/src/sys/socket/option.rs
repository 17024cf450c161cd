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
/// Every bit pattern is a value: the kernel writes what it likes. What is set has no
/// padding besides: the kernel reads all of it.
pub(super) unsafe trait Value: Copy {}

// SAFETY: an integer.
unsafe impl Value for c_int {}
// SAFETY: two integers of one size.
unsafe impl Value for libc::linger {}
// SAFETY: three integers of one size.
#[cfg(target_os = "linux")]
unsafe impl Value for libc::ucred {}
// SAFETY: integers. It is never set.
#[cfg(target_os = "freebsd")]
unsafe impl Value for libc::xucred {}

/// Whole seconds. Where the older option counts ticks, there is one more.
#[cfg(not(target_vendor = "apple"))]
const LINGER: c_int = libc::SO_LINGER;
#[cfg(target_vendor = "apple")]
const LINGER: c_int = libc::SO_LINGER_SEC;

/// The longest that can be said. macOS keeps it in 15 bits, as hundredths.
#[cfg(not(target_vendor = "apple"))]
const LONGEST_LINGER: u64 = c_int::MAX as u64;
#[cfg(target_vendor = "apple")]
const LONGEST_LINGER: u64 = i16::MAX as u64 / 100;

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
    let linger: libc::linger = get_value(socket, libc::SOL_SOCKET, LINGER)?;
    let seconds = linger.l_linger.unsigned_abs();
    Ok((linger.l_onoff != 0).then(|| Duration::from_secs(seconds.into())))
}

/// Sets what [`linger`] tells. The kernel counts whole seconds.
pub(crate) fn set_linger(socket: BorrowedFd<'_>, duration: Option<Duration>) -> io::Result<()> {
    let seconds = duration.map_or(0, |duration| duration.as_secs());
    let linger = libc::linger {
        l_onoff: duration.is_some().into(),
        l_linger: seconds.min(LONGEST_LINGER) as c_int,
    };
    set_value(socket, libc::SOL_SOCKET, LINGER, linger)
}

/// The name of the interface that a socket is bound to.
#[cfg(target_os = "linux")]
pub(crate) fn device(socket: BorrowedFd<'_>) -> io::Result<Option<Vec<u8>>> {
    let mut name = [0_u8; libc::IFNAMSIZ];
    let mut length = name.len() as libc::socklen_t;
    // SAFETY: there is room for `length` bytes; both are borrowed for writing past the
    // call.
    check(unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_BINDTODEVICE,
            name.as_mut_ptr().cast(),
            &raw mut length,
        )
    })?;
    // It ends in a zero byte, if there is one.
    let name = name[..length as usize].split(|byte| *byte == 0).next();
    Ok(name.filter(|name| !name.is_empty()).map(<[u8]>::to_vec))
}

/// Sets what [`device`] tells. No name takes it back.
#[cfg(target_os = "linux")]
pub(crate) fn bind_device(socket: BorrowedFd<'_>, name: &[u8]) -> io::Result<()> {
    // SAFETY: `name` is valid for reads of its length, and lives past the call.
    check(unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_BINDTODEVICE,
            name.as_ptr().cast(),
            name.len() as libc::socklen_t,
        )
    })?;
    Ok(())
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

/// An option's value, as far as the kernel tells it; the rest is zero.
pub(super) fn get_value<V: Value>(
    socket: BorrowedFd<'_>,
    level: c_int,
    option: c_int,
) -> io::Result<V> {
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
