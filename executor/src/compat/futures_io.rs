//! The traits of futures-io for reading and writing, for the types that have ours.
//!
//! Owns nothing but the forwarding.

use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::fs::File;
use crate::io::{
    AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, BufReader, ReadBuf, Stderr, Stdin, Stdout,
};
use crate::net::{TcpStream, UnixStream, tcp, unix};
use crate::process::{ChildStderr, ChildStdin, ChildStdout};

macro_rules! read {
    ($($reader:ty $(where $R:ident: $bound:path)?),*) => {$(
        impl$(<$R: $bound + Unpin>)? futures_io::AsyncRead for $reader {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &mut [u8],
            ) -> Poll<io::Result<usize>> {
                let mut buffer = ReadBuf::new(bytes);
                ready!(AsyncRead::poll_read(self, cx, &mut buffer))?;
                Poll::Ready(Ok(buffer.filled().len()))
            }
        }
    )*};
}

macro_rules! write {
    ($($writer:ty $(where $W:ident: $bound:path)?),*) => {$(
        impl$(<$W: $bound + Unpin>)? futures_io::AsyncWrite for $writer {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                AsyncWrite::poll_write(self, cx, bytes)
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffers: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                AsyncWrite::poll_write_vectored(self, cx, buffers)
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                AsyncWrite::poll_flush(self, cx)
            }

            fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                AsyncWrite::poll_shutdown(self, cx)
            }
        }
    )*};
}

read!(
    TcpStream, tcp::ReadHalf<'_>, tcp::OwnedReadHalf, UnixStream, unix::ReadHalf<'_>,
    unix::OwnedReadHalf, ChildStdout, ChildStderr, File, Stdin,
    BufReader<R> where R: AsyncRead
);
write!(
    TcpStream, tcp::WriteHalf<'_>, tcp::OwnedWriteHalf, UnixStream, unix::WriteHalf<'_>,
    unix::OwnedWriteHalf, ChildStdin, File, Stdout, Stderr,
    BufReader<W> where W: AsyncWrite
);

impl<R: AsyncRead + Unpin> futures_io::AsyncBufRead for BufReader<R> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        AsyncBufRead::poll_fill_buf(self, cx)
    }

    fn consume(self: Pin<&mut Self>, count: usize) {
        AsyncBufRead::consume(self, count);
    }
}

impl futures_io::AsyncSeek for File {
    /// One seek, however often it is polled: a seek that is begun again with the
    /// same position goes on.
    fn poll_seek(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: SeekFrom,
    ) -> Poll<io::Result<u64>> {
        AsyncSeek::start_seek(self.as_mut(), to)?;
        AsyncSeek::poll_complete(self, cx)
    }
}
