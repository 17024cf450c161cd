//! The calls of sockets that std has not, or not without blocking.
//!
//! Owns the making of sockets that don't block and are closed on exec; how many calls
//! that takes knows the system. `net/` calls it.
//!
//! - `transfer.rs`: receiving and sending
//! - `address.rs`: addresses as the kernel has them
//! - `unix_name.rs`: the names of Unix sockets
//! - `option.rs`: socket options; `credentials.rs`: who the peer is
//! - `names.rs`: what a socket is, for the dump

pub(super) mod address;
pub(crate) mod credentials;
pub(crate) mod names;
pub(crate) mod option;
mod transfer;
pub(crate) mod unix_name;

use std::ffi::c_int;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net as unix_net;

use super::check;
use super::descriptor::above_standard;
use super::system;
use address::Address;
pub(crate) use transfer::{Moved, recv, recv_unix, send, send_vectored};

/// A new socket of `domain` (`AF_INET`, …) and `kind` (`SOCK_STREAM`, …) that
/// doesn't block and is closed on exec.
pub(crate) fn socket(domain: c_int, kind: c_int) -> io::Result<OwnedFd> {
    above_standard(system::socket::socket(domain, kind)?)
}

/// `AF_INET` or `AF_INET6`.
pub(crate) fn domain_of(address: &SocketAddr) -> c_int {
    match address {
        SocketAddr::V4(_) => libc::AF_INET,
        SocketAddr::V6(_) => libc::AF_INET6,
    }
}

pub(crate) fn bind(socket: BorrowedFd<'_>, address: &SocketAddr) -> io::Result<()> {
    bind_to(socket, &Address::of(address))
}

/// As [`bind`] of a Unix socket.
pub(crate) fn bind_unix(socket: BorrowedFd<'_>, address: &unix_net::SocketAddr) -> io::Result<()> {
    bind_to(socket, &Address::of_unix(address))
}

fn bind_to(socket: BorrowedFd<'_>, address: &Address) -> io::Result<()> {
    // SAFETY: `address` is a socket address of that length, borrowed past the call.
    check(unsafe { libc::bind(socket.as_raw_fd(), address.as_ptr(), address.length()) })?;
    Ok(())
}

pub(crate) fn listen(socket: BorrowedFd<'_>, backlog: u32) -> io::Result<()> {
    let backlog = c_int::try_from(backlog).unwrap_or(c_int::MAX);
    // SAFETY: listen takes integers and touches no memory of ours.
    check(unsafe { libc::listen(socket.as_raw_fd(), backlog) })?;
    Ok(())
}

/// Begins to connect, and says whether it is connected already. If not, the socket, which
/// doesn't block, becomes writable when it is, or when that has failed: connect(2).
pub(crate) fn connect(socket: BorrowedFd<'_>, address: &SocketAddr) -> io::Result<bool> {
    begin_to_connect(socket, &Address::of(address))
}

/// As [`connect`] for a Unix socket. On Linux `EAGAIN` says that too many wait to be
/// accepted there already; others refuse, as if nobody listened.
pub(crate) fn connect_unix(
    socket: BorrowedFd<'_>,
    address: &unix_net::SocketAddr,
) -> io::Result<bool> {
    begin_to_connect(socket, &Address::of_unix(address))
}

fn begin_to_connect(socket: BorrowedFd<'_>, address: &Address) -> io::Result<bool> {
    let (fd, length) = (socket.as_raw_fd(), address.length());
    // SAFETY: `address` is a socket address of that length, borrowed past the call.
    match check(unsafe { libc::connect(fd, address.as_ptr(), length) }) {
        Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => Ok(false),
        connected => connected.map(|_| true),
    }
}

/// Takes the next connection of an internet listener; its socket doesn't block
/// and is closed on exec.
pub(crate) fn accept(listener: BorrowedFd<'_>) -> io::Result<(OwnedFd, SocketAddr)> {
    let mut peer = Address::empty();
    let socket = above_standard(system::socket::accept(listener, &mut peer)?)?;
    if peer.family() == 0 {
        // macOS has no address for one that is gone already.
        return Err(io::Error::from_raw_os_error(libc::ECONNABORTED));
    }
    Ok((socket, peer.to_socket_addr()?))
}

