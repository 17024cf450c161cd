//! Addresses as the kernel has them.
//!
//! Owns the way there and back.

use std::ffi::{c_char, c_int};
use std::io;
use std::mem::{self, offset_of};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::linux::net::SocketAddrExt;
use std::os::unix;
use std::os::unix::ffi::OsStrExt;

/// An address of one of the families that this crate knows.
#[repr(C)]
pub(super) union Address {
    any: libc::sockaddr,
    v4: libc::sockaddr_in,
    v6: libc::sockaddr_in6,
    unix: libc::sockaddr_un,
}

impl Address {
    pub(super) fn empty() -> Self {
        // SAFETY: all variants are integers, for which zero is valid.
        unsafe { mem::zeroed() }
    }

    pub(super) fn of(address: &SocketAddr) -> (Self, libc::socklen_t) {
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

    /// A path (with a zero byte behind it), an abstract name (with one before it), or
    /// neither: unix(7).
    pub(super) fn of_unix(address: &unix::net::SocketAddr) -> (Self, libc::socklen_t) {
        let (before, name, after) = match (address.as_pathname(), address.as_abstract_name()) {
            (Some(path), _) => (0, path.as_os_str().as_bytes(), 1),
            (None, Some(name)) => (1, name, 0),
            (None, None) => (0, &[][..], 0),
        };
        let mut un = libc::sockaddr_un {
            sun_family: libc::AF_UNIX as libc::sa_family_t,
            sun_path: [0; 108],
        };
        let room = un.sun_path[before..].iter_mut();
        // std's address has been one of the kernel's, so it fits.
        room.zip(name).for_each(|(to, from)| *to = *from as c_char);
        let length = offset_of!(libc::sockaddr_un, sun_path) + before + name.len() + after;
        let mut raw = Self::empty();
        raw.unix = un;
        (raw, length as libc::socklen_t)
    }

    pub(super) fn as_ptr(&self) -> *const libc::sockaddr {
        &raw const self.any
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut libc::sockaddr {
        &raw mut self.any
    }

    /// The bytes of a Unix socket's name, with what may follow it.
    pub(super) fn unix_path(&self) -> Option<[u8; 108]> {
        // SAFETY: every variant begins with the family, and every byte is initialised.
        let family = c_int::from(unsafe { self.any.sa_family });
        // SAFETY: the family says that it is this variant.
        (family == libc::AF_UNIX).then(|| unsafe { self.unix }.sun_path.map(|byte| byte as u8))
    }

    pub(super) fn to_socket_addr(&self) -> io::Result<SocketAddr> {
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
