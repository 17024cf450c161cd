//! Where TCP connections come in.

use std::fmt;
use std::io;
use std::net::{self, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use super::TcpStream;
use crate::io::Interest;
use crate::io::source::Source;
use crate::net::addr::{ToSocketAddrs, first_that_works};
use crate::reactor::readiness::Direction;
use crate::sys::socket;

/// Connections that may wait to be accepted, as in tokio and std; the kernel takes
/// no more than `net.core.somaxconn`.
const BACKLOG: u32 = 1024;

/// A socket that listens for TCP connections.
pub struct TcpListener {
    source: Source<net::TcpListener>,
}

impl TcpListener {
    #[track_caller]
    pub(super) fn register(listener: net::TcpListener) -> io::Result<Self> {
        let source = Source::new("a TcpListener", listener, Interest::READABLE)?;
        Ok(Self { source })
    }

    /// Listens at the first address that `address` stands for and that it can. Port 0
    /// lets the system choose one. As in tokio, an address that was just in use can be
    /// used again (`SO_REUSEADDR`).
    ///
    /// # Errors
    ///
    /// That of the last address tried, with the address.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    pub async fn bind<A: ToSocketAddrs>(address: A) -> io::Result<Self> {
        first_that_works("listen at", &address, async |address| {
            let socket = socket::socket(socket::domain_of(&address), libc::SOCK_STREAM)?;
            let fd = socket.as_fd();
            socket::set_option(fd, libc::SOL_SOCKET, libc::SO_REUSEADDR, 1)?;
            socket::bind(fd, &address)?;
            socket::listen(fd, BACKLOG)?;
            Self::register(socket.into())
        })
        .await
    }

    /// Takes the next connection, and says where it comes from.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let accept = |listener: &net::TcpListener| socket::accept(listener.as_fd());
        let (socket, peer) = self.source.async_io(Direction::Read, accept).await?;
        Ok((TcpStream::register(socket.into())?, peer))
    }

    /// The address that it listens at.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.get().local_addr()
    }
}

impl AsFd for TcpListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.source.as_fd()
    }
}

impl AsRawFd for TcpListener {
    fn as_raw_fd(&self) -> RawFd {
        self.source.get().as_raw_fd()
    }
}

impl fmt::Debug for TcpListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}
