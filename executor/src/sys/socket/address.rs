//! Addresses as the kernel has them.
//!
//! Owns the way there and back.

use std::ffi::c_int;
use std::io;
use std::mem::{self, offset_of};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::unix;
use std::os::unix::ffi::OsStrExt;

use super::unix_name::abstract_name;

/// An address of one of the families that this crate knows.
///
/// Some systems have a byte for its length in it. The kernel doesn't look at that: it
/// takes the length from the call.
pub(crate) struct Address {
    raw: Raw,
    length: libc::socklen_t,
}

#[repr(C)]
union Raw {
    any: libc::sockaddr,
    v4: libc::sockaddr_in,
    v6: libc::sockaddr_in6,
    unix: libc::sockaddr_un,
}

/// Where a Unix socket's name begins.
const NAME: usize = offset_of!(libc::sockaddr_un, sun_path);

impl Address {
    pub(super) fn empty() -> Self {
        // SAFETY: all variants are integers, for which zero is valid.
        let raw = unsafe { mem::zeroed() };
        Self { raw, length: 0 }
    }

    pub(super) fn of(address: &SocketAddr) -> Self {
        let mut new = Self::empty();
        match address {
            SocketAddr::V4(address) => {
                new.raw.v4.sin_family = libc::AF_INET as libc::sa_family_t;
                new.raw.v4.sin_port = address.port().to_be();
                new.raw.v4.sin_addr.s_addr = address.ip().to_bits().to_be();
                new.length = size_of::<libc::sockaddr_in>() as libc::socklen_t;
            }
            SocketAddr::V6(address) => {
                new.raw.v6.sin6_family = libc::AF_INET6 as libc::sa_family_t;
                new.raw.v6.sin6_port = address.port().to_be();
                new.raw.v6.sin6_flowinfo = address.flowinfo();
                new.raw.v6.sin6_addr.s6_addr = address.ip().octets();
                new.raw.v6.sin6_scope_id = address.scope_id();
                new.length = size_of::<libc::sockaddr_in6>() as libc::socklen_t;
            }
        }
        new
    }

    /// A path (with a zero byte behind it), an abstract name (with one before it), or
    /// neither: unix(7).
    pub(super) fn of_unix(address: &unix::net::SocketAddr) -> Self {
        let (before, name, after) = match (address.as_pathname(), abstract_name(address)) {
            (Some(path), _) => (0, path.as_os_str().as_bytes(), 1),
            (None, Some(name)) => (1, name, 0),
            (None, None) => (0, &[][..], 0),
        };
        let mut new = Self::empty();
        new.raw.unix.sun_family = libc::AF_UNIX as libc::sa_family_t;
        // SAFETY: every byte is initialised, by `empty`.
        let room = unsafe { new.raw.unix.sun_path[before..].iter_mut() };
        // std's address has been one of the kernel's, so it fits.
        room.zip(name).for_each(|(to, from)| *to = *from as _);
        new.length = (NAME + before + name.len() + after) as libc::socklen_t;
        new
    }

    /// For calls that read it: valid for reads of [`length`](Self::length) bytes.
    pub(super) fn as_ptr(&self) -> *const libc::sockaddr {
        &raw const self.raw.any
    }

    pub(super) fn length(&self) -> libc::socklen_t {
        self.length
    }

    /// For calls that write an address: the place for it, and that for its length, where
    /// it says how much room there is. Both are valid for writes while `self` is
    /// borrowed.
    pub(crate) fn room(&mut self) -> (*mut libc::sockaddr, *mut libc::socklen_t) {
        self.length = size_of::<Raw>() as libc::socklen_t;
        (&raw mut self.raw.any, &raw mut self.length)
    }

    /// Zero if the kernel had none to tell: of a peer that is gone, some have none.
    pub(super) fn family(&self) -> c_int {
        // SAFETY: every variant begins with the family, and every byte is initialised,
        // by `empty` if by nobody else.
        c_int::from(unsafe { self.raw.any.sa_family })
    }

    /// Whether it is a Unix socket's that has a name.
    pub(super) fn is_named(&self) -> bool {
        self.family() == libc::AF_UNIX && self.length as usize > NAME
    }

    /// The bytes of a Unix socket's name, with what may follow it.
    pub(super) fn unix_name(&self) -> Option<Vec<u8>> {
        if self.family() != libc::AF_UNIX {
            return None;
        }
        let length = (self.length as usize).saturating_sub(NAME);
        // SAFETY: the family says that it is this variant.
        let name = unsafe { self.raw.unix }.sun_path;
        Some(name.get(..length)?.iter().map(|byte| *byte as u8).collect())
    }

    pub(super) fn to_socket_addr(&self) -> io::Result<SocketAddr> {
        match self.family() {
            libc::AF_INET => {
                // SAFETY: the family says that it is this variant.
                let v4 = unsafe { self.raw.v4 };
                let ip = Ipv4Addr::from_bits(u32::from_be(v4.sin_addr.s_addr));
                Ok(SocketAddrV4::new(ip, u16::from_be(v4.sin_port)).into())
            }
            libc::AF_INET6 => {
                // SAFETY: the family says that it is this variant.
                let v6 = unsafe { self.raw.v6 };
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
            assert_eq!(Address::of(&address).to_socket_addr().unwrap(), address);
        }
        let scoped = SocketAddrV6::new(Ipv6Addr::LOCALHOST, 1, 2, 3).into();
        assert_eq!(Address::of(&scoped).to_socket_addr().unwrap(), scoped);
    }

    #[test]
    fn an_address_of_another_family_is_an_error_that_names_it() {
        let error = Address::empty().to_socket_addr().unwrap_err();
        assert!(error.to_string().contains("family 0"), "{error}");
    }

    #[test]
    fn a_unix_name_comes_back_with_what_stands_around_it() {
        let address = unix::net::SocketAddr::from_pathname("/counter").unwrap();
        assert_eq!(
            Address::of_unix(&address).unix_name().unwrap(),
            b"/counter\0"
        );
        let unnamed = unix::net::SocketAddr::from_pathname("").unwrap();
        assert_eq!(Address::of_unix(&unnamed).unix_name().unwrap(), b"");
    }
}
