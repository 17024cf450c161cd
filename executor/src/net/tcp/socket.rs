//! A TCP socket before it connects or listens.
//!
//! Owns [`TcpSocket`], through which options are set in time.

use std::ffi::c_int;
use std::io;
use std::net::{self, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::time::Duration;

use crate::io::error::named;
use crate::net::{TcpListener, TcpStream};
use crate::sys::promised::from_raw_fd;
use crate::sys::socket::{self, option};

/// A TCP socket that neither connects nor listens yet, so that its options can be
/// set before.
///
/// # Examples
///
/// Two listeners on one port, between which Linux shares out the connections; with a
/// runtime on each core, each has one of its own.
///
/// ```
/// use buzzer::net::TcpSocket;
///
/// fn counter(address: std::net::SocketAddr) -> std::io::Result<buzzer::net::TcpListener> {
///     let socket = TcpSocket::new_v4()?;
///     socket.set_reuseport(true)?;
///     socket.bind(address)?;
///     socket.listen(1024)
/// }
///
/// buzzer::block_on(async {
///     let first = counter(([127, 0, 0, 1], 0).into())?;
///     let second = counter(first.local_addr()?)?;
///     assert_eq!(first.local_addr()?, second.local_addr()?);
///     Ok::<(), std::io::Error>(())
/// })
/// # .unwrap();
/// ```
///
/// Its options, before it is used:
///
/// ```
/// use std::time::Duration;
/// use buzzer::net::TcpSocket;
///
/// let socket = TcpSocket::new_v4()?;
/// socket.set_reuseaddr(true)?;
/// socket.set_keepalive(true)?;
/// socket.set_nodelay(true)?;
/// assert!(socket.reuseaddr()? && socket.keepalive()? && socket.nodelay()?);
/// assert!(!socket.reuseport()?);
/// socket.set_send_buffer_size(65_536)?;
/// socket.set_recv_buffer_size(65_536)?;
/// assert!(socket.send_buffer_size()? >= 65_536); // Linux doubles it, for its own needs.
/// assert!(socket.recv_buffer_size()? >= 65_536);
/// socket.set_linger(Some(Duration::from_secs(1)))?;
/// assert_eq!(socket.linger()?, Some(Duration::from_secs(1)));
/// socket.set_zero_linger()?; // Its drop resets the connection.
/// assert!(socket.take_error()?.is_none());
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct TcpSocket(OwnedFd);

impl TcpSocket {
    /// A new socket for IPv4.
    ///
    /// # Errors
    ///
    /// What the system says: no descriptor is left.
    pub fn new_v4() -> io::Result<Self> {
        Self::new(libc::AF_INET)
    }

    /// A new socket for IPv6.
    ///
    /// # Errors
    ///
    /// What the system says: no descriptor is left, or there is no IPv6.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::TcpSocket;
    ///
    /// // Where there is no IPv6 it is an error, and the program can do without.
    /// match TcpSocket::new_v6() {
    ///     Ok(socket) => assert!(socket.local_addr()?.is_ipv6()),
    ///     Err(error) => println!("{error}"),
    /// }
    /// # std::io::Result::Ok(())
    /// ```
    pub fn new_v6() -> io::Result<Self> {
        Self::new(libc::AF_INET6)
    }

    fn new(family: c_int) -> io::Result<Self> {
        let made = socket::socket(family, libc::SOCK_STREAM);
        made.map(Self)
            .map_err(|error| named("make", "a TcpSocket", error))
    }

    /// Takes over a socket of std that is not connected yet. It is made non-blocking.
    ///
    /// # Panics
    ///
    /// If it can't be made non-blocking, which no system has a reason to refuse; the
    /// signature is tokio's.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::TcpSocket;
    ///
    /// let counter = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let std = std::net::TcpStream::connect(counter.local_addr()?)?;
    /// let socket = TcpSocket::from_std_stream(std);
    /// assert!(!socket.nodelay()?);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn from_std_stream(stream: net::TcpStream) -> Self {
        let nonblocking = stream.set_nonblocking(true);
        nonblocking.expect("a socket can be made non-blocking");
        Self(stream.into())
    }

    /// One that was made elsewhere. It is not to block.
    fn adopt(socket: OwnedFd) -> Self {
        // It fails only for what is none, and then all that follows does.
        let _ = crate::sys::pipe::set_nonblocking(socket.as_fd(), true);
        Self(socket)
    }

    /// Gives it the address that it will listen at, or connect from. Port 0 lets the
    /// system choose one.
    ///
    /// # Errors
    ///
    /// What the system says, with the address.
    pub fn bind(&self, address: SocketAddr) -> io::Result<()> {
        socket::bind(self.as_fd(), &address).map_err(|error| named("bind", address, error))
    }

    /// Connects it.
    ///
    /// # Errors
    ///
    /// What the system says, with the address.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Cancel safety
    ///
    /// A dropped connect closes the socket.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::{TcpListener, TcpSocket};
    ///
    /// # buzzer::block_on(async {
    /// let counter = TcpListener::bind("127.0.0.1:0").await?;
    /// let socket = TcpSocket::new_v4()?;
    /// socket.bind(([127, 0, 0, 1], 0).into())?; // From an address that we choose.
    /// let guest = socket.connect(counter.local_addr()?).await?;
    /// assert_eq!(guest.peer_addr()?, counter.local_addr()?);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn connect(self, address: SocketAddr) -> io::Result<TcpStream> {
        let connected = TcpStream::connect_socket(self.0, &address).await;
        connected.map_err(|error| named("connect to", address, error))
    }

    /// Listens at the address that it was bound to. Up to `backlog` connections may
    /// wait to be accepted; the kernel takes no more than its own limit
    /// (`net.core.somaxconn` on Linux).
    ///
    /// # Errors
    ///
    /// What the system says, with the address.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    #[track_caller]
    pub fn listen(self, backlog: u32) -> io::Result<TcpListener> {
        let listens = socket::listen(self.as_fd(), backlog);
        let address = || socket::local_addr(self.as_fd());
        listens.map_err(|error| match address() {
            Ok(address) => named("listen at", address, error),
            Err(_) => named("listen with", "a TcpSocket", error),
        })?;
        TcpListener::register(self.0.into())
    }

    /// The address that it is bound to.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        socket::local_addr(self.as_fd())
    }

    /// Takes the error that is pending at the socket (`SO_ERROR`, socket(7)).
    ///
    /// # Errors
    ///
    /// When the socket can't be asked.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        let error = self.option(libc::SOL_SOCKET, libc::SO_ERROR)?;
        Ok((error != 0).then(|| io::Error::from_raw_os_error(error)))
    }

    fn option(&self, level: c_int, name: c_int) -> io::Result<c_int> {
        option::get(self.as_fd(), level, name)
    }

    fn set_option(&self, level: c_int, name: c_int, value: c_int) -> io::Result<()> {
        option::set(self.as_fd(), level, name, value)
    }

    /// Whether an address can be bound to that was just in use (`SO_REUSEADDR`).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn reuseaddr(&self) -> io::Result<bool> {
        Ok(self.option(libc::SOL_SOCKET, libc::SO_REUSEADDR)? != 0)
    }

    /// Lets it bind to an address that was just in use (`SO_REUSEADDR`, socket(7)).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_reuseaddr(&self, reuseaddr: bool) -> io::Result<()> {
        self.set_option(libc::SOL_SOCKET, libc::SO_REUSEADDR, reuseaddr.into())
    }

    /// Whether it shares its port with other listeners (`SO_REUSEPORT`).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn reuseport(&self) -> io::Result<bool> {
        Ok(self.option(libc::SOL_SOCKET, libc::SO_REUSEPORT)? != 0)
    }

    /// Lets it share its port with other listeners of this user that say so too
    /// (`SO_REUSEPORT`, socket(7)). Each new connection goes to one of them: Linux
    /// shares them out, elsewhere one listener may get all.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_reuseport(&self, reuseport: bool) -> io::Result<()> {
        self.set_option(libc::SOL_SOCKET, libc::SO_REUSEPORT, reuseport.into())
    }

    /// Whether an idle connection's peer is asked now and then whether it is still
    /// there (`SO_KEEPALIVE`).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn keepalive(&self) -> io::Result<bool> {
        Ok(self.option(libc::SOL_SOCKET, libc::SO_KEEPALIVE)? != 0)
    }

    /// Asks an idle connection's peer now and then whether it is still there
    /// (`SO_KEEPALIVE`, socket(7)).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_keepalive(&self, keepalive: bool) -> io::Result<()> {
        self.set_option(libc::SOL_SOCKET, libc::SO_KEEPALIVE, keepalive.into())
    }

    /// Whether small writes are sent at once. See [`TcpStream::set_nodelay`].
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn nodelay(&self) -> io::Result<bool> {
        Ok(self.option(libc::IPPROTO_TCP, libc::TCP_NODELAY)? != 0)
    }

    /// Sends small writes at once. See [`TcpStream::set_nodelay`].
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.set_option(libc::IPPROTO_TCP, libc::TCP_NODELAY, nodelay.into())
    }

    /// The size of the buffer for what is to be sent, in bytes (`SO_SNDBUF`).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn send_buffer_size(&self) -> io::Result<u32> {
        let size = self.option(libc::SOL_SOCKET, libc::SO_SNDBUF)?;
        Ok(size.unsigned_abs())
    }

    /// Asks for a buffer of `size` bytes for what is to be sent (`SO_SNDBUF`,
    /// socket(7)). Linux doubles it for its own needs, within its limits.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_send_buffer_size(&self, size: u32) -> io::Result<()> {
        let size = c_int::try_from(size).unwrap_or(c_int::MAX);
        self.set_option(libc::SOL_SOCKET, libc::SO_SNDBUF, size)
    }

    /// The size of the buffer for what was received, in bytes (`SO_RCVBUF`).
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn recv_buffer_size(&self) -> io::Result<u32> {
        let size = self.option(libc::SOL_SOCKET, libc::SO_RCVBUF)?;
        Ok(size.unsigned_abs())
    }

    /// Asks for a buffer of `size` bytes for what was received (`SO_RCVBUF`,
    /// socket(7)). Linux doubles it for its own needs, within its limits.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_recv_buffer_size(&self, size: u32) -> io::Result<()> {
        let size = c_int::try_from(size).unwrap_or(c_int::MAX);
        self.set_option(libc::SOL_SOCKET, libc::SO_RCVBUF, size)
    }

    /// See [`TcpStream::linger`].
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        option::linger(self.as_fd())
    }

    /// See [`TcpStream::set_linger`].
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_linger(&self, duration: Option<Duration>) -> io::Result<()> {
        option::set_linger(self.as_fd(), duration)
    }

    /// See [`TcpStream::set_zero_linger`].
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_zero_linger(&self) -> io::Result<()> {
        self.set_linger(Some(Duration::ZERO))
    }
}

impl AsFd for TcpSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for TcpSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

impl IntoRawFd for TcpSocket {
    fn into_raw_fd(self) -> RawFd {
        self.0.into_raw_fd()
    }
}

from_raw_fd!(TcpSocket, Self::adopt);
