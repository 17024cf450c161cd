//! What can be done with every writer.
//!
//! Owns [`AsyncWriteExt`], named and shaped like tokio's.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::AsyncWrite;
use crate::io::async_read::check_has_not_ended;
use crate::io::interrupted::poll_again;

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
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::{AsyncWriteExt, duplex};
    ///
    /// # buzzer::block_on(async {
    /// let (mut here, _there) = duplex(5);
    /// assert_eq!(here.write(b"one mocha").await?, 5); // As much as there is room for.
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::IoSlice;
    /// use buzzer::io::AsyncWriteExt;
    ///
    /// # buzzer::block_on(async {
    /// let mut order = Vec::new();
    /// order.write_vectored(&[IoSlice::new(b"one "), IoSlice::new(b"mocha")]).await?;
    /// assert_eq!(order, b"one mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::{AsyncWriteExt, duplex};
    ///
    /// # buzzer::block_on(async {
    /// let (mut here, _there) = duplex(5);
    /// let mut order = &b"one mocha"[..];
    /// assert_eq!(here.write_buf(&mut order).await?, 5);
    /// assert_eq!(order, b"ocha"); // What is left.
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::AsyncWriteExt;
    ///
    /// # buzzer::block_on(async {
    /// let mut order = bytes::Bytes::from("one mocha");
    /// let mut all = Vec::new();
    /// all.write_all_buf(&mut order).await?;
    /// assert!(all == b"one mocha" && order.is_empty());
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::{AsyncWriteExt, BufWriter};
    ///
    /// # buzzer::block_on(async {
    /// let mut writer = BufWriter::new(Vec::new());
    /// writer.write_all(b"mocha").await?;
    /// assert_eq!(writer.get_ref(), b""); // In the buffer still.
    /// writer.flush().await?;
    /// assert_eq!(writer.get_ref(), b"mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::{AsyncReadExt, AsyncWriteExt, duplex};
    ///
    /// # buzzer::block_on(async {
    /// let (mut here, mut there) = duplex(64);
    /// here.write_all(b"mocha").await?;
    /// here.shutdown().await?;
    /// let mut all = String::new();
    /// there.read_to_string(&mut all).await?; // Ends, since that is all.
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn shutdown(&mut self) -> impl Future<Output = io::Result<()>>
    where
        Self: Unpin,
    {
        async move { poll_fn(|cx| Pin::new(&mut *self).poll_shutdown(cx)).await }
    }

    crate::io::numbers::write_numbers! {
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
/// function, as its like in `async_read/ext.rs`.
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
