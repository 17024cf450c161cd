//! The calls of sockets that std has not, or not without blocking.
//!
//! Owns the making of sockets that don't block and are closed on exec, and the
//! transfers: without SIGPIPE, and into memory that need not be initialised.
//! `net/` calls it.
//!
//! - `address.rs`: addresses as the kernel has them
//! - `option.rs`: socket options

mod address;
pub(crate) mod option;

use std::ffi::c_int;
use std::io::{self, IoSlice};
use std::mem;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix;

use super::check;
use super::read_buf::ReadBuf;
use address::Address;

/// More buffers than this the kernel refuses in one call (`UIO_MAXIOV`).
pub(crate) const MAX_BUFFERS: usize = 1024;

/// A new socket of `domain` (`AF_INET`, …) and `kind` (`SOCK_STREAM`, …) that
/// doesn't block and is closed on exec.
pub(crate) fn socket(domain: c_int, kind: c_int) -> io::Result<OwnedFd> {
    let kind = kind | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: socket takes integers and touches no memory of ours.
    let fd = check(unsafe { libc::socket(domain, kind, 0) })?;
    // SAFETY: the kernel has just made this descriptor for us, and nobody else
    // knows its number.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
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
    let socket = unsafe { OwnedFd::from_raw_fd(fd) };
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

/// Receives as much as there is and fits; zero at the end. `flags` as recv(2)
/// has them (`MSG_PEEK`).
pub(crate) fn recv(
    socket: BorrowedFd<'_>,
    buffer: &mut ReadBuf<'_>,
    flags: c_int,
) -> io::Result<usize> {
    // SAFETY: only the kernel writes to it, and writes no uninitialised byte.
    let room = unsafe { buffer.unfilled() };
    // SAFETY: `room` is valid for writes of its length, and borrowed past the call.
    let received = check(unsafe {
        libc::recv(
            socket.as_raw_fd(),
            room.as_mut_ptr().cast(),
            room.len(),
            flags,
        )
    })?;
    // SAFETY: the kernel says that it has written so many bytes.
    unsafe { buffer.assume_filled(received as usize) };
    Ok(received as usize)
}

/// Sends as much as fits. A peer that is gone is an error (`EPIPE`), never a
/// signal.
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

/// As [`send`] from several buffers, of which it looks at no more than the kernel
/// takes in one call.
pub(crate) fn send_vectored(socket: BorrowedFd<'_>, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
    let buffers = &buffers[..buffers.len().min(MAX_BUFFERS)];
    // SAFETY: a message header is integers and pointers, for which zero is valid;
    // it can't be written as a literal, since libc may have padding in it.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    // An IoSlice has the layout of an iovec, which std promises; sendmsg does not
    // write to it.
    message.msg_iov = buffers.as_ptr().cast_mut().cast();
    message.msg_iovlen = buffers.len();
    // SAFETY: the header names `buffers` with their number; they, and what they
    // point to, are borrowed past the call.
    let sent = check(unsafe {
        libc::sendmsg(socket.as_raw_fd(), &raw const message, libc::MSG_NOSIGNAL)
    })?;
    Ok(sent as usize)
}

/// Shuts one side down, or both: shutdown(2).
pub(crate) fn shutdown(socket: BorrowedFd<'_>, how: c_int) -> io::Result<()> {
    // SAFETY: shutdown takes integers and touches no memory of ours.
    check(unsafe { libc::shutdown(socket.as_raw_fd(), how) })?;
    Ok(())
}
