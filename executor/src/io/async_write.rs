//! Writing: the trait, and what can be done with everything that has it.
//!
//! Owns [`AsyncWrite`] and [`AsyncWriteExt`], named and shaped like tokio's.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::ops::DerefMut;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::async_read::check_has_not_ended;
use super::interrupted::poll_again;

/// Something to write bytes to, as the loop lets it: a socket, a file, a child's
/// input.
pub trait AsyncWrite {
    /// Writes some of `bytes`, and returns how many.
    ///
    /// # Errors
    ///
    /// What the system says; nothing was written then.
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>>;

    /// Waits until everything written has reached whom it is for, as far as this
    /// writer keeps anything back. Sockets and files of this crate don't.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ends the writing, and says so to whoever reads.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// As [`poll_write`](Self::poll_write) from several buffers, one after the
    /// other. Writes from the first that is not empty unless
    /// [`is_write_vectored`](Self::is_write_vectored).
    ///
    /// # Errors
    ///
    /// What the system says; nothing was written then.
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = buffers.iter().find(|buffer| !buffer.is_empty());
        self.poll_write(cx, first.map_or(&[], |buffer| &**buffer))
    }

    /// Whether several buffers cost no more than one.
    fn is_write_vectored(&self) -> bool {
        false
    }

    /// Gives an error that was found in writing to this writer (it takes nothing more)
    /// the writer's name, if it has one: a file's path. What is made of another writer
    /// passes it on to that.
    fn name_write_error(&self, error: io::Error) -> io::Error {
        error
    }
}

/// The methods of a writer that only passes them on: where to, pinned and seen.
macro_rules! forward_to {
    ($self:ident => $writer:expr, $whole:expr) => {
        fn poll_write(
            $self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            $writer.poll_write(cx, bytes)
        }

        fn poll_flush($self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            $writer.poll_flush(cx)
        }

        fn poll_shutdown($self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            $writer.poll_shutdown(cx)
        }

        fn poll_write_vectored(
            $self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buffers: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            $writer.poll_write_vectored(cx, buffers)
        }

        fn is_write_vectored(&$self) -> bool {
            $whole.is_write_vectored()
        }

        fn name_write_error(&$self, error: io::Error) -> io::Error {
            $whole.name_write_error(error)
        }
    };
}
pub(super) use forward_to;

impl<T: AsyncWrite + Unpin + ?Sized> AsyncWrite for &mut T {
    forward_to!(self => Pin::new(&mut **self.get_mut()), (**self));
}

impl<T: AsyncWrite + Unpin + ?Sized> AsyncWrite for Box<T> {
    forward_to!(self => Pin::new(&mut **self.get_mut()), (**self));
}

impl<P> AsyncWrite for Pin<P>
where
    P: DerefMut,
    P::Target: AsyncWrite,
{
    forward_to!(self => self.as_deref_mut(), (**self));
}

/// What can be done with everything that is [`AsyncWrite`].
///
/// Of a writer that says `Interrupted`, std's rule holds: what makes several calls
/// of it makes that one again, and what is one call passes it on.
///
/// # Examples
///
/// ```
/// use buzzer::io::AsyncWriteExt;
///
/// buzzer::block_on(async {
///     let mut served = Vec::new();
///     served.write_all(b"one mocha").await?;
///     assert_eq!(served, b"one mocha");
///     Ok::<(), std::io::Error>(())
/// })
/// # .unwrap();
/// ```
pub trait AsyncWriteExt: AsyncWrite {
    /// Writes some of `bytes`, and returns how many.
    ///
    /// # Errors
    ///
    /// What the writer says; nothing was written then.
    ///
    /// # Cancel safety
    ///
    /// On a socket, a dropped call has written nothing. On a file, see
    /// [`File::write`](crate::fs::File::write).
    fn write(&mut self, bytes: &[u8]) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
    {
        async move { poll_fn(|cx| Pin::new(&mut *self).poll_write(cx, bytes)).await }
    }

    /// As [`write`](Self::write) from several buffers, one after the other.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    ///
    /// # Cancel safety
    ///
    /// As [`write`](Self::write).
    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
    {
        async move { poll_fn(|cx| Pin::new(&mut *self).poll_write_vectored(cx, buffers)).await }
    }

    /// Writes some of what is left of `buffer`, which is moved on by as much, and returns
    /// how much. With the feature `bytes`.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    ///
    /// # Cancel safety
    ///
    /// As [`write`](Self::write).
    #[cfg(feature = "bytes")]
    fn write_buf<B>(&mut self, buffer: &mut B) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
        B: bytes::Buf,
    {
        async move { poll_fn(|cx| poll_write_buf(Pin::new(&mut *self), cx, buffer)).await }
    }

