//! tokio's traits for reading and writing, for the types that have ours.
//!
//! Owns nothing but the forwarding. tokio's buffers are filled directly. No
//! runtime of tokio's is needed for its traits.

use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::fs::File;
use crate::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, BufReader, Stderr, Stdin, Stdout};
use crate::net::{TcpStream, UnixStream, tcp, unix};
use crate::process::{ChildStderr, ChildStdin, ChildStdout};
use crate::sys::foreign_buf;

macro_rules! read {
    ($($reader:ty $(where $R:ident: $bound:path)?),*) => {$(
        impl$(<$R: $bound + Unpin>)? tokio::io::AsyncRead for $reader {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut tokio::io::ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                foreign_buf::fill_tokio(buffer, |buffer| AsyncRead::poll_read(self, cx, buffer))
            }
        }
    )*};
}

macro_rules! write {
    ($($writer:ty $(where $W:ident: $bound:path)?),*) => {$(
        impl$(<$W: $bound + Unpin>)? tokio::io::AsyncWrite for $writer {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                AsyncWrite::poll_write(self, cx, bytes)
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                AsyncWrite::poll_flush(self, cx)
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                AsyncWrite::poll_shutdown(self, cx)
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffers: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                AsyncWrite::poll_write_vectored(self, cx, buffers)
            }

            fn is_write_vectored(&self) -> bool {
                AsyncWrite::is_write_vectored(self)
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

impl<R: AsyncRead + Unpin> tokio::io::AsyncBufRead for BufReader<R> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        AsyncBufRead::poll_fill_buf(self, cx)
    }

    fn consume(self: Pin<&mut Self>, count: usize) {
        AsyncBufRead::consume(self, count);
    }
}

impl tokio::io::AsyncSeek for File {
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        AsyncSeek::start_seek(self, position)
    }

    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        AsyncSeek::poll_complete(self, cx)
    }
}
