//! A reader and a writer as one.
//!
//! Owns [`join`].

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::io::async_buf_read::forward_to as forward_buffer_to;
use crate::io::async_read::forward_to as forward_read_to;
use crate::io::async_write::forward_to;
use crate::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};
use crate::sys::pinned::pinned_parts;

/// Makes one of a reader and a writer, for what wants both in one.
///
/// # Examples
///
/// ```
/// use buzzer::io::{AsyncReadExt, AsyncWriteExt, join};
///
/// # buzzer::block_on(async {
/// let mut counter = join(&b"one mocha"[..], Vec::new());
/// let mut order = String::new();
/// counter.read_to_string(&mut order).await?;
/// counter.write_all(order.as_bytes()).await?;
/// assert_eq!(counter.writer(), b"one mocha");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub fn join<R, W>(reader: R, writer: W) -> Join<R, W> {
    Join { reader, writer }
}

/// A reader and a writer as one; made by [`join`].
///
/// # Examples
///
/// ```
/// use std::pin::Pin;
/// use buzzer::io::{AsyncReadExt, AsyncWriteExt, join};
///
/// # buzzer::block_on(async {
/// let mut both = join(&b"mocha"[..], Vec::new());
/// let mut order = [0; 5];
/// both.read_exact(&mut order).await?;
/// both.write_all(&order).await?;
/// assert_eq!((both.reader().len(), both.writer().len()), (0, 5));
/// *both.reader_mut() = b"latte";
/// both.writer_mut().clear();
/// assert_eq!(*Pin::new(&mut both).reader_pin_mut(), b"latte");
/// Pin::new(&mut both).writer_pin_mut().push(b'!');
/// assert_eq!(both.into_inner(), (&b"latte"[..], b"!".to_vec()));
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct Join<R, W> {
    reader: R,
    writer: W,
}

pinned_parts!(Join<R, W> { pin reader: R, pin writer: W, });

impl<R, W> Join<R, W> {
    /// Both again.
    pub fn into_inner(self) -> (R, W) {
        (self.reader, self.writer)
    }

    /// The reader.
    pub fn reader(&self) -> &R {
        &self.reader
    }

    /// The writer.
    pub fn writer(&self) -> &W {
        &self.writer
    }

    /// The reader.
    pub fn reader_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// The writer.
    pub fn writer_mut(&mut self) -> &mut W {
        &mut self.writer
    }

    /// The reader, pinned.
    pub fn reader_pin_mut(self: Pin<&mut Self>) -> Pin<&mut R> {
        self.parts().0
    }

    /// The writer, pinned.
    pub fn writer_pin_mut(self: Pin<&mut Self>) -> Pin<&mut W> {
        self.parts().1
    }
}

impl<R: AsyncRead, W> AsyncRead for Join<R, W> {
    forward_read_to!(self => self.parts().0, self.reader);
}

impl<R: AsyncBufRead, W> AsyncBufRead for Join<R, W> {
    forward_buffer_to!(self => self.parts().0);
}

impl<R, W: AsyncWrite> AsyncWrite for Join<R, W> {
    forward_to!(self => self.parts().1, self.writer);
}
