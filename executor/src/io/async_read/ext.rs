//! What can be done with every reader.
//!
//! Owns [`AsyncReadExt`], named and shaped like tokio's.

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::AsyncRead;
use crate::io::adaptors::{Chain, Take};
use crate::io::error::{early_end, not_utf8};
use crate::io::interrupted::poll_again;
use crate::sys::read_buf::{ReadBuf, append};

/// What can be done with everything that is [`AsyncRead`].
///
/// Of a reader that says `Interrupted`, std's rule holds: what makes several calls
/// of it makes that one again, and what is one call passes it on.
///
/// # Examples
///
/// ```
/// use buzzer::io::AsyncReadExt;
///
/// buzzer::block_on(async {
///     let mut order: &[u8] = b"one mocha";
///     let mut first = [0; 3];
///     order.read_exact(&mut first).await?;
///     let mut rest = String::new();
///     order.read_to_string(&mut rest).await?;
///     assert_eq!((&first, &*rest), (b"one", " mocha"));
///     Ok::<(), std::io::Error>(())
/// })
/// # .unwrap();
/// ```
pub trait AsyncReadExt: AsyncRead {
    /// Reads some bytes into `buffer`, and returns how many: zero at the end, or if
    /// `buffer` is empty.
    ///
    /// # Errors
    ///
    /// What the reader says; nothing was read then.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::AsyncReadExt;
    ///
    /// # buzzer::block_on(async {
    /// let mut order: &[u8] = b"mocha";
    /// let mut some = [0; 3];
    /// assert_eq!(order.read(&mut some).await?, 3);
    /// assert_eq!(order.read(&mut some).await?, 2);
    /// assert_eq!(order.read(&mut some).await?, 0); // The end.
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn read(&mut self, buffer: &mut [u8]) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
    {
        async move {
            let mut buffer = ReadBuf::new(buffer);
            poll_fn(|cx| Pin::new(&mut *self).poll_read(cx, &mut buffer)).await?;
            Ok(buffer.filled().len())
        }
    }

    /// Reads some bytes behind what is in `buffer`, and returns how many: zero at the
    /// end, or if `buffer` has no room. With the feature `bytes`.
    ///
    /// # Errors
    ///
    /// What the reader says; nothing was read then.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::AsyncReadExt;
    ///
    /// # buzzer::block_on(async {
    /// let mut bytes = bytes::BytesMut::with_capacity(64);
    /// assert_eq!((&b"mocha"[..]).read_buf(&mut bytes).await?, 5);
    /// assert_eq!(bytes, "mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[cfg(feature = "bytes")]
    fn read_buf<B>(&mut self, buffer: &mut B) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
        B: bytes::BufMut + ?Sized,
    {
        async move {
            if !buffer.has_remaining_mut() {
                return Ok(0);
            }
            poll_fn(|cx| {
                crate::sys::foreign_buf::fill_bytes(&mut *buffer, |room| {
                    let polled = Pin::new(&mut *self).poll_read(cx, room);
                    polled.map_ok(|()| room.filled().len())
                })
            })
            .await
        }
    }

    /// Fills `buffer`, and returns its length.
    ///
    /// # Errors
    ///
    /// What the reader says, and `UnexpectedEof` if the end comes before. What was
    /// read is then in the buffer, and how much that was is not known.
    ///
    /// # Cancel safety
    ///
    /// None: what a dropped call has read is in the buffer, and how much that was
    /// is not known.
    fn read_exact(&mut self, buffer: &mut [u8]) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
    {
        let mut filled = 0;
        poll_fn(move |cx| {
            let whole = ready!(poll_whole(self, cx, buffer, &mut filled));
            Poll::Ready(whole.map(|()| buffer.len()))
        })
    }

    /// Appends everything up to the end to `bytes`, and returns how much that was.
    ///
    /// # Errors
    ///
    /// What the reader says. What was read before is in `bytes`.
    ///
    /// # Cancel safety
    ///
    /// What a dropped call has read is in `bytes`.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::AsyncReadExt;
    ///
    /// # buzzer::block_on(async {
    /// let mut order: &[u8] = b"mocha";
    /// let mut all = b"one ".to_vec();
    /// assert_eq!(order.read_to_end(&mut all).await?, 5);
    /// assert_eq!(all, b"one mocha"); // It appends.
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn read_to_end(&mut self, bytes: &mut Vec<u8>) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
    {
        async move {
            let (before, given) = (bytes.len(), bytes.capacity());
            loop {
                let mut read =
                    |cx: &mut Context<'_>| poll_more(Pin::new(&mut *self), cx, bytes, given);
                if poll_fn(|cx| poll_again(cx, &mut read)).await? == 0 {
                    return Ok(bytes.len() - before);
                }
            }
        }
    }

    /// Appends the text up to the end to `text`, and returns its length in bytes.
    ///
    /// # Errors
    ///
    /// What the reader says, and `InvalidData` if the bytes are not UTF-8: its source
    /// is the [`Utf8Error`](std::str::Utf8Error). `text` is then as it was, and what
    /// was read is gone.
    ///
    /// # Cancel safety
    ///
    /// None: what a dropped call has read is gone.
    fn read_to_string(&mut self, text: &mut String) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
    {
        async move {
            let mut bytes = Vec::new();
            self.read_to_end(&mut bytes).await?;
            let read = str::from_utf8(&bytes);
            let read = read.map_err(|error| self.name_read_error(not_utf8(error)))?;
            text.push_str(read);
            Ok(read.len())
        }
    }

