//! The calls of sockets that std has not, or not without blocking.
//!
//! Owns the making of sockets that don't block and are closed on exec, and the
//! transfers: without SIGPIPE, and into memory that need not be initialised.
//! `net/` calls it.

use std::ffi::c_int;
use std::io::{self, IoSlice};
use std::mem;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use super::check;
use super::read_buf::ReadBuf;

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

/// Sets an option whose value is an integer: socket(7), tcp(7), ip(7).
pub(crate) fn set_option(
    socket: BorrowedFd<'_>,
    level: c_int,
    option: c_int,
    value: c_int,
) -> io::Result<()> {
    // SAFETY: the value is one integer, as said, and lives past the call.
    check(unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            option,
            (&raw const value).cast(),
            size_of::<c_int>() as libc::socklen_t,
        )
    })?;
    Ok(())
}

/// An option whose value is an integer.
pub(crate) fn option(socket: BorrowedFd<'_>, level: c_int, option: c_int) -> io::Result<c_int> {
    let mut value: c_int = 0;
    let mut length = size_of::<c_int>() as libc::socklen_t;
    // SAFETY: there is room for one integer, as said; both are borrowed for
    // writing past the call.
    check(unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            level,
            option,
            (&raw mut value).cast(),
            &raw mut length,
        )
    })?;
    Ok(value)
}

/// An internet address as the kernel has it.
#[repr(C)]
union Address {
    any: libc::sockaddr,
    v4: libc::sockaddr_in,
    v6: libc::sockaddr_in6,
}

impl Address {
    fn empty() -> Self {
        // SAFETY: all variants are integers, for which zero is valid.
        unsafe { mem::zeroed() }
    }

    fn of(address: &SocketAddr) -> (Self, libc::socklen_t) {
        let mut raw = Self::empty();
        match address {
            SocketAddr::V4(v4) => {
                raw.v4 = libc::sockaddr_in {
                    sin_family: libc::AF_INET as libc::sa_family_t,
                    sin_port: v4.port().to_be(),
                    sin_addr: libc::in_addr {
                        s_addr: v4.ip().to_bits().to_be(),
                    },
                    sin_zero: [0; 8],
                };
                (raw, size_of::<libc::sockaddr_in>() as libc::socklen_t)
            }
            SocketAddr::V6(v6) => {
                raw.v6 = libc::sockaddr_in6 {
                    sin6_family: libc::AF_INET6 as libc::sa_family_t,
                    sin6_port: v6.port().to_be(),
                    sin6_flowinfo: v6.flowinfo(),
                    sin6_addr: libc::in6_addr {
                        s6_addr: v6.ip().octets(),
                    },
                    sin6_scope_id: v6.scope_id(),
                };
                (raw, size_of::<libc::sockaddr_in6>() as libc::socklen_t)
            }
        }
    }

    fn as_ptr(&self) -> *const libc::sockaddr {
        // SAFETY: only the address of the variant is taken.
        unsafe { &raw const self.any }
    }

    fn as_mut_ptr(&mut self) -> *mut libc::sockaddr {
        // SAFETY: only the address of the variant is taken.
        unsafe { &raw mut self.any }
    }

    fn to_socket_addr(&self) -> io::Result<SocketAddr> {
        // SAFETY: every variant begins with the family, and every byte is
        // initialised, by `empty` if by nobody else.
        let family = c_int::from(unsafe { self.any.sa_family });
        match family {
            libc::AF_INET => {
                // SAFETY: the family says that it is this variant.
                let v4 = unsafe { self.v4 };
                let ip = Ipv4Addr::from_bits(u32::from_be(v4.sin_addr.s_addr));
                Ok(SocketAddrV4::new(ip, u16::from_be(v4.sin_port)).into())
            }
            libc::AF_INET6 => {
                // SAFETY: the family says that it is this variant.
                let v6 = unsafe { self.v6 };
                let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
                let port = u16::from_be(v6.sin6_port);
                Ok(SocketAddrV6::new(ip, port, v6.sin6_flowinfo, v6.sin6_scope_id).into())
            }
            family => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("the socket's addresses are of family {family}, not IPv4 or IPv6"),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_back_as_they_went() {
        for address in ["127.0.0.1:80", "[::1]:8080", "255.1.2.3:65535"] {
            let address: SocketAddr = address.parse().unwrap();
            assert_eq!(Address::of(&address).0.to_socket_addr().unwrap(), address);
        }
        let scoped = SocketAddrV6::new(Ipv6Addr::LOCALHOST, 1, 2, 3).into();
        assert_eq!(Address::of(&scoped).0.to_socket_addr().unwrap(), scoped);
    }

    #[test]
    fn an_address_of_another_family_is_an_error_that_names_it() {
        let error = Address::empty().to_socket_addr().unwrap_err();
        assert!(error.to_string().contains("family 0"), "{error}");
    }
}
