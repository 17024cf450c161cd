//! What a UDP socket has beyond other datagram sockets.
//!
//! - `options.rs`: its options, and multicast groups
//! - `peek.rs`: looking at a datagram without taking it

mod options;
mod peek;

use std::io;
use std::net::{self, SocketAddr};
use std::task::{Context, Poll, ready};

use super::addr::{ToSocketAddrs, first, first_that_works};
use super::socket::{Carries, Datagrams, Socket};
use crate::io::Interest;
use crate::io::error::{named, named_if_lasting};
use crate::machine::reactor::readiness::Direction;
use crate::sys::descriptor::above_standard;

/// A UDP socket. See [`DatagramSocket`](super::DatagramSocket) for what it has in common with a
/// [`UnixDatagram`](super::UnixDatagram): receiving, and sending once connected.
///
/// # Examples
///
/// ```
/// use buzzer::net::UdpSocket;
///
/// buzzer::block_on(async {
///     let counter = UdpSocket::bind("127.0.0.1:0").await?;
///     let guest = UdpSocket::bind("127.0.0.1:0").await?;
///     guest.send_to(b"one mocha", counter.local_addr()?).await?;
///     let mut order = [0; 64];
///     let (length, from) = counter.recv_from(&mut order).await?;
///     assert_eq!((&order[..length], from), (&b"one mocha"[..], guest.local_addr()?));
///     Ok::<(), std::io::Error>(())
/// })
/// # .unwrap();
/// ```
///
/// Its options:
///
/// ```
/// use std::net::Ipv4Addr;
/// use buzzer::net::UdpSocket;
///
/// # buzzer::block_on(async {
/// let guest = UdpSocket::bind("0.0.0.0:0").await?;
/// guest.set_broadcast(true)?;
/// guest.set_ttl(42)?;
/// guest.set_multicast_loop_v4(false)?;
/// guest.set_multicast_ttl_v4(3)?;
/// assert!(guest.broadcast()? && !guest.multicast_loop_v4()?);
/// assert_eq!((guest.ttl()?, guest.multicast_ttl_v4()?), (42, 3));
/// let (group, any) = (Ipv4Addr::new(224, 0, 0, 123), Ipv4Addr::UNSPECIFIED);
/// if guest.join_multicast_v4(group, any).is_ok() {
///     guest.leave_multicast_v4(group, any)?;
/// }
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub type UdpSocket = Socket<net::UdpSocket, Carries<Datagrams>>;

impl Socket<net::UdpSocket, Carries<Datagrams>> {
    /// Binds to the first address that `address` stands for and that it can. Port 0
    /// lets the system choose one.
    ///
    /// # Errors
    ///
    /// That of the last address tried, with the address.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UdpSocket;
    ///
    /// # buzzer::block_on(async {
    /// let counter = UdpSocket::bind("127.0.0.1:0").await?;
    /// assert_ne!(counter.local_addr()?.port(), 0); // One that was free.
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn bind<A: ToSocketAddrs>(address: A) -> io::Result<Self> {
        first_that_works("bind", &address, |address| {
            Self::from_std(above_standard(net::UdpSocket::bind(address)?)?)
        })
        .await
    }

    /// Sets where [`send`](Self::send) sends to, and the only address that is received
    /// from. Of several that `address` stands for it is the first that the system
    /// has a way to. It can be set anew.
    ///
    /// # Errors
    ///
    /// That of the last address tried, with the address.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UdpSocket;
    ///
    /// # buzzer::block_on(async {
    /// let counter = UdpSocket::bind("127.0.0.1:0").await?;
    /// let guest = UdpSocket::bind("127.0.0.1:0").await?;
    /// guest.connect(counter.local_addr()?).await?;
    /// guest.send(b"mocha").await?; // It knows to whom.
    /// assert_eq!(guest.peer_addr()?, counter.local_addr()?);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn connect<A: ToSocketAddrs>(&self, address: A) -> io::Result<()> {
        first_that_works("connect to", &address, |address| {
            self.source.get().connect(address)
        })
        .await
    }

    /// Sends a datagram to the first address that `target` stands for, and returns its
    /// length.
    ///
    /// # Errors
    ///
    /// What the system says, with the address: the datagram is too long (65,507 bytes
    /// over IPv4), or there is no way there.
    ///
    /// # Cancel safety
    ///
    /// A dropped call has sent nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UdpSocket;
    ///
    /// # buzzer::block_on(async {
    /// let counter = UdpSocket::bind("127.0.0.1:0").await?;
    /// let guest = UdpSocket::bind("127.0.0.1:0").await?;
    /// let target = counter.local_addr()?;
    /// assert_eq!(guest.send_to(b"mocha", target).await?, 5);
    /// assert_eq!(guest.try_send_to(b"latte", target)?, 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn send_to<A: ToSocketAddrs>(&self, bytes: &[u8], target: A) -> io::Result<usize> {
        let target = first("send to", &target).await?;
        let send = |inner: &net::UdpSocket| inner.send_to(bytes, target);
        let sent = self.source.async_io(Direction::Write, send).await;
        sent.map_err(|error| named("send to", target, error))
    }

    /// As [`send_to`](Self::send_to), for a future made by hand. Of several that wait
    /// to send by hand, only the one that polled last is woken.
    ///
    /// # Errors
    ///
    /// As [`send_to`](Self::send_to).
    #[track_caller]
    pub fn poll_send_to(
        &self,
        cx: &mut Context<'_>,
        bytes: &[u8],
        target: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        let send = |inner: &net::UdpSocket| inner.send_to(bytes, target);
        let sent = ready!(self.source.poll_io(cx, Direction::Write, send));
        Poll::Ready(sent.map_err(|error| named("send to", target, error)))
    }

    /// As [`send_to`](Self::send_to), without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room; else as [`send_to`](Self::send_to).
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::UdpSocket;
    ///
    /// # buzzer::block_on(async {
    /// let counter = UdpSocket::bind("127.0.0.1:0").await?;
    /// let guest = UdpSocket::bind("127.0.0.1:0").await?;
    /// guest.writable().await?;
    /// assert_eq!(guest.try_send_to(b"mocha", counter.local_addr()?)?, 5);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn try_send_to(&self, bytes: &[u8], target: SocketAddr) -> io::Result<usize> {
        let send = |inner: &net::UdpSocket| inner.send_to(bytes, target);
        let sent = self.source.try_io(Interest::WRITABLE, send);
        sent.map_err(|error| named_if_lasting("send to", target, error))
    }
}