    /// Goes on with `next` at the end.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::AsyncReadExt;
    ///
    /// # buzzer::block_on(async {
    /// let mut order = String::new();
    /// let first: &[u8] = b"one ";
    /// first.chain(&b"mocha"[..]).read_to_string(&mut order).await?;
    /// assert_eq!(order, "one mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn chain<R: AsyncRead>(self, next: R) -> Chain<Self, R>
    where
        Self: Sized,
    {
        Chain::new(self, next)
    }

    /// Ends after `limit` bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::AsyncReadExt;
    ///
    /// # buzzer::block_on(async {
    /// let orders: &[u8] = b"mocha latte";
    /// let mut first = String::new();
    /// orders.take(5).read_to_string(&mut first).await?;
    /// assert_eq!(first, "mocha");
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    fn take(self, limit: u64) -> Take<Self>
    where
        Self: Sized,
    {
        Take::new(self, limit)
    }

    crate::io::numbers::read_numbers! {
        read_u8: u8, from_be_bytes, "";
        read_i8: i8, from_be_bytes, "";
        read_u16: u16, from_be_bytes, ", the most significant first";
        read_i16: i16, from_be_bytes, ", the most significant first";
        read_u32: u32, from_be_bytes, ", the most significant first";
        read_i32: i32, from_be_bytes, ", the most significant first";
        read_u64: u64, from_be_bytes, ", the most significant first";
        read_i64: i64, from_be_bytes, ", the most significant first";
        read_u128: u128, from_be_bytes, ", the most significant first";
        read_i128: i128, from_be_bytes, ", the most significant first";
        read_f32: f32, from_be_bytes, ", the most significant first";
        read_f64: f64, from_be_bytes, ", the most significant first";
        read_u16_le: u16, from_le_bytes, ", the least significant first";
        read_i16_le: i16, from_le_bytes, ", the least significant first";
        read_u32_le: u32, from_le_bytes, ", the least significant first";
        read_i32_le: i32, from_le_bytes, ", the least significant first";
        read_u64_le: u64, from_le_bytes, ", the least significant first";
        read_i64_le: i64, from_le_bytes, ", the least significant first";
        read_u128_le: u128, from_le_bytes, ", the least significant first";
        read_i128_le: i128, from_le_bytes, ", the least significant first";
        read_f32_le: f32, from_le_bytes, ", the least significant first";
        read_f64_le: f64, from_le_bytes, ", the least significant first";
    }
}

impl<T: AsyncRead + ?Sized> AsyncReadExt for T {}

/// The least room that a read of unknown length is given: a page's worth would be
/// too much for a short answer, less costs another system call.
const LEAST_ROOM: usize = 1024;

/// Reads once behind what is in `bytes`, and returns how much that was. When the
/// capacity that was `given` is full, it reads to the stack, as it may be that all has
/// been read and nothing has to grow for the end. From then on the capacity doubles.
fn poll_more<R: AsyncRead + ?Sized>(
    reader: Pin<&mut R>,
    cx: &mut Context<'_>,
    bytes: &mut Vec<u8>,
    given: usize,
) -> Poll<io::Result<usize>> {
    let is_full = bytes.len() == bytes.capacity();
    if is_full && bytes.capacity() == given {
        let mut room = [MaybeUninit::uninit(); LEAST_ROOM];
        let mut buffer = ReadBuf::uninit(&mut room);
        let polled = reader.poll_read(cx, &mut buffer);
        bytes.extend_from_slice(buffer.filled());
        return polled.map_ok(|()| buffer.filled().len());
    }
    if is_full {
        bytes.reserve(bytes.len().max(LEAST_ROOM));
    }
    poll_append(reader, cx, bytes)
}

/// Reads once into the spare capacity of `bytes`, and returns how much that was.
pub(in crate::io) fn poll_append<R: AsyncRead + ?Sized>(
    reader: Pin<&mut R>,
    cx: &mut Context<'_>,
    bytes: &mut Vec<u8>,
) -> Poll<io::Result<usize>> {
    let before = bytes.len();
    ready!(append(bytes, usize::MAX, |buffer| {
        reader.poll_read(cx, buffer)
    }))?;
    Poll::Ready(Ok(bytes.len() - before))
}

/// Fills `bytes`, of which so many are filled; more than there are when it has ended. As a
/// function and not as an `async` block, it costs a number from a buffer half as much.
#[inline]
pub(in crate::io) fn poll_whole<R: AsyncRead + Unpin + ?Sized>(
    reader: &mut R,
    cx: &mut Context<'_>,
    bytes: &mut [u8],
    filled: &mut usize,
) -> Poll<io::Result<()>> {
    if *filled == 0 && Pin::new(&mut *reader).take_ahead(bytes) {
        *filled = usize::MAX;
        return Poll::Ready(Ok(()));
    }
    while *filled < bytes.len() {
        let mut rest = ReadBuf::new(&mut bytes[*filled..]);
        let read = |cx: &mut Context<'_>| Pin::new(&mut *reader).poll_read(cx, &mut rest);
        if let Err(error) = ready!(poll_again(cx, read)) {
            *filled = usize::MAX;
            return Poll::Ready(Err(error));
        }
        match rest.capacity() - rest.remaining() {
            0 => {
                let error = early_end(*filled, bytes.len());
                *filled = usize::MAX;
                return Poll::Ready(Err(reader.name_read_error(error)));
            }
            count => *filled += count,
        }
    }
    check_has_not_ended(*filled, bytes.len());
    *filled = usize::MAX;
    Poll::Ready(Ok(()))
}

/// As an `async` block would.
///
/// # Panics
///
/// If more is done than there is to do.
#[inline]
pub(in crate::io) fn check_has_not_ended(done: usize, whole: usize) {
    assert!(
        done <= whole,
        "a read or write of so many bytes was polled after it gave its output: keep the output"
    );
}
