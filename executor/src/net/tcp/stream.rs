//! One TCP connection.

use std::fmt;
use std::io::{self, IoSlice};
use std::net::{self, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::io::source::Source;
use crate::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use crate::net::addr::{ToSocketAddrs, first_that_works};
use crate::net::transfer;
use crate::reactor::readiness::Direction;
use crate::sys::socket;

/// A TCP connection.
pub struct TcpStream {
    source: Source<net::TcpStream>,
}

impl TcpStream {
    #[track_caller]
    pub(super) fn register(stream: net::TcpStream) -> io::Result<Self> {
        let source = Source::new("a TcpStream", stream, Interest::STREAM)?;
        Ok(Self { source })
    }

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
        first_that_works("connect to", &address, Self::connect_to).await
    }

    /// Connects to one address.
    async fn connect_to(address: SocketAddr) -> io::Result<Self> {
        let socket = socket::socket(socket::domain_of(&address), libc::SOCK_STREAM)?;
        match socket::connect(socket.as_fd(), &address) {
            Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => return Err(error),
            _ => {}
        }
        let stream = Self::register(socket.into())?;
        stream.source.async_io(Direction::Write, connected).await?;
        Ok(stream)
    }

    /// Gives the socket back to std, deregistered. It stays non-blocking.
    ///
    /// # Errors
    ///
    /// None here; the signature is tokio's.
    pub fn into_std(self) -> io::Result<net::TcpStream> {
        Ok(self.source.into_inner())
    }

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source.get().local_addr()
    }

    /// The address of the other end.
    ///
    /// # Errors
    ///
    /// `NotConnected` after the other end has reset the connection.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.source.get().peer_addr()
    }
}

/// Whether a connect that was begun has come to its end. Writable does not yet mean
/// connected: the socket has the error, if there was one; and without a peer it is
/// still at it, so the wait goes on.
fn connected(stream: &net::TcpStream) -> io::Result<()> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    match stream.peer_addr() {
        Err(error) if error.kind() == io::ErrorKind::NotConnected => {
            Err(io::ErrorKind::WouldBlock.into())
        }
        peer => peer.map(drop),
    }
}

impl AsyncRead for TcpStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        transfer::poll_recv(&self.source, cx, buffer)
    }
}

impl AsyncWrite for TcpStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        transfer::poll_send(&self.source, cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(transfer::shut_down_write(&self.source))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        transfer::poll_send_vectored(&self.source, cx, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}

impl AsFd for TcpStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.source.as_fd()
    }
}

impl AsRawFd for TcpStream {
    fn as_raw_fd(&self) -> RawFd {
        self.source.get().as_raw_fd()
    }
}

impl fmt::Debug for TcpStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}
