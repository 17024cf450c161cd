//! The options of sockets that set what stands in the header of each packet, and which
//! interface it takes: ip(7), ipv6(7), socket(7).
//!
//! Owns them, for `TcpSocket` and `UdpSocket` alike. Names and signatures are tokio's.

use std::ffi::c_int;
use std::io;
use std::net;
use std::os::fd::AsFd;

use super::socket::{Carries, Datagrams, Socket};
use super::tcp::socket::TcpSocket;
use crate::io::error::named;
use crate::sys::socket::option;

/// Each by its name: for any socket there would be no inherent methods.
macro_rules! marks_its_packets {
    ($($socket:ty, $name:literal;)*) => {$(
        impl $socket {
            /// The type of service of the packets sent over IPv4 (`IP_TOS`).
            /// See [`set_tos_v4`](Self::set_tos_v4).
            ///
            /// # Errors
            ///
            /// What the system says.
            pub fn tos_v4(&self) -> io::Result<u32> {
                let tos = option::get(self.as_fd(), libc::IPPROTO_IP, libc::IP_TOS)?;
                Ok(tos.cast_unsigned())
            }

            /// Sets the type of service of the packets sent over IPv4 (`IP_TOS`). The two
            /// lowest bits are for congestion (ECN): Linux keeps those of a TCP socket
            /// to itself.
            ///
            /// # Errors
            ///
            /// What the system says.
            ///
            /// # Examples
            ///
            /// ```
            /// use buzzer::net::UdpSocket;
            ///
            /// # buzzer::block_on(async {
            /// let guest = UdpSocket::bind("127.0.0.1:0").await?;
            /// guest.set_tos_v4(0x10)?; // Low delay.
            /// assert_eq!(guest.tos_v4()?, 0x10);
            /// # std::io::Result::Ok(()) }).unwrap();
            /// ```
            pub fn set_tos_v4(&self, tos: u32) -> io::Result<()> {
                let set = option::set(self.as_fd(), libc::IPPROTO_IP, libc::IP_TOS, value(tos));
                set.map_err(|error| named("set", concat!("IP_TOS of ", $name), error))
            }

            /// The traffic class of the packets sent over IPv6 (`IPV6_TCLASS`).
            /// See [`set_tclass_v6`](Self::set_tclass_v6).
            ///
            /// # Errors
            ///
            /// What the system says: it is a socket for IPv4.
            pub fn tclass_v6(&self) -> io::Result<u32> {
                let class = option::get(self.as_fd(), libc::IPPROTO_IPV6, libc::IPV6_TCLASS)?;
                Ok(class.cast_unsigned())
            }

            /// Sets the traffic class of the packets sent over IPv6 (`IPV6_TCLASS`).
            ///
            /// # Errors
            ///
            /// What the system says: it is a socket for IPv4.
            ///
            /// # Examples
            ///
            /// ```
            /// use buzzer::net::UdpSocket;
            ///
            /// # buzzer::block_on(async {
            /// if let Ok(guest) = UdpSocket::bind("[::1]:0").await {
            ///     guest.set_tclass_v6(0x10)?;
            ///     assert_eq!(guest.tclass_v6()?, 0x10);
            /// }
            /// # std::io::Result::Ok(()) }).unwrap();
            /// ```
            pub fn set_tclass_v6(&self, tclass: u32) -> io::Result<()> {
                let level = libc::IPPROTO_IPV6;
                let set = option::set(self.as_fd(), level, libc::IPV6_TCLASS, value(tclass));
                set.map_err(|error| named("set", concat!("IPV6_TCLASS of ", $name), error))
            }

            /// As [`tos_v4`](Self::tos_v4), by the name that it had before.
            #[deprecated(note = "it is of IPv4 alone, and called `tos_v4`")]
            #[doc(hidden)]
            pub fn tos(&self) -> io::Result<u32> {
                self.tos_v4()
            }

            /// As [`set_tos_v4`](Self::set_tos_v4), by the name that it had before.
            #[deprecated(note = "it is of IPv4 alone, and called `set_tos_v4`")]
            #[doc(hidden)]
            pub fn set_tos(&self, tos: u32) -> io::Result<()> {
                self.set_tos_v4(tos)
            }

            /// The name of the interface that it is bound to (`SO_BINDTODEVICE`); `None`
            /// if it is to none. Only on Linux. See [`bind_device`](Self::bind_device).
            ///
            /// # Errors
            ///
            /// What the system says.
            #[cfg(target_os = "linux")]
            pub fn device(&self) -> io::Result<Option<Vec<u8>>> {
                option::device(self.as_fd())
            }

            /// Has it use the interface of that name alone (`SO_BINDTODEVICE`); `None`
            /// takes that back. Only on Linux.
            ///
            /// # Errors
            ///
            /// What the system says: there is none of that name, or the process may not.
            ///
            /// # Examples
            ///
            /// ```
            /// use buzzer::net::UdpSocket;
            ///
            /// # buzzer::block_on(async {
            /// let guest = UdpSocket::bind("127.0.0.1:0").await?;
            /// assert_eq!(guest.device()?, None);
            /// let refused = guest.bind_device(Some(b"no such")).unwrap_err();
            /// println!("{refused}");
            /// # std::io::Result::Ok(()) }).unwrap();
            /// ```
            #[cfg(target_os = "linux")]
            pub fn bind_device(&self, interface: Option<&[u8]>) -> io::Result<()> {
                let bound = option::bind_device(self.as_fd(), interface.unwrap_or_default());
                bound.map_err(|error| match interface {
                    Some(name) => {
                        let name = name.escape_ascii();
                        named("bind", format_args!("{} to interface {name}", $name), error)
                    }
                    None => named("take the interface of", $name, error),
                })
            }
        }
    )*};
}

marks_its_packets! {
    TcpSocket, "a TcpSocket";
    Socket<net::UdpSocket, Carries<Datagrams>>, "a UdpSocket";
}

/// More than fits is for the kernel to refuse.
fn value(number: u32) -> c_int {
    c_int::try_from(number).unwrap_or(c_int::MAX)
}
