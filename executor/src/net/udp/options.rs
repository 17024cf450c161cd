//! The options of UDP sockets, and multicast groups: ip(7), ipv6(7).

use std::io;
use std::net::{self, Ipv4Addr, Ipv6Addr};

use crate::io::error::named;
use crate::net::socket::{Carries, Datagrams, Socket};

impl Socket<net::UdpSocket, Carries<Datagrams>> {
    /// Whether it may send to broadcast addresses (`SO_BROADCAST`, socket(7)).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn broadcast(&self) -> io::Result<bool> {
        self.source.get().broadcast()
    }

    /// Lets it send to broadcast addresses (`SO_BROADCAST`, socket(7)). Off at first.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_broadcast(&self, on: bool) -> io::Result<()> {
        let set = self.source.get().set_broadcast(on);
        set.map_err(|error| named("set", "SO_BROADCAST of a UdpSocket", error))
    }

    /// How many hops a datagram may make (`IP_TTL`).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn ttl(&self) -> io::Result<u32> {
        self.source.get().ttl()
    }

    /// Sets how many hops a datagram may make (`IP_TTL`).
    ///
    /// # Errors
    ///
    /// What the system says: `InvalidInput` for more than 255, or for zero.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        let set = self.source.get().set_ttl(ttl);
        set.map_err(|error| named("set", "IP_TTL of a UdpSocket", error))
    }

    /// Whether this machine gets what it sends to IPv4 groups (`IP_MULTICAST_LOOP`).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn multicast_loop_v4(&self) -> io::Result<bool> {
        self.source.get().multicast_loop_v4()
    }

    /// Sets whether this machine gets what it sends to IPv4 groups
    /// (`IP_MULTICAST_LOOP`). On at first.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_multicast_loop_v4(&self, on: bool) -> io::Result<()> {
        let set = self.source.get().set_multicast_loop_v4(on);
        set.map_err(|error| named("set", "IP_MULTICAST_LOOP of a UdpSocket", error))
    }

    /// Whether this machine gets what it sends to IPv6 groups (`IPV6_MULTICAST_LOOP`).
    /// See [`set_multicast_loop_v6`](Self::set_multicast_loop_v6).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn multicast_loop_v6(&self) -> io::Result<bool> {
        self.source.get().multicast_loop_v6()
    }

    /// Sets whether this machine gets what it sends to IPv6 groups
    /// (`IPV6_MULTICAST_LOOP`). On at first.
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
    /// if let Ok(guest) = UdpSocket::bind("[::]:0").await {
    ///     guest.set_multicast_loop_v6(false)?;
    ///     assert!(!guest.multicast_loop_v6()?);
    /// }
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn set_multicast_loop_v6(&self, on: bool) -> io::Result<()> {
        let set = self.source.get().set_multicast_loop_v6(on);
        set.map_err(|error| named("set", "IPV6_MULTICAST_LOOP of a UdpSocket", error))
    }

    /// How many hops a datagram to an IPv4 group may make (`IP_MULTICAST_TTL`).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn multicast_ttl_v4(&self) -> io::Result<u32> {
        self.source.get().multicast_ttl_v4()
    }

    /// Sets how many hops a datagram to an IPv4 group may make (`IP_MULTICAST_TTL`).
    /// One at first: it stays in the local network.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_multicast_ttl_v4(&self, ttl: u32) -> io::Result<()> {
        let set = self.source.get().set_multicast_ttl_v4(ttl);
        set.map_err(|error| named("set", "IP_MULTICAST_TTL of a UdpSocket", error))
    }

    /// Joins an IPv4 group through the interface with that address; unspecified lets
    /// the system choose one (`IP_ADD_MEMBERSHIP`).
    ///
    /// # Errors
    ///
    /// What the system says: it is no address of a group, or there is no interface.
    pub fn join_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        let joined = self.source.get().join_multicast_v4(&group, &interface);
        joined.map_err(|error| named("join", format_args!("the group {group}"), error))
    }

    /// Joins an IPv6 group through the interface of that number; zero lets the system
    /// choose one (`IPV6_ADD_MEMBERSHIP`).
    ///
    /// # Errors
    ///
    /// What the system says: it is no address of a group, or there is no interface.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UdpSocket;
    ///
    /// # buzzer::block_on(async {
    /// if let Ok(guest) = UdpSocket::bind("[::]:0").await {
    ///     let group = "ff02::123".parse().unwrap();
    ///     if guest.join_multicast_v6(&group, 0).is_ok() {
    ///         guest.leave_multicast_v6(&group, 0)?;
    ///     }
    /// }
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn join_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> io::Result<()> {
        let joined = self.source.get().join_multicast_v6(group, interface);
        joined.map_err(|error| named("join", format_args!("the group {group}"), error))
    }

    /// Leaves a group that was joined so (`IP_DROP_MEMBERSHIP`).
    ///
    /// # Errors
    ///
    /// What the system says: it is not in the group.
    pub fn leave_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        let left = self.source.get().leave_multicast_v4(&group, &interface);
        left.map_err(|error| named("leave", format_args!("the group {group}"), error))
    }

    /// Leaves a group that was joined so (`IPV6_DROP_MEMBERSHIP`).
    /// See [`join_multicast_v6`](Self::join_multicast_v6).
    ///
    /// # Errors
    ///
    /// What the system says: it is not in the group.
    pub fn leave_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> io::Result<()> {
        let left = self.source.get().leave_multicast_v6(group, interface);
        left.map_err(|error| named("leave", format_args!("the group {group}"), error))
    }
}
