//! Readers without an end or a beginning, and writers that keep nothing.
//!
//! Owns [`empty`], [`repeat`] and [`sink`], named and shaped like tokio's. They never
//! wait; each call costs a unit of the budget, so that a loop over them lets other tasks
//! run.

use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};
use crate::machine::budget;

/// A reader that is at its end, and a writer that keeps nothing.
///
/// # Examples
///
/// ```
/// use buzzer::io::{AsyncReadExt, empty};
///
/// # buzzer::block_on(async {
/// let mut orders = String::new();
/// assert_eq!(empty().read_to_string(&mut orders).await?, 0);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub fn empty() -> Empty {
    Empty(())
}

/// Made by [`empty`].
#[derive(Debug)]
pub struct Empty(());

impl AsyncRead for Empty {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        budget::poll_proceed(cx).map(Ok)
    }
}

impl AsyncBufRead for Empty {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        budget::poll_proceed(cx).map(|()| Ok(&[][..]))
    }

    fn consume(self: Pin<&mut Self>, _: usize) {}

    fn poll_fill_more(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: usize,
    ) -> Poll<io::Result<Option<&[u8]>>> {
        Poll::Ready(Ok(Some(&[])))
    }
}

/// Every position is the start.
impl AsyncSeek for Empty {
    fn start_seek(self: Pin<&mut Self>, _: SeekFrom) -> io::Result<()> {
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        budget::poll_proceed(cx).map(|()| Ok(0))
    }
}

/// A reader that gives the same byte for ever.
///
/// # Examples
///
/// ```
/// use buzzer::io::{AsyncReadExt, repeat};
///
/// # buzzer::block_on(async {
/// let mut dots = [0; 3];
/// repeat(b'.').read_exact(&mut dots).await?;
/// assert_eq!(&dots, b"...");
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub fn repeat(byte: u8) -> Repeat {
    Repeat { byte }
}

/// Made by [`repeat`].
#[derive(Debug)]
pub struct Repeat {
    byte: u8,
}

impl AsyncRead for Repeat {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(budget::poll_proceed(cx));
        buffer.put_all(self.byte);
        Poll::Ready(Ok(()))
    }
}

/// A writer that takes everything and keeps nothing.
///
/// # Examples
///
/// ```
/// use buzzer::io::{copy, sink};
///
/// # buzzer::block_on(async {
/// let mut order: &[u8] = b"one mocha";
/// assert_eq!(copy(&mut order, &mut sink()).await?, 9);
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub fn sink() -> Sink {
    Sink(())
}

/// Made by [`sink`].
#[derive(Debug)]
pub struct Sink(());

/// Takes everything.
macro_rules! write_nowhere {
    ($($writer:ty),*) => {$(
        impl AsyncWrite for $writer {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                budget::poll_proceed(cx).map(|()| Ok(bytes.len()))
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                budget::poll_proceed(cx).map(Ok)
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                budget::poll_proceed(cx).map(Ok)
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffers: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                let count = buffers.iter().map(|buffer| buffer.len()).sum();
                budget::poll_proceed(cx).map(|()| Ok(count))
            }

            fn is_write_vectored(&self) -> bool {
                true
            }
        }
    )*};
}

write_nowhere!(Empty, Sink);