    /// Writes all that is left of `buffer`, which is moved on with each write. With the
    /// feature `bytes`.
    ///
    /// # Errors
    ///
    /// What the writer says, and `WriteZero` if it takes nothing more. What was not
    /// written is in `buffer`.
    ///
    /// # Cancel safety
    ///
    /// What was not written is in `buffer`, as far as [`write`](Self::write) is cancel
    /// safe.
    #[cfg(feature = "bytes")]
    fn write_all_buf<B>(&mut self, buffer: &mut B) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
        B: bytes::Buf,
    {
        async move {
            while buffer.has_remaining() {
                let mut write =
                    |cx: &mut Context<'_>| poll_write_buf(Pin::new(&mut *self), cx, buffer);
                if poll_fn(|cx| poll_again(cx, &mut write)).await? == 0 {
                    return Err(self.name_write_error(io::ErrorKind::WriteZero.into()));
                }
            }
            Ok(())
        }
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    ///
    /// What the writer says, and `WriteZero` if it takes nothing more. How much was
    /// written before is not known.
    ///
    /// # Cancel safety
    ///
    /// None: how much a dropped call has written is not known.
    fn write_all(&mut self, bytes: &[u8]) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        let mut written = 0;
        poll_fn(move |cx| poll_whole(self, cx, bytes, &mut written))
    }

    /// Waits until everything written has reached whom it is for, as far as this
    /// writer keeps anything back.
    ///
    /// # Errors
    ///
    /// What the writer says.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: call it again.
    fn flush(&mut self) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { poll_fn(|cx| Pin::new(&mut *self).poll_flush(cx)).await }
    }

    /// Ends the writing, and says so to whoever reads.
    ///
    /// # Errors
    ///
    /// What the writer says.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost: call it again.
    fn shutdown(&mut self) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { poll_fn(|cx| Pin::new(&mut *self).poll_shutdown(cx)).await }
    }

    super::numbers::write_numbers! {
        write_u8: u8, to_be_bytes, "";
        write_i8: i8, to_be_bytes, "";
        write_u16: u16, to_be_bytes, ", the most significant first";
        write_i16: i16, to_be_bytes, ", the most significant first";
        write_u32: u32, to_be_bytes, ", the most significant first";
        write_i32: i32, to_be_bytes, ", the most significant first";
        write_u64: u64, to_be_bytes, ", the most significant first";
        write_i64: i64, to_be_bytes, ", the most significant first";
        write_u128: u128, to_be_bytes, ", the most significant first";
        write_i128: i128, to_be_bytes, ", the most significant first";
        write_f32: f32, to_be_bytes, ", the most significant first";
        write_f64: f64, to_be_bytes, ", the most significant first";
        write_u16_le: u16, to_le_bytes, ", the least significant first";
        write_i16_le: i16, to_le_bytes, ", the least significant first";
        write_u32_le: u32, to_le_bytes, ", the least significant first";
        write_i32_le: i32, to_le_bytes, ", the least significant first";
        write_u64_le: u64, to_le_bytes, ", the least significant first";
        write_i64_le: i64, to_le_bytes, ", the least significant first";
        write_u128_le: u128, to_le_bytes, ", the least significant first";
        write_i128_le: i128, to_le_bytes, ", the least significant first";
        write_f32_le: f32, to_le_bytes, ", the least significant first";
        write_f64_le: f64, to_le_bytes, ", the least significant first";
    }
}

impl<T: AsyncWrite + ?Sized> AsyncWriteExt for T {}

/// Buffers that one vectored write is made of: few are of more pieces, and those are
/// written with the next.
#[cfg(feature = "bytes")]
const PIECES: usize = 64;

/// Writes once, of several pieces if `writer` can, and moves `buffer` on.
#[cfg(feature = "bytes")]
fn poll_write_buf<W: AsyncWrite + ?Sized>(
    writer: Pin<&mut W>,
    cx: &mut Context<'_>,
    buffer: &mut impl bytes::Buf,
) -> Poll<io::Result<usize>> {
    if !buffer.has_remaining() {
        return Poll::Ready(Ok(0));
    }
    let polled = match writer.is_write_vectored() {
        true => {
            let mut pieces = [IoSlice::new(&[]); PIECES];
            let count = buffer.chunks_vectored(&mut pieces);
            writer.poll_write_vectored(cx, &pieces[..count])
        }
        false => writer.poll_write(cx, buffer.chunk()),
    };
    let count = std::task::ready!(polled)?;
    buffer.advance(count);
    Poll::Ready(Ok(count))
}

/// Writes `bytes`, of which so many are written; more than there are when it has ended. A
/// function, as its like in `async_read.rs`.
#[inline]
fn poll_whole<W: AsyncWrite + Unpin + ?Sized>(
    writer: &mut W,
    cx: &mut Context<'_>,
    bytes: &[u8],
    written: &mut usize,
) -> Poll<io::Result<()>> {
    while *written < bytes.len() {
        let rest = &bytes[*written..];
        let write = |cx: &mut Context<'_>| Pin::new(&mut *writer).poll_write(cx, rest);
        match ready!(poll_again(cx, write)) {
            Ok(0) => {
                *written = usize::MAX;
                let error = io::ErrorKind::WriteZero.into();
                return Poll::Ready(Err(writer.name_write_error(error)));
            }
            Ok(count) => *written += count,
            Err(error) => {
                *written = usize::MAX;
                return Poll::Ready(Err(error));
            }
        }
    }
    check_has_not_ended(*written, bytes.len());
    *written = usize::MAX;
    Poll::Ready(Ok(()))
}
