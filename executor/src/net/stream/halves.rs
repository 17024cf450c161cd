//! A stream socket split into its two directions.
//!
//! Owns [`Half`], of which [`ReadHalf`] and [`WriteHalf`] are the two. It is written once,
//! over a pointer to the stream: a reference, for halves that borrow it; a counted one,
//! for halves that own it together (`owned.rs`). `net::tcp` and `net::unix` give the four
//! their usual names.

use std::io::{self, IoSlice, IoSliceMut};
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::StreamSocket;
use crate::io::{AsyncRead, AsyncWrite, Interest, ReadBuf, Ready};
use crate::net::std_sockets::StdStream;
use crate::net::transfer;

/// One side of a stream, from [`split`](StreamSocket::split) or
/// [`into_split`](StreamSocket::into_split).
///
/// # Examples
///
/// ```
/// use std::io::{IoSlice, IoSliceMut};
/// use buzzer::io::Interest;
/// use buzzer::net::UnixStream;
///
/// # buzzer::block_on(async {
/// let (mut guest, mut barista) = UnixStream::pair()?;
/// let (_, write) = guest.split();
/// let (mut read, _) = barista.split();
/// assert!(write.peer_addr()?.is_unnamed() && read.local_addr()?.is_unnamed());
///
/// write.writable().await?;
/// write.try_write(b"mo")?;
/// write.try_write_vectored(&[IoSlice::new(b"ch"), IoSlice::new(b"a")])?;
/// assert!(read.ready(Interest::READABLE).await?.is_readable());
/// let (mut first, mut two, mut last) = ([0; 1], [0; 2], [0; 2]);
/// read.peek(&mut first).await?; // Takes nothing.
/// read.readable().await?;
/// read.try_read(&mut two)?;
/// read.try_read_vectored(&mut [IoSliceMut::new(&mut last)])?;
/// assert_eq!((&first, &two, &last), (b"m", b"mo", b"ch"));
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct Half<P, D> {
    pub(super) stream: P,
    does: PhantomData<D>,
}

/// What the receiving side of a [`Half`] does.
#[derive(Debug)]
pub struct Receives;

/// What the sending side of a [`Half`] does.
#[derive(Debug)]
pub struct Sends;

/// The receiving side of a stream. Reads are the stream's.
pub(in crate::net) type ReadHalf<P> = Half<P, Receives>;

/// The sending side of a stream. Writes are the stream's.
pub(in crate::net) type WriteHalf<P> = Half<P, Sends>;

impl<S, P, D> Half<P, D>
where
    S: StdStream,
    P: Deref<Target = StreamSocket<S>>,
{
    pub(super) fn new(stream: P) -> Self {
        let does = PhantomData;
        Self { stream, does }
    }

    /// See [`StreamSocket::ready`].
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses no readiness.
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        self.stream.ready(interest).await
    }

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<S::Address> {
        self.stream.local_addr()
    }

    /// The address of the other end.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn peer_addr(&self) -> io::Result<S::Address> {
        self.stream.peer_addr()
    }
}

impl<S, P> Half<P, Receives>
where
    S: StdStream,
    P: Deref<Target = StreamSocket<S>>,
{
    /// See [`StreamSocket::peek`].
    ///
    /// # Errors
    ///
    /// What the system says.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    pub async fn peek(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.peek(buffer).await
    }

    /// As [`peek`](Self::peek), for a future made by hand: see [`StreamSocket::poll_peek`].
    ///
    /// # Errors
    ///
    /// What the system says.
    #[track_caller]
    pub fn poll_peek(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        self.stream.poll_peek(cx, buffer)
    }

    /// See [`StreamSocket::readable`].
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses no readiness.
    pub async fn readable(&self) -> io::Result<()> {
        self.stream.readable().await
    }

    /// See [`StreamSocket::try_read`].
    ///
    /// # Errors
    ///
    /// `WouldBlock` if nothing is there; what else the system says.
    #[track_caller]
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.try_read(buffer)
    }

    /// See [`StreamSocket::try_read_vectored`].
    ///
    /// # Errors
    ///
    /// `WouldBlock` if nothing is there; what else the system says.
    #[track_caller]
    pub fn try_read_vectored(&self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.stream.try_read_vectored(buffers)
    }
}

#[cfg(feature = "bytes")]
impl<S, P> Half<P, Receives>
where
    S: StdStream,
    P: Deref<Target = StreamSocket<S>>,
{
    /// See [`StreamSocket::try_read_buf`].
    ///
    /// # Errors
    ///
    /// `WouldBlock` if nothing is there; what else the system says.
    #[track_caller]
    pub fn try_read_buf<B: bytes::BufMut>(&self, buffer: &mut B) -> io::Result<usize> {
        self.stream.try_read_buf(buffer)
    }
}

impl<S, P> Half<P, Sends>
where
    S: StdStream,
    P: Deref<Target = StreamSocket<S>>,
{
    /// See [`StreamSocket::writable`].
    ///
    /// # Errors
    ///
    /// None; the signature is tokio's.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses no readiness.
    pub async fn writable(&self) -> io::Result<()> {
        self.stream.writable().await
    }

    /// See [`StreamSocket::try_write`].
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room; what else the system says.
    #[track_caller]
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.try_write(bytes)
    }

    /// See [`StreamSocket::try_write_vectored`].
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room; what else the system says.
    #[track_caller]
    pub fn try_write_vectored(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.stream.try_write_vectored(buffers)
    }
}

impl<S, P> AsyncRead for Half<P, Receives>
where
    S: StdStream,
    P: Deref<Target = StreamSocket<S>>,
{
    #[track_caller]
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let in_packets = self.stream.kind.in_packets();
        transfer::poll_recv(&self.stream.source, in_packets, cx, buffer)
    }
}

impl<S, P> AsyncWrite for Half<P, Sends>
where
    S: StdStream,
    P: Deref<Target = StreamSocket<S>>,
{
    #[track_caller]
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        transfer::poll_send(&self.stream.source, cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(transfer::shut_down_write(&self.stream.source))
    }

    #[track_caller]
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        transfer::poll_send_vectored(&self.stream.source, cx, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}

impl<S, P: Deref<Target = StreamSocket<S>>, D> AsRef<StreamSocket<S>> for Half<P, D> {
    fn as_ref(&self) -> &StreamSocket<S> {
        &self.stream
    }
}
