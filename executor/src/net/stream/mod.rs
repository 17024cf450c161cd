//! Stream sockets, TCP or Unix: what both can do.
//!
//! Owns the kind [`StreamSocket`], of which `TcpStream` and `UnixStream` are the two.
//! What only one of them has (connecting, options) is in `net/tcp/` and
//! `net/unix/`.
//!
//! - `ready.rs`: doing what is possible without waiting
//! - `halves.rs`: a stream split into its two directions

mod halves;
mod owned;
mod ready;

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::socket::{Carries, Kind, Socket};
use super::std_sockets::{StdSocket, StdStream};
use super::transfer;
use crate::io::kind::Kind as What;
use crate::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use crate::machine::reactor::readiness::Direction;
use crate::sys::socket;
pub use halves::Half;
pub(super) use halves::{ReadHalf, Receives, Sends, WriteHalf};
pub(super) use owned::{ReuniteError, WriteEnd};

/// A connected socket for bytes in order, both ways:
/// [`TcpStream`](super::TcpStream) or [`UnixStream`](super::UnixStream).
///
/// It is read through [`AsyncReadExt`](crate::io::AsyncReadExt) and written through
/// [`AsyncWriteExt`](crate::io::AsyncWriteExt). A write to a peer that is gone is an
/// error, never a SIGPIPE. Its drop closes the socket; to end only the sending, call
/// [`shutdown`](crate::io::AsyncWriteExt::shutdown).
///
/// See [`Socket`] for what it has in common with others: addresses, readiness.
pub type StreamSocket<S> = Socket<S, Carries<Bytes>>;

/// Bytes in order, both ways.
#[derive(Debug)]
pub struct Bytes {
    /// A Unix stream of std's may be a socket of packets (`SOCK_SEQPACKET`) all the same.
    in_packets: bool,
}

impl Kind for Carries<Bytes> {
    const INTEREST: Interest = Interest::STREAM;

    fn of<S: StdSocket>(socket: &S) -> Self {
        let in_packets = S::KIND == What::UnixStream && !socket::is_stream(socket.as_fd());
        Self(Bytes { in_packets })
    }
}

impl Carries<Bytes> {
    /// Whether a read that gives less than there was room for may have more behind it.
    fn in_packets(&self) -> bool {
        self.0.in_packets
    }
}

impl<S: StdStream> Socket<S, Carries<Bytes>> {
    /// Waits until a connect that was begun has come to its end.
    pub(super) async fn connected(self) -> io::Result<Self> {
        let source = &self.source;
        source.async_io(Direction::Write, has_connected).await?;
        Ok(self)
    }

    /// Receives without taking: the next read gets the same bytes. Returns how many
    /// there were; zero is the end, or an empty `buffer`.
    ///
    /// # Errors
    ///
    /// What the system says.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::{AsyncReadExt, AsyncWriteExt};
    /// use buzzer::net::UnixStream;
    ///
    /// # buzzer::block_on(async {
    /// let (mut here, mut there) = UnixStream::pair()?;
    /// there.write_all(b"mocha").await?;
    /// let (mut first, mut order) = ([0; 1], [0; 5]);
    /// here.peek(&mut first).await?;
    /// here.read_exact(&mut order).await?;
    /// assert_eq!((&first, &order), (b"m", b"mocha"));
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub async fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let peek = |inner: &S| {
            let mut buffer = ReadBuf::new(buffer);
            socket::recv(inner.as_fd(), &mut buffer, libc::MSG_PEEK)
        };
        self.source.async_io(Direction::Read, peek).await
    }

    /// As [`peek`](Self::peek), for a future made by hand. Of several that wait to
    /// read by hand, only the one that polled last is woken.
    ///
    /// # Errors
    ///
    /// What the system says.
    #[track_caller]
    pub fn poll_peek(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        let peek = |inner: &S| socket::recv(inner.as_fd(), buffer, libc::MSG_PEEK);
        self.source.poll_io(cx, Direction::Read, peek)
    }

    /// Splits it into its two directions, for as long as it is borrowed. Costs
    /// nothing. Dropping the write half shuts nothing down.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::{AsyncReadExt, AsyncWriteExt};
    /// use buzzer::net::UnixStream;
    ///
    /// # buzzer::block_on(async {
    /// let (mut here, there) = UnixStream::pair()?;
    /// drop(there);
    /// let (mut read, mut write) = here.split(); // For two futures of one task.
    /// let (said, heard) = buzzer::gather!(write.shutdown(), read.read(&mut [0; 64])).await;
    /// assert_eq!(heard?, 0);
    /// # said.ok();
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn split(&mut self) -> (ReadHalf<&Self>, WriteHalf<&Self>) {
        (ReadHalf::new(self), WriteHalf::new(self))
    }

    /// Splits it into its two directions, each of which can go to another task. Costs
    /// one allocation. Dropping the write half shuts the sending side down; the
    /// socket is closed with the second half.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::{AsyncReadExt, AsyncWriteExt};
    /// use buzzer::net::UnixStream;
    ///
    /// # buzzer::block_on(async {
    /// let (here, mut there) = UnixStream::pair()?;
    /// let (mut read, mut write) = here.into_split(); // For two tasks.
    /// let listens = buzzer::spawn(async move {
    ///     let mut heard = String::new();
    ///     read.read_to_string(&mut heard).await.map(|_| heard)
    /// });
    /// write.write_all(b"one mocha").await?;
    /// there.write_all(b"here it is").await?;
    /// there.shutdown().await?;
    /// assert_eq!(listens.await.unwrap()?, "here it is");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn into_split(self) -> (ReadHalf<Arc<Self>>, WriteHalf<WriteEnd<S>>) {
        let stream = Arc::new(self);
        let write = WriteHalf::new(WriteEnd::new(stream.clone()));
        (ReadHalf::new(stream), write)
    }
}

impl<S: StdStream> AsyncRead for Socket<S, Carries<Bytes>> {
    #[track_caller]
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        transfer::poll_recv(&self.source, self.kind.in_packets(), cx, buffer)
    }
}

impl<S: StdStream> AsyncWrite for Socket<S, Carries<Bytes>> {
    #[track_caller]
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

    #[track_caller]
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

/// Whether a connect that was begun has come to its end. Writable does not yet mean
/// connected: the socket has the error, if there was one; and without a peer it is
/// still at it, so the wait goes on. A peer that is gone again is for who reads, where
/// the system doesn't name it any more.
fn has_connected(stream: &impl StdStream) -> io::Result<()> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    match stream.peer_addr() {
        Err(error) if error.kind() == io::ErrorKind::NotConnected => {
            Err(io::ErrorKind::WouldBlock.into())
        }
        // Refused since it was asked for its error, it has no peer either.
        Err(error) if socket::says_the_peer_is_gone(&error) => match stream.take_error()? {
            Some(error) => Err(error),
            None => Ok(()),
        },
        peer => peer.map(drop),
    }
}

impl<S> AsRef<Self> for Socket<S, Carries<Bytes>> {
    fn as_ref(&self) -> &Self {
        self
    }
}