/// As [`accept`] of a Unix listener.
pub(crate) fn accept_unix(
    listener: BorrowedFd<'_>,
) -> io::Result<(unix_net::UnixStream, unix_net::SocketAddr)> {
    let mut peer = Address::empty();
    let socket = above_standard(system::socket::accept(listener, &mut peer)?)?;
    let socket = unix_net::UnixStream::from(socket);
    // Only std can make its addresses, and has no way but to ask the kernel.
    let name = peer.is_named().then(|| socket.peer_addr().ok()).flatten();
    Ok((socket, name.unwrap_or_else(unix_name::unnamed)))
}

/// Whether a connection that was next in line has ended before it was accepted: Linux
/// passes the network's errors on to who accepts (accept(2)). `EOPNOTSUPP`, which it
/// lists as well, is what a socket that can't listen says at every accept.
pub(crate) fn ended_before_accept(error: &io::Error) -> bool {
    const ERRORS: &[c_int] = &[
        libc::ECONNABORTED,
        libc::ENETDOWN,
        libc::EPROTO,
        libc::ENOPROTOOPT,
        libc::EHOSTDOWN,
        #[cfg(target_os = "linux")]
        libc::ENONET,
        libc::EHOSTUNREACH,
        libc::ENETUNREACH,
    ];
    let number = error.raw_os_error();
    number.is_some_and(|number| ERRORS.contains(&number))
}

/// Whether getpeername(2) says that there was a peer and is none any more: macOS does,
/// where others still name it.
pub(crate) fn says_the_peer_is_gone(error: &io::Error) -> bool {
    cfg!(target_vendor = "apple") && error.raw_os_error() == Some(libc::EINVAL)
}

/// Whether a Unix datagram was not sent since its receiver has no room. Linux says
/// "would block" instead, and has an event for the end of that.
pub(crate) fn lacks_room(error: &io::Error) -> bool {
    !cfg!(target_os = "linux") && error.raw_os_error() == Some(libc::ENOBUFS)
}

/// What an internet socket is bound to.
pub(crate) fn local_addr(socket: BorrowedFd<'_>) -> io::Result<SocketAddr> {
    let mut name = Address::empty();
    let (address, length) = name.room();
    // SAFETY: there is room for `length` bytes at `address`; both are borrowed for
    // writing past the call.
    check(unsafe { libc::getsockname(socket.as_raw_fd(), address, length) })?;
    name.to_socket_addr()
}

/// Whether bytes flow through it, and not messages that arrive whole. Without an answer it
/// is taken to be none.
pub(crate) fn is_stream(socket: BorrowedFd<'_>) -> bool {
    option::get(socket, libc::SOL_SOCKET, libc::SO_TYPE).is_ok_and(|it| it == libc::SOCK_STREAM)
}

