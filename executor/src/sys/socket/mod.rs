//! The calls of sockets that std has not, or not without blocking.
//!
//! Owns the making of sockets that don't block and are closed on exec. `net/` calls
//! it.
//!
//! - `transfer.rs`: receiving and sending
//! - `address.rs`: addresses as the kernel has them
//! - `option.rs`: socket options
//! - `names.rs`: what a socket is, for the dump

mod address;
pub(crate) mod names;
pub(crate) mod option;
mod transfer;

use std::ffi::c_int;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix;

use super::check;
use super::descriptor::above_standard;
use address::Address;
pub(crate) use transfer::{recv, send, send_vectored};

/// A new socket of `domain` (`AF_INET`, …) and `kind` (`SOCK_STREAM`, …) that
/// doesn't block and is closed on exec.
pub(crate) fn socket(domain: c_int, kind: c_int) -> io::Result<OwnedFd> {
    let kind = kind | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: socket takes integers and touches no memory of ours.
    let fd = check(unsafe { libc::socket(domain, kind, 0) })?;
    // SAFETY: the kernel has just made this descriptor for us, and nobody else
    // knows its number.
    above_standard(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// `AF_INET` or `AF_INET6`.
pub(crate) fn domain_of(address: &SocketAddr) -> c_int {
    match address {
        SocketAddr::V4(_) => libc::AF_INET,
        SocketAddr::V6(_) => libc::AF_INET6,
    }
}

pub(crate) fn bind(socket: BorrowedFd<'_>, address: &SocketAddr) -> io::Result<()> {
    let (address, length) = Address::of(address);
    // SAFETY: `address` is a socket address of that length, borrowed past the call.
    check(unsafe { libc::bind(socket.as_raw_fd(), address.as_ptr(), length) })?;
    Ok(())
}

pub(crate) fn listen(socket: BorrowedFd<'_>, backlog: u32) -> io::Result<()> {
    let backlog = c_int::try_from(backlog).unwrap_or(c_int::MAX);
    // SAFETY: listen takes integers and touches no memory of ours.
    check(unsafe { libc::listen(socket.as_raw_fd(), backlog) })?;
    Ok(())
}

/// Begins to connect. A TCP socket that doesn't block says `EINPROGRESS`, and
/// becomes writable when it is connected or has failed: connect(2).
pub(crate) fn connect(socket: BorrowedFd<'_>, address: &SocketAddr) -> io::Result<()> {
    let (address, length) = Address::of(address);
    // SAFETY: `address` is a socket address of that length, borrowed past the call.
    check(unsafe { libc::connect(socket.as_raw_fd(), address.as_ptr(), length) })?;
    Ok(())
}

/// As [`connect`] for a Unix socket, which is connected at once or not at all:
/// `EAGAIN` says that too many wait to be accepted there already.
pub(crate) fn connect_unix(
    socket: BorrowedFd<'_>,
    address: &unix::net::SocketAddr,
) -> io::Result<()> {
    let (address, length) = Address::of_unix(address);
    // SAFETY: `address` is a socket address of that length, borrowed past the call.
    check(unsafe { libc::connect(socket.as_raw_fd(), address.as_ptr(), length) })?;
    Ok(())
}

/// Takes the next connection of an internet listener; its socket doesn't block
/// and is closed on exec.
pub(crate) fn accept(listener: BorrowedFd<'_>) -> io::Result<(OwnedFd, SocketAddr)> {
    let mut address = Address::empty();
    let mut length = size_of::<Address>() as libc::socklen_t;
    let flags = libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: `address` has room for `length` bytes; both are borrowed for writing
    // past the call.
    let fd = check(unsafe {
        libc::accept4(
            listener.as_raw_fd(),
            address.as_mut_ptr(),
            &raw mut length,
            flags,
        )
    })?;
    // SAFETY: the kernel has just made this descriptor for us, and nobody else
    // knows its number.
    let socket = above_standard(unsafe { OwnedFd::from_raw_fd(fd) })?;
    Ok((socket, address.to_socket_addr()?))
}

/// What an internet socket is bound to.
pub(crate) fn local_addr(socket: BorrowedFd<'_>) -> io::Result<SocketAddr> {
    let mut address = Address::empty();
    let mut length = size_of::<Address>() as libc::socklen_t;
    // SAFETY: `address` has room for `length` bytes; both are borrowed for writing
    // past the call.
    check(unsafe { libc::getsockname(socket.as_raw_fd(), address.as_mut_ptr(), &raw mut length) })?;
    address.to_socket_addr()
}

/// Shuts one side down, or both: shutdown(2).
pub(crate) fn shutdown(socket: BorrowedFd<'_>, how: c_int) -> io::Result<()> {
    // SAFETY: shutdown takes integers and touches no memory of ours.
    check(unsafe { libc::shutdown(socket.as_raw_fd(), how) })?;
    Ok(())
}
