//! Sockets with POSIX's first calls: what they are to be is said afterwards.
//!
//! Owns the making of sockets, and the calls that move bytes. `sys/socket/` calls it.

use std::ffi::c_int;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use super::super::check;
use super::super::pipe::set_nonblocking;
use super::super::socket::address::Address;

/// A new socket of `domain` (`AF_INET`, …) and `kind` (`SOCK_STREAM`, …) that
/// doesn't block and is closed on exec.
pub(crate) fn socket(domain: c_int, kind: c_int) -> io::Result<OwnedFd> {
    // SAFETY: socket takes integers and touches no memory of ours.
    let fd = check(unsafe { libc::socket(domain, kind, 0) })?;
    // SAFETY: the kernel has just made this descriptor for us, and nobody else
    // knows its number.
    let socket = prepared(unsafe { OwnedFd::from_raw_fd(fd) })?;
    never_signal(&socket)?;
    Ok(socket)
}

/// Takes the next connection of `listener`; its socket doesn't block and is closed on
/// exec. Where it comes from is written to `peer`.
pub(crate) fn accept(listener: BorrowedFd<'_>, peer: &mut Address) -> io::Result<OwnedFd> {
    let (address, length) = peer.room();
    // SAFETY: there is room for `length` bytes at `address`; both are borrowed for
    // writing past the call.
    let fd = check(unsafe { libc::accept(listener.as_raw_fd(), address, length) })?;
    // SAFETY: the kernel has just made this descriptor for us, and nobody else
    // knows its number.
    prepared(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// A child that another thread starts before this has a duplicate: there is no way to
/// say it in the call itself.
fn prepared(socket: OwnedFd) -> io::Result<OwnedFd> {
    // SAFETY: F_SETFD takes an integer, and touches no memory of ours.
    check(unsafe { libc::fcntl(socket.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC) })?;
    set_nonblocking(socket.as_fd(), true)?;
    Ok(socket)
}

/// Before macOS 12 a send can't say itself that it wants no SIGPIPE, so the socket says
/// it. A listener hands it on to what it accepts.
#[cfg(target_vendor = "apple")]
fn never_signal(socket: &OwnedFd) -> io::Result<()> {
    use super::super::socket::option;
    option::set(socket.as_fd(), libc::SOL_SOCKET, libc::SO_NOSIGPIPE, 1)
}

/// Each send says it.
#[cfg(not(target_vendor = "apple"))]
fn never_signal(_: &OwnedFd) -> io::Result<()> {
    Ok(())
}

/// recv(2), into memory that need not be initialised.
pub(crate) fn recv(
    socket: BorrowedFd<'_>,
    room: &mut [MaybeUninit<u8>],
    flags: c_int,
) -> io::Result<usize> {
    // SAFETY: `room` is valid for writes of its length, and borrowed past the call.
    let received = check(unsafe {
        libc::recv(
            socket.as_raw_fd(),
            room.as_mut_ptr().cast(),
            room.len(),
            flags,
        )
    })?;
    Ok(received as usize)
}

/// Receives from a Unix stream. Whether it has stopped before what is behind, no call tells.
pub(crate) fn recv_unix(
    socket: BorrowedFd<'_>,
    room: &mut [MaybeUninit<u8>],
) -> io::Result<(usize, bool)> {
    recv(socket, room, 0).map(|received| (received, true))
}

/// send(2), without a SIGPIPE.
pub(crate) fn send(socket: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    // SAFETY: `bytes` is valid for reads of its length, and borrowed past the call.
    let sent = check(unsafe {
        libc::send(
            socket.as_raw_fd(),
            bytes.as_ptr().cast(),
            bytes.len(),
            libc::MSG_NOSIGNAL,
        )
    })?;
    Ok(sent as usize)
}
