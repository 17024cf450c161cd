//! Sockets that are made as they are to be, in one call.
//!
//! Owns the making of sockets, and the calls that move bytes. These go to the kernel by
//! `syscall`, and not through libc's functions of the same names. Those are
//! cancellation points: in a process with more than one thread glibc (up to 2.40)
//! surrounds the call with atomic operations, which was measured at 75 ns of the 380
//! that a `recv` on an empty socket takes. Nothing here is ever cancelled so.

use std::ffi::c_int;
use std::io;
use std::mem::{self, MaybeUninit};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::ptr;

use super::super::check;
use super::super::socket::address::Address;
use super::super::unix;
use super::call::{Call, made, said};

const FLAGS: c_int = libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;

/// Asked of a descriptor that is none; the flags are looked at before.
static ACCEPTS: Call = Call::new(
    || {
        // SAFETY: there is no such descriptor, and null asks for no address.
        said(&check(unsafe {
            libc::accept4(-1, ptr::null_mut(), ptr::null_mut(), FLAGS)
        }))
    },
    libc::EBADF,
);

/// Asked for a protocol that Unix sockets don't have; the flags are looked at before.
static SOCKETS: Call = Call::new(
    || {
        // SAFETY: socket takes integers and touches no memory of ours.
        said(&check(unsafe {
            libc::socket(libc::AF_UNIX, libc::SOCK_STREAM | FLAGS, -1)
        }))
    },
    libc::EPROTONOSUPPORT,
);

/// Asked of a descriptor that is none.
static TELLS: Call = Call::new(
    || {
        // SAFETY: there is no such descriptor, so the header is not looked at.
        said(&check(unsafe {
            libc::syscall(
                libc::SYS_recvmsg,
                -1,
                ptr::null_mut::<libc::msghdr>(),
                0usize,
            )
        }))
    },
    libc::EBADF,
);

/// As an address, none: the kernel knows the peer of a connected socket.
const NO_ADDRESS: *const libc::c_void = ptr::null();

/// A new socket of `domain` (`AF_INET`, …) and `kind` (`SOCK_STREAM`, …) that
/// doesn't block and is closed on exec.
pub(crate) fn socket(domain: c_int, kind: c_int) -> io::Result<OwnedFd> {
    if SOCKETS.is_refused() {
        return unix::socket::socket(domain, kind);
    }
    // SAFETY: socket takes integers and touches no memory of ours.
    let made = check(unsafe { libc::socket(domain, kind | FLAGS, 0) }).and_then(made);
    match said(&made) {
        // Not for want of a descriptor or of memory.
        number @ Some(libc::EINVAL | libc::EPERM | libc::ENOSYS) if SOCKETS.notice(number) => {
            unix::socket::socket(domain, kind)
        }
        _ => made,
    }
}

/// Takes the next connection of `listener`; its socket doesn't block and is closed on
/// exec. Where it comes from is written to `peer`.
///
/// An error may be the listener's or the connection's, so the call itself is asked after
/// before it is given up. One that is refused has taken no connection.
pub(crate) fn accept(listener: BorrowedFd<'_>, peer: &mut Address) -> io::Result<OwnedFd> {
    if ACCEPTS.is_refused() {
        return unix::socket::accept(listener, peer);
    }
    let (address, length) = peer.room();
    // SAFETY: there is room for `length` bytes at `address`; both are borrowed for
    // writing past the call.
    let fd = check(unsafe { libc::accept4(listener.as_raw_fd(), address, length, FLAGS) });
    match fd.and_then(made) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(error),
        Err(error) if ACCEPTS.notice(error.raw_os_error()) => unix::socket::accept(listener, peer),
        made => made,
    }
}

/// recv(2), into memory that need not be initialised.
#[inline]
pub(crate) fn recv(
    socket: BorrowedFd<'_>,
    room: &mut [MaybeUninit<u8>],
    flags: c_int,
) -> io::Result<usize> {
    // SAFETY: these are the arguments of recvfrom(2), where null asks for no
    // address. `room` is valid for writes of its length, and borrowed past the call.
    let received = check(unsafe {
        libc::syscall(
            libc::SYS_recvfrom,
            socket.as_raw_fd(),
            room.as_mut_ptr(),
            room.len(),
            flags,
            NO_ADDRESS,
            NO_ADDRESS,
        )
    })?;
    Ok(received as usize)
}

/// Receives from a Unix stream, and says whether it may have stopped before what is behind.
///
/// It stops where there is more to a message than bytes. Nobody here takes that, and of
/// what it leaves out recvmsg(2) tells (`MSG_CTRUNC`), which recv(2) can't. To be told
/// takes half as long as to ask the socket again.
#[inline]
pub(crate) fn recv_unix(
    socket: BorrowedFd<'_>,
    room: &mut [MaybeUninit<u8>],
) -> io::Result<(usize, bool)> {
    if TELLS.is_refused() {
        return unix::socket::recv_unix(socket, room);
    }
    let mut buffer = libc::iovec {
        iov_base: room.as_mut_ptr().cast(),
        iov_len: room.len(),
    };
    // SAFETY: a message header is integers and pointers, for which zero is valid;
    // it can't be written as a literal, since libc may have padding in it.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    message.msg_iov = &raw mut buffer;
    message.msg_iovlen = 1;
    // SAFETY: these are the arguments of recvmsg(2). The header names one buffer, which is
    // valid for writes of its length; both are borrowed past the call.
    let received = check(unsafe {
        libc::syscall(
            libc::SYS_recvmsg,
            socket.as_raw_fd(),
            &raw mut message,
            0usize,
        )
    });
    match received {
        Ok(received) => {
            let may_have_stopped = message.msg_flags & libc::MSG_CTRUNC != 0;
            Ok((received as usize, may_have_stopped))
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(error),
        Err(error) if TELLS.notice(error.raw_os_error()) => unix::socket::recv_unix(socket, room),
        Err(error) => Err(error),
    }
}

/// send(2), without a SIGPIPE.
#[inline]
pub(crate) fn send(socket: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    // SAFETY: these are the arguments of sendto(2), where null is no address.
    // `bytes` is valid for reads of its length, and borrowed past the call.
    let sent = check(unsafe {
        libc::syscall(
            libc::SYS_sendto,
            socket.as_raw_fd(),
            bytes.as_ptr(),
            bytes.len(),
            libc::MSG_NOSIGNAL,
            NO_ADDRESS,
            0usize,
        )
    })?;
    Ok(sent as usize)
}