/// Shuts one side down, or both: shutdown(2).
pub(crate) fn shutdown(socket: BorrowedFd<'_>, how: c_int) -> io::Result<()> {
    // SAFETY: shutdown takes integers and touches no memory of ours.
    check(unsafe { libc::shutdown(socket.as_raw_fd(), how) })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::mem::MaybeUninit;
    use std::net;
    use std::os::fd::AsFd;

    use super::super::{system, unix};
    use super::*;

    fn is_prepared(socket: &OwnedFd) -> bool {
        // SAFETY: both take no more, and touch no memory of ours.
        let flags = [libc::F_GETFD, libc::F_GETFL]
            .map(|asks| check(unsafe { libc::fcntl(socket.as_raw_fd(), asks) }).unwrap());
        flags[0] & libc::FD_CLOEXEC != 0 && flags[1] & libc::O_NONBLOCK != 0
    }

    type Makes = fn(c_int, c_int) -> io::Result<OwnedFd>;
    type Accepts = fn(BorrowedFd<'_>, &mut Address) -> io::Result<OwnedFd>;

    #[test]
    fn what_is_made_in_several_calls_is_as_what_is_made_in_one() {
        let ways: [(Makes, Accepts); 2] = [
            (unix::socket::socket, unix::socket::accept),
            (system::socket::socket, system::socket::accept),
        ];
        for (make, accept) in ways {
            let listener = make(libc::AF_INET, libc::SOCK_STREAM).unwrap();
            assert!(is_prepared(&listener));
            let anywhere = "127.0.0.1:0".parse().unwrap();
            bind(listener.as_fd(), &anywhere).unwrap();
            listen(listener.as_fd(), 1).unwrap();
            let mut peer = Address::empty();
            let error = accept(listener.as_fd(), &mut peer).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
            let address = local_addr(listener.as_fd()).unwrap();
            let client = net::TcpStream::connect(address).unwrap();
            assert!(is_prepared(&accept(listener.as_fd(), &mut peer).unwrap()));
            let from = peer.to_socket_addr().unwrap();
            assert_eq!(from, client.local_addr().unwrap());
        }
    }

    #[test]
    fn a_listener_that_is_none_says_so_in_either_way_and_the_next_accepts() {
        let none = socket(libc::AF_INET, libc::SOCK_STREAM).unwrap();
        for accept in [unix::socket::accept, system::socket::accept] {
            let error = accept(none.as_fd(), &mut Address::empty()).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
        }
        let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
        let client = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (_, from) = accept(listener.as_fd()).unwrap();
        assert_eq!(from, client.local_addr().unwrap());
    }

    #[test]
    fn a_unix_connection_comes_with_its_name_or_without() {
        let folder = tempfile::tempdir().unwrap();
        let [counter, guest] = ["counter", "guest"].map(|name| folder.path().join(name));
        let listener = unix_net::UnixListener::bind(&counter).unwrap();
        let _unnamed = unix_net::UnixStream::connect(&counter).unwrap();
        let (socket, from) = accept_unix(listener.as_fd()).unwrap();
        assert!(from.is_unnamed() && is_prepared(&socket.into()));
        let named = socket_at(&guest);
        let counter = unix_net::SocketAddr::from_pathname(&counter).unwrap();
        assert!(connect_unix(named.as_fd(), &counter).unwrap());
        // Also when it is gone already.
        drop(named);
        let (_, from) = accept_unix(listener.as_fd()).unwrap();
        assert!(from.is_unnamed() || from.as_pathname() == Some(&guest));
    }

    /// A Unix stream socket that is bound to `path`.
    fn socket_at(path: &std::path::Path) -> OwnedFd {
        let socket = socket(libc::AF_UNIX, libc::SOCK_STREAM).unwrap();
        let address = unix_net::SocketAddr::from_pathname(path).unwrap();
        bind_unix(socket.as_fd(), &address).unwrap();
        socket
    }

    #[test]
    fn the_calls_that_move_bytes_do_the_same_in_either_way() {
        type Sends = fn(BorrowedFd<'_>, &[u8]) -> io::Result<usize>;
        type Receives = fn(BorrowedFd<'_>, &mut [MaybeUninit<u8>], c_int) -> io::Result<usize>;
        let ways: [(Sends, Receives); 2] = [
            (unix::socket::send, unix::socket::recv),
            (system::socket::send, system::socket::recv),
        ];
        for (send, recv) in ways {
            let (here, there) = unix_net::UnixStream::pair().unwrap();
            let mut room = [MaybeUninit::uninit(); 16];
            assert_eq!(send(here.as_fd(), b"one mocha").unwrap(), 9);
            for flags in [libc::MSG_PEEK, 0] {
                assert_eq!(recv(there.as_fd(), &mut room, flags).unwrap(), 9);
            }
            drop(there);
            // And no SIGPIPE.
            let error = send(here.as_fd(), b"!").unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
            assert_eq!(recv(here.as_fd(), &mut room, 0).unwrap(), 0);
        }
    }
}
