//! What a TCP stream has beyond other streams: connecting, and its options.

use std::io;
use std::net::{self, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use crate::io::error::named;
use crate::net::addr::{ToSocketAddrs, first_that_answers};
use crate::net::socket::{Carries, Socket};
use crate::net::stream::Bytes;
use crate::sys::socket::{self, option};

/// A TCP connection. See [`StreamSocket`](crate::net::StreamSocket) for what it has in
/// common with a [`UnixStream`](crate::net::UnixStream): reading, writing, splitting.
///
/// # Examples
///
/// ```
/// use buzzer::io::{AsyncReadExt, AsyncWriteExt};
/// use buzzer::net::{TcpListener, TcpStream};
///
/// buzzer::block_on(async {
///     let counter = TcpListener::bind("127.0.0.1:0").await?;
///     let mut guest = TcpStream::connect(counter.local_addr()?).await?;
///     guest.write_all(b"one mocha").await?;
///     guest.shutdown().await?;
///     let (mut barista, _) = counter.accept().await?;
///     let mut order = String::new();
///     barista.read_to_string(&mut order).await?;
///     assert_eq!(order, "one mocha");
///     Ok::<(), std::io::Error>(())
/// })
/// # .unwrap();
/// ```
///
/// ```
/// use std::time::Duration;
/// use buzzer::net::{TcpListener, TcpStream};
///
/// # buzzer::block_on(async {
/// let counter = TcpListener::bind("127.0.0.1:0").await?;
/// let guest = TcpStream::connect(counter.local_addr()?).await?;
/// guest.set_nodelay(true)?; // Small packets are sent at once.
/// assert!(guest.nodelay()?);
/// guest.set_linger(Some(Duration::from_secs(1)))?;
/// assert_eq!(guest.linger()?, Some(Duration::from_secs(1)));
/// guest.set_zero_linger()?;
/// guest.set_ttl(42)?;
/// assert_eq!(guest.ttl()?, 42);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub type TcpStream = Socket<net::TcpStream, Carries<Bytes>>;

impl Socket<net::TcpStream, Carries<Bytes>> {
    /// Connects to the first address that `address` stands for and that answers.
    ///
    /// # Errors
    ///
    /// That of the last address tried, with the address.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Cancel safety
    ///
    /// A dropped connect closes its socket.
    pub async fn connect<A: ToSocketAddrs>(address: A) -> io::Result<Self> {
        first_that_answers("connect to", &address, async |address| {
            let socket = socket::socket(socket::domain_of(&address), libc::SOCK_STREAM)?;
            Self::connect_socket(socket, &address).await
        })
        .await
    }

    /// Connects a socket that does not block.
    pub(super) async fn connect_socket(socket: OwnedFd, address: &SocketAddr) -> io::Result<Self> {
        match socket::connect(socket.as_fd(), address)? {
            true => Self::register(socket.into()),
            false => Self::register(socket.into())?.connected().await,
        }
    }

    /// Whether small writes are sent at once (`TCP_NODELAY`, tcp(7)).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn nodelay(&self) -> io::Result<bool> {
        self.source.get().nodelay()
    }

    /// Sends small writes at once, instead of waiting for the peer to acknowledge the
    /// ones before (`TCP_NODELAY`, tcp(7)). Off at first.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        let set = self.source.get().set_nodelay(nodelay);
        set.map_err(|error| named("set", "TCP_NODELAY of a TcpStream", error))
    }

    /// Whether what is received is acknowledged at once (`TCP_QUICKACK`, tcp(7)). Only on
    /// Linux. See [`set_quickack`](Self::set_quickack).
    ///
    /// # Errors
    ///
    /// What the system says.
    #[cfg(target_os = "linux")]
    pub fn quickack(&self) -> io::Result<bool> {
        let value = option::get(self.as_fd(), libc::IPPROTO_TCP, libc::TCP_QUICKACK)?;
        Ok(value != 0)
    }

    /// Acknowledges at once what is received (`TCP_QUICKACK`, tcp(7)). The kernel
    /// comes back to its own judgement after a while, so it is set again and again. Only
    /// on Linux.
    ///
    /// # Errors
    ///
    /// What the system says.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::{TcpListener, TcpStream};
    ///
    /// # buzzer::block_on(async {
    /// let counter = TcpListener::bind("127.0.0.1:0").await?;
    /// let guest = TcpStream::connect(counter.local_addr()?).await?;
    /// guest.set_quickack(true)?;
    /// assert!(guest.quickack()?);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[cfg(target_os = "linux")]
    pub fn set_quickack(&self, quickack: bool) -> io::Result<()> {
        let value = quickack.into();
        option::set(self.as_fd(), libc::IPPROTO_TCP, libc::TCP_QUICKACK, value)
    }

    /// How long the drop waits for unsent bytes; `None` if the kernel sends them
    /// afterwards (`SO_LINGER`, socket(7)).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        option::linger(self.as_fd())
    }

    /// Lets the drop wait for unsent bytes, in whole seconds (`SO_LINGER`,
    /// socket(7)); on macOS for 327 at the most.
    ///
    /// With more than zero the drop blocks the thread, and every task with it: await
    /// [`shutdown`](crate::io::AsyncWriteExt::shutdown) and the peer's end instead.
    /// With zero nothing is waited for: see [`set_zero_linger`](Self::set_zero_linger).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_linger(&self, duration: Option<Duration>) -> io::Result<()> {
        option::set_linger(self.as_fd(), duration)
    }

    /// Lets the drop reset the connection: unsent bytes are lost, and the peer's
    /// reads fail.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_zero_linger(&self) -> io::Result<()> {
        self.set_linger(Some(Duration::ZERO))
    }

    /// How many hops a packet may make (`IP_TTL`, ip(7)).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn ttl(&self) -> io::Result<u32> {
        self.source.get().ttl()
    }

    /// Sets how many hops a packet may make (`IP_TTL`, ip(7)).
    ///
    /// # Errors
    ///
    /// What the system says: `InvalidInput` for more than 255, or for zero.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        let set = self.source.get().set_ttl(ttl);
        set.map_err(|error| named("set", "IP_TTL of a TcpStream", error))
    }
}
