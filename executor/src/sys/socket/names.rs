//! What a socket is, and whom it is between.
//!
//! Owns [`Socket`]. The dump asks, of descriptors that somebody waits for, by their
//! numbers: one that was closed meanwhile is an error, and nothing worse.

use std::ffi::{OsString, c_int};
use std::net::SocketAddr;
use std::os::fd::RawFd;
use std::os::unix::ffi::OsStringExt;

use super::super::check;
use super::address::Address;
use super::unix_name::abstract_part;

pub(crate) struct Socket {
    pub(crate) family: Family,
    pub(crate) is_stream: bool,
    pub(crate) listens: bool,
    pub(crate) local: Option<Name>,
    /// `None` if it is not connected.
    pub(crate) peer: Option<Name>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Internet,
    Unix,
    Other(c_int),
}

/// One end of a socket.
pub(crate) enum Name {
    Internet(SocketAddr),
    Path(OsString),
    /// A name that is no path, without the zero byte before it.
    Abstract(OsString),
    /// Of a pair, or of a Unix socket that was not bound.
    Unnamed,
}

/// `None` if `fd` is no socket.
pub(crate) fn of(fd: RawFd) -> Option<Socket> {
    let kind = option(fd, libc::SO_TYPE)?;
    let local = address(fd, libc::getsockname);
    let peer = address(fd, libc::getpeername);
    // A socket has an address of its family also when it has no name.
    let family = match local.as_ref().map_or(libc::AF_UNSPEC, Address::family) {
        libc::AF_INET | libc::AF_INET6 => Family::Internet,
        libc::AF_UNIX => Family::Unix,
        other => Family::Other(other),
    };
    Some(Socket {
        family,
        is_stream: kind != libc::SOCK_DGRAM,
        listens: option(fd, libc::SO_ACCEPTCONN).is_some_and(|listens| listens != 0),
        local: local.as_ref().and_then(name),
        peer: peer.as_ref().and_then(name),
    })
}

fn option(fd: RawFd, option: c_int) -> Option<c_int> {
    let (mut value, mut length) = (0, size_of::<c_int>() as libc::socklen_t);
    // SAFETY: `value` has room for `length` bytes; both are borrowed for writing past
    // the call. A number that is no descriptor's is an error.
    let got = unsafe {
        libc::getsockopt(
            fd,
            libc::SOL_SOCKET,
            option,
            (&raw mut value).cast(),
            &raw mut length,
        )
    };
    check(got).ok().map(|_| value)
}

/// A call of libc's that gives a name of a socket.
type Asks = unsafe extern "C" fn(c_int, *mut libc::sockaddr, *mut libc::socklen_t) -> c_int;

fn address(fd: RawFd, asks: Asks) -> Option<Address> {
    let mut told = Address::empty();
    let (address, length) = told.room();
    // SAFETY: both of the calls write to `address` at most the `length` bytes that it has
    // room for, and to `length`; both are borrowed for writing past the call.
    check(unsafe { asks(fd, address, length) }).ok()?;
    Some(told)
}

fn name(address: &Address) -> Option<Name> {
    if let Ok(address) = address.to_socket_addr() {
        return Some(Name::Internet(address));
    }
    let name = address.unix_name()?;
    let os = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    if let Some(name) = abstract_part(&name) {
        return Some(Name::Abstract(os(name)));
    }
    Some(match name.split(|byte| *byte == 0).next() {
        None | Some([]) => Name::Unnamed,
        Some(path) => Name::Path(os(path)),
    })
}
