//! What the interpreter needs of the library's types: the methods that they share by name.

use buzzer::io::{AsyncRead, AsyncWrite, Interest};
use buzzer::net::unix::pipe::{Receiver, Sender};
use buzzer::net::{TcpStream, UnixStream, tcp, unix};
use rustix::fd::{AsFd, BorrowedFd};
use std::io::{self, IoSlice, IoSliceMut};

/// What is awaited and tried by a shared reference.
#[allow(async_fn_in_trait, reason = "it is used here alone, on one thread")]
pub trait Tries: AsFd + 'static {
    /// Whether a look takes nothing: a pipe can't be looked into.
    const PEEKS: bool;

    async fn readable(&self) -> io::Result<()>;
    async fn writable(&self) -> io::Result<()>;
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize>;
    fn try_read_vectored(&self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize>;
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;
    fn try_write_vectored(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize>;
    async fn peek(&self, buffer: &mut [u8]) -> io::Result<usize>;
    /// A call of the program's own, once the stream is ready for it.
    async fn operate<R>(
        &self,
        interest: Interest,
        call: impl FnMut(BorrowedFd<'_>) -> io::Result<R>,
    ) -> io::Result<R>;
}

/// A stream that goes both ways.
pub trait Whole: Tries + Reads<Self> + Writes<Self> + Sized {
    type Read: Reads<Self> + 'static;
    type Write: Writes<Self> + 'static;

    fn split_in_two(&mut self) -> (impl Reads<Self>, impl Writes<Self>);
    fn into_two(self) -> (Self::Read, Self::Write);
    fn of_two(read: Self::Read, write: Self::Write) -> Self;
}

/// Whatever reads from a stream of that type.
pub trait Reads<S>: AsyncRead + Unpin {
    /// The stream, unless it can't be had by a reference.
    fn stream(&self) -> Option<&S>;
}

pub trait Writes<S>: AsyncWrite + Unpin {
    fn stream(&self) -> Option<&S>;
}

macro_rules! both_ways {
    ($stream:ident, $module:ident) => {
        impl Tries for $stream {
            const PEEKS: bool = true;

            async fn readable(&self) -> io::Result<()> {
                $stream::readable(self).await
            }
            async fn writable(&self) -> io::Result<()> {
                $stream::writable(self).await
            }
            fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
                $stream::try_read(self, buffer)
            }
            fn try_read_vectored(&self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
                $stream::try_read_vectored(self, buffers)
            }
            fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
                $stream::try_write(self, bytes)
            }
            fn try_write_vectored(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
                $stream::try_write_vectored(self, buffers)
            }
            async fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
                $stream::peek(self, buffer).await
            }
            async fn operate<R>(
                &self,
                interest: Interest,
                mut call: impl FnMut(BorrowedFd<'_>) -> io::Result<R>,
            ) -> io::Result<R> {
                self.async_io(interest, || call(self.as_fd())).await
            }
        }

        impl Whole for $stream {
            type Read = $module::OwnedReadHalf;
            type Write = $module::OwnedWriteHalf;

            fn split_in_two(&mut self) -> (impl Reads<Self>, impl Writes<Self>) {
                self.split()
            }
            fn into_two(self) -> (Self::Read, Self::Write) {
                self.into_split()
            }
            fn of_two(read: Self::Read, write: Self::Write) -> Self {
                read.reunite(write).expect("they are of one stream")
            }
        }

        impl Reads<$stream> for $stream {
            fn stream(&self) -> Option<&$stream> {
                Some(self)
            }
        }
        impl Writes<$stream> for $stream {
            fn stream(&self) -> Option<&$stream> {
                Some(self)
            }
        }
        impl Reads<$stream> for $module::ReadHalf<'_> {
            fn stream(&self) -> Option<&$stream> {
                Some(self.as_ref())
            }
        }
        impl Writes<$stream> for $module::WriteHalf<'_> {
            fn stream(&self) -> Option<&$stream> {
                Some(self.as_ref())
            }
        }
        impl Reads<$stream> for $module::OwnedReadHalf {
            fn stream(&self) -> Option<&$stream> {
                Some(self.as_ref())
            }
        }
        impl Writes<$stream> for $module::OwnedWriteHalf {
            fn stream(&self) -> Option<&$stream> {
                Some(self.as_ref())
            }
        }
    };
}

both_ways!(TcpStream, tcp);
both_ways!(UnixStream, unix);

impl<S: AsyncRead> Reads<S> for buzzer::io::ReadHalf<S> {
    fn stream(&self) -> Option<&S> {
        None
    }
}

impl<S: AsyncWrite> Writes<S> for buzzer::io::WriteHalf<S> {
    fn stream(&self) -> Option<&S> {
        None
    }
}

impl Reads<Self> for Receiver {
    fn stream(&self) -> Option<&Self> {
        Some(self)
    }
}

impl Writes<Self> for Sender {
    fn stream(&self) -> Option<&Self> {
        Some(self)
    }
}

fn not_for_pipes<T>() -> io::Result<T> {
    Err(io::ErrorKind::Unsupported.into())
}

impl Tries for Receiver {
    const PEEKS: bool = false;

    async fn readable(&self) -> io::Result<()> {
        Self::readable(self).await
    }
    async fn writable(&self) -> io::Result<()> {
        not_for_pipes()
    }
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Self::try_read(self, buffer)
    }
    fn try_read_vectored(&self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        Self::try_read_vectored(self, buffers)
    }
    fn try_write(&self, _: &[u8]) -> io::Result<usize> {
        not_for_pipes()
    }
    fn try_write_vectored(&self, _: &[IoSlice<'_>]) -> io::Result<usize> {
        not_for_pipes()
    }
    async fn peek(&self, _: &mut [u8]) -> io::Result<usize> {
        not_for_pipes()
    }
    async fn operate<R>(
        &self,
        _: Interest,
        _: impl FnMut(BorrowedFd<'_>) -> io::Result<R>,
    ) -> io::Result<R> {
        not_for_pipes()
    }
}

impl Tries for Sender {
    const PEEKS: bool = false;

    async fn readable(&self) -> io::Result<()> {
        not_for_pipes()
    }
    async fn writable(&self) -> io::Result<()> {
        Self::writable(self).await
    }
    fn try_read(&self, _: &mut [u8]) -> io::Result<usize> {
        not_for_pipes()
    }
    fn try_read_vectored(&self, _: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        not_for_pipes()
    }
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        Self::try_write(self, bytes)
    }
    fn try_write_vectored(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        Self::try_write_vectored(self, buffers)
    }
    async fn peek(&self, _: &mut [u8]) -> io::Result<usize> {
        not_for_pipes()
    }
    async fn operate<R>(
        &self,
        _: Interest,
        _: impl FnMut(BorrowedFd<'_>) -> io::Result<R>,
    ) -> io::Result<R> {
        not_for_pipes()
    }
}
