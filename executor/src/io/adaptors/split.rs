//! A stream as two halves, for two tasks or threads.
//!
//! Owns [`split`]. The halves of a socket ([`TcpStream::into_split`]) need no lock; these
//! are for all other streams.
//!
//! [`TcpStream::into_split`]: crate::net::TcpStream::into_split

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll};

use crate::io::{AsyncRead, AsyncWrite, ReadBuf};
use crate::sys::locks::Mutex;

/// Makes two halves of a stream, one to read and one to write. Each locks it for as
/// long as a poll takes.
///
/// The stream is dropped with the second half. Nothing is shut down before.
///
/// # Examples
///
/// ```
/// use buzzer::io::{AsyncReadExt, AsyncWriteExt, duplex, split};
///
/// # buzzer::block_on(async {
/// let (customer, mut barista) = duplex(64);
/// let (mut cup, mut order) = split(customer);
/// let served = buzzer::spawn(async move {
///     let mut served = [0; 5];
///     cup.read_exact(&mut served).await.map(|_| served)
/// });
/// order.write_all(b"mocha").await?;
/// let mut made = [0; 5];
/// barista.read_exact(&mut made).await?;
/// barista.write_all(&made).await?;
/// assert_eq!(&served.await??, b"mocha");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub fn split<T: AsyncRead + AsyncWrite>(stream: T) -> (ReadHalf<T>, WriteHalf<T>) {
    let shared = Arc::new(Shared {
        is_write_vectored: stream.is_write_vectored(),
        stream: Mutex::new(Box::pin(stream)),
    });
    let write = WriteHalf(shared.clone());
    (ReadHalf(shared), write)
}

/// The reading half of a stream; made by [`split`].
///
/// # Examples
///
/// ```
/// use buzzer::io::{duplex, split};
///
/// let (here, _there) = duplex(64);
/// let (read, write) = split(here);
/// assert!(read.is_pair_of(&write) && write.is_pair_of(&read));
/// let here = read.unsplit(write); // One stream again.
/// # drop(here);
/// ```
pub struct ReadHalf<T>(Arc<Shared<T>>);

/// The writing half of a stream; made by [`split`].
///
/// # Examples
///
/// ```
/// use buzzer::io::{AsyncReadExt, AsyncWriteExt, duplex, split};
///
/// # buzzer::block_on(async {
/// let (here, mut there) = duplex(64);
/// let (read, mut write) = split(here);
/// assert!(write.is_pair_of(&read));
/// write.write_all(b"mocha").await?;
/// let mut order = [0; 5];
/// there.read_exact(&mut order).await?;
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub struct WriteHalf<T>(Arc<Shared<T>>);

struct Shared<T> {
    /// Asked once: whoever asks later need not wait for the lock.
    is_write_vectored: bool,
    stream: Mutex<Pin<Box<T>>>,
}

impl<T> Shared<T> {
    /// A poll that panicked leaves the stream to its own state.
    fn with<R>(&self, call: impl FnOnce(Pin<&mut T>) -> R) -> R {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        call(stream.as_mut())
    }
}

impl<T> ReadHalf<T> {
    /// Whether `other` is the other half of the same stream.
    pub fn is_pair_of(&self, other: &WriteHalf<T>) -> bool {
        other.is_pair_of(self)
    }

    /// The stream again.
    ///
    /// # Panics
    ///
    /// If `other` is not the other half of the same stream. Ask
    /// [`is_pair_of`](Self::is_pair_of) before.
    #[track_caller]
    pub fn unsplit(self, other: WriteHalf<T>) -> T
    where
        T: Unpin,
    {
        assert!(
            self.is_pair_of(&other),
            "halves of two streams can't become one; `is_pair_of` tells whether they belong \
             together"
        );
        drop(other);
        let shared = Arc::into_inner(self.0).expect("a stream has two halves");
        let stream = shared.stream.into_inner();
        *Pin::into_inner(stream.unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T> WriteHalf<T> {
    /// Whether `other` is the other half of the same stream.
    pub fn is_pair_of(&self, other: &ReadHalf<T>) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T: AsyncRead> AsyncRead for ReadHalf<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.0.with(|stream| stream.poll_read(cx, buffer))
    }

    fn name_read_error(&self, error: io::Error) -> io::Error {
        self.0.with(|stream| stream.name_read_error(error))
    }
}

impl<T: AsyncWrite> AsyncWrite for WriteHalf<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.with(|stream| stream.poll_write(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.with(|stream| stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.with(|stream| stream.poll_shutdown(cx))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.0
            .with(|stream| stream.poll_write_vectored(cx, buffers))
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored
    }

    fn name_write_error(&self, error: io::Error) -> io::Error {
        self.0.with(|stream| stream.name_write_error(error))
    }
}

impl<T> fmt::Debug for ReadHalf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("split::ReadHalf").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for WriteHalf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("split::WriteHalf").finish_non_exhaustive()
    }
}
