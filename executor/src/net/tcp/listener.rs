//! What a TCP listener has beyond other listeners: binding, and its options.

use std::io;
use std::net;
use std::os::fd::AsFd;

use crate::io::error::named;
use crate::net::addr::{ToSocketAddrs, first_that_works};
use crate::net::listener::{BACKLOG, Listens};
use crate::net::socket::Socket;
use crate::net::std_sockets::StdListener;
use crate::sys::socket::{self, option};

/// A socket that listens for TCP connections. See [`Listener`](crate::net::Listener) for
/// what it has in common with a [`UnixListener`](crate::net::UnixListener): accepting.
///
/// # Examples
///
/// See [`TcpStream`](crate::net::TcpStream).
pub type TcpListener = Socket<net::TcpListener, Listens>;

impl Socket<net::TcpListener, Listens> {
    /// Listens at the first address that `address` stands for and that it can. Port 0
    /// lets the system choose one. As in tokio, an address that was just in use can be
    /// used again (`SO_REUSEADDR`); for several listeners on one port, and other
    /// options, see [`TcpSocket`](crate::net::TcpSocket). Whether `[::]` is IPv4's too is
    /// as the system has it: on Linux and macOS it is, on FreeBSD not.
    ///
    /// # Errors
    ///
    /// That of the last address tried, with the address.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    pub async fn bind<A: ToSocketAddrs>(address: A) -> io::Result<Self> {
        first_that_works("bind", &address, |address| {
            let socket = socket::socket(socket::domain_of(&address), libc::SOCK_STREAM)?;
            option::set(socket.as_fd(), libc::SOL_SOCKET, libc::SO_REUSEADDR, 1)?;
            socket::bind(socket.as_fd(), &address)?;
            socket::listen(socket.as_fd(), BACKLOG)?;
            Self::register(socket.into())
        })
        .await
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
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::net::TcpListener;
    ///
    /// # buzzer::block_on(async {
    /// let counter = TcpListener::bind("127.0.0.1:0").await?;
    /// counter.set_ttl(42)?;
    /// assert_eq!(counter.ttl()?, 42);
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        let set = self.source.get().set_ttl(ttl);
        set.map_err(|error| named("set", "IP_TTL of a TcpListener", error))
    }
}

impl StdListener for net::TcpListener {
    type Stream = net::TcpStream;

    fn accept_nonblocking(&self) -> io::Result<(net::TcpStream, net::SocketAddr)> {
        let (socket, peer) = socket::accept(self.as_fd())?;
        Ok((socket.into(), peer))
    }
}
