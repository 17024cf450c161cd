//! Memory to read from and write to, and pipes within it.
//!
//! Owns the traits of this module for slices, vectors and std's cursors, which are always
//! ready. `duplex.rs` has pipes between tasks, `nothing.rs` readers and writers of
//! nothing in particular.

mod duplex;
mod nothing;

use std::io::{self, Cursor, IoSlice, Seek, SeekFrom, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

pub use duplex::{DuplexStream, SimplexStream, duplex, simplex};
pub use nothing::{Empty, Repeat, Sink, empty, repeat, sink};

use super::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

impl AsyncRead for &[u8] {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (read, rest) = self.split_at(self.len().min(buffer.remaining()));
        buffer.put_slice(read);
        *self = rest;
        Poll::Ready(Ok(()))
    }
}

/// Memory is its own buffer, and always full.
impl AsyncBufRead for &[u8] {
    fn poll_fill_buf(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        Poll::Ready(Ok(*self))
    }

    fn consume(mut self: Pin<&mut Self>, count: usize) {
        *self = &self[count.min(self.len())..];
    }

    fn poll_fill_more(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: usize,
    ) -> Poll<io::Result<Option<&[u8]>>> {
        Poll::Ready(Ok(Some(*self)))
    }
}

/// What is behind the position. That may lie behind the end.
fn rest_of<T: AsRef<[u8]>>(cursor: &Cursor<T>) -> &[u8] {
    let bytes = cursor.get_ref().as_ref();
    let position = usize::try_from(cursor.position()).unwrap_or(usize::MAX);
    &bytes[position.min(bytes.len())..]
}

impl<T: AsRef<[u8]> + Unpin> AsyncRead for Cursor<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let rest = rest_of(&self);
        let read = &rest[..rest.len().min(buffer.remaining())];
        buffer.put_slice(read);
        let position = self.position() + read.len() as u64;
        self.set_position(position);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsRef<[u8]> + Unpin> AsyncBufRead for Cursor<T> {
    fn poll_fill_buf(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        Poll::Ready(Ok(rest_of(self.into_ref().get_ref())))
    }

    fn consume(mut self: Pin<&mut Self>, count: usize) {
        let position = self.position() + rest_of(&self).len().min(count) as u64;
        self.set_position(position);
    }

    fn poll_fill_more(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: usize,
    ) -> Poll<io::Result<Option<&[u8]>>> {
        Poll::Ready(Ok(Some(rest_of(self.into_ref().get_ref()))))
    }
}

impl<T: AsRef<[u8]> + Unpin> AsyncSeek for Cursor<T> {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        Seek::seek(&mut *self, position).map(drop)
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Ok(self.position()))
    }
}

/// Writing to memory is std's.
macro_rules! write_as_std {
    ($($writer:ty),*) => {$(
        impl AsyncWrite for $writer {
            #[inline]
            fn poll_write(
                mut self: Pin<&mut Self>,
                _: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                Poll::Ready(Write::write(&mut *self, bytes))
            }

            fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            fn poll_write_vectored(
                mut self: Pin<&mut Self>,
                _: &mut Context<'_>,
                buffers: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                Poll::Ready(Write::write_vectored(&mut *self, buffers))
            }

            fn is_write_vectored(&self) -> bool {
                true
            }
        }
    )*};
}

write_as_std!(
    Vec<u8>,
    Cursor<&mut [u8]>,
    Cursor<&mut Vec<u8>>,
    Cursor<Vec<u8>>,
    Cursor<Box<[u8]>>
);
