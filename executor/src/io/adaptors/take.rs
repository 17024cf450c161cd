//! A reader that ends early.
//!
//! Owns [`Take`].

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::io::{AsyncBufRead, AsyncRead, ReadBuf};
use crate::sys::pinned::pinned_parts;
use crate::sys::read_buf::fill_part;

/// A reader that ends after so many bytes; made by
/// [`AsyncReadExt::take`](crate::io::AsyncReadExt::take).
///
/// # Examples
///
/// ```
/// use std::pin::Pin;
/// use buzzer::io::AsyncReadExt;
///
/// # buzzer::block_on(async {
/// let mut order = b"one mocha".take(3);
/// let mut text = String::new();
/// order.read_to_string(&mut text).await?;
/// assert_eq!((&*text, order.limit()), ("one", 0)); // To the reader this is the end.
/// order.set_limit(100);
/// assert_eq!(*order.get_ref(), b" mocha");
/// *order.get_mut() = b" latte";
/// assert_eq!(*Pin::new(&mut order).get_pin_mut(), b" latte");
/// assert_eq!(order.into_inner(), b" latte");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
#[must_use = "nothing is read until it is read from"]
pub struct Take<R> {
    reader: R,
    limit: u64,
}

pinned_parts!(Take<R> { pin reader: R, beside limit: u64, });

impl<R> Take<R> {
    pub(in crate::io) fn new(reader: R, limit: u64) -> Self {
        Self { reader, limit }
    }

    /// How many bytes it still gives. The reader may end before.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Sets how many bytes it still gives, whatever it has given.
    pub fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
    }

    /// The reader.
    pub fn get_ref(&self) -> &R {
        &self.reader
    }

    /// The reader. What is read from it does not count.
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// The same, pinned.
    pub fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut R> {
        self.parts().0
    }

    /// The reader.
    pub fn into_inner(self) -> R {
        self.reader
    }

    /// As much of `count` as it still gives.
    fn within(&self, count: usize) -> usize {
        usize::try_from(self.limit).map_or(count, |limit| count.min(limit))
    }
}

impl<R: AsyncRead> AsyncRead for Take<R> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // At its end the reader is not asked: it may wait for what nobody wants.
        if self.limit == 0 {
            return Poll::Ready(Ok(()));
        }
        let (most, before) = (self.within(usize::MAX), buffer.filled().len());
        let (reader, limit) = self.parts();
        ready!(fill_part(buffer, most, |buffer| reader.poll_read(cx, buffer)))?;
        *limit -= (buffer.filled().len() - before) as u64;
        Poll::Ready(Ok(()))
    }

    fn name_read_error(&self, error: io::Error) -> io::Error {
        self.reader.name_read_error(error)
    }
}

impl<R: AsyncBufRead> AsyncBufRead for Take<R> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        if self.limit == 0 {
            return Poll::Ready(Ok(&[]));
        }
        let limit = self.within(usize::MAX);
        let filled = ready!(self.parts().0.poll_fill_buf(cx))?;
        Poll::Ready(Ok(&filled[..filled.len().min(limit)]))
    }

    fn consume(self: Pin<&mut Self>, count: usize) {
        let count = self.within(count);
        let (reader, limit) = self.parts();
        *limit -= count as u64;
        reader.consume(count);
    }

    fn poll_fill_more(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        seen: usize,
    ) -> Poll<io::Result<Option<&[u8]>>> {
        let limit = self.within(usize::MAX);
        if limit == 0 {
            return Poll::Ready(Ok(Some(&[])));
        }
        // All of it was seen: what is there is shown again, and no more is read.
        let seen = if seen < limit { seen } else { 0 };
        let filled = ready!(self.parts().0.poll_fill_more(cx, seen))?;
        Poll::Ready(Ok(filled.map(|filled| &filled[..filled.len().min(limit)])))
    }
}
