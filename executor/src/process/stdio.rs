//! The piped input and output of a child.
//!
//! Owns [`ChildStdin`], [`ChildStdout`] and [`ChildStderr`]. Only this end of each
//! pipe doesn't block: O_NONBLOCK belongs to an end, and the child's has a
//! description of its own.
//!
//! A short read of a pipe does not mean that it is empty, nor a short write that it
//! is full: a pipe holds pages, not bytes. So only "would block" clears readiness.

use std::fmt;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::pin::Pin;
use std::process::{self, Stdio};
use std::task::{Context, Poll};

use crate::io::error::named;
use crate::io::kind::Kind;
use crate::io::source::Source;
use crate::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use crate::machine::reactor::readiness::Direction;
use crate::sys::pipe;

/// What an error calls a pipe.
#[derive(Clone, Copy, Debug)]
struct Name {
    what: &'static str,
    /// The number of its child. `None` if that is not known.
    child: Option<u32>,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.child {
            Some(pid) => write!(f, "{} of child {pid}", self.what),
            None => write!(f, "{} of a child", self.what),
        }
    }
}

/// Registers this end of a pipe.
#[track_caller]
fn register(kind: Kind, end: OwnedFd, interest: Interest) -> io::Result<Source<OwnedFd>> {
    pipe::set_nonblocking(end.as_fd(), true)?;
    Source::new(kind, end, interest)
}

/// Gives this end back as it was before, so that another child may have it.
fn give_back(source: Source<OwnedFd>) -> io::Result<OwnedFd> {
    let end = source.into_inner();
    pipe::set_nonblocking(end.as_fd(), false)?;
    Ok(end)
}

#[track_caller]
fn poll_read(
    source: &Source<OwnedFd>,
    name: Name,
    cx: &mut Context<'_>,
    buffer: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    if buffer.remaining() == 0 {
        // A read of nothing would wait for something.
        return Poll::Ready(Ok(()));
    }
    let read = source.poll_io(cx, Direction::Read, |end| pipe::read(end.as_fd(), buffer));
    read.map_ok(drop)
        .map_err(|error| named("read", name, error))
}

/// Writes to a child's standard input.
///
/// The child meets the end of its input when this is dropped or
/// [`shutdown`](crate::io::AsyncWriteExt::shutdown). A child that does not read
/// makes writes wait once the pipe is full, by default after 64 KiB.
///
/// A write to a child that reads no more is an error, `BrokenPipe`. The system also
/// sends a SIGPIPE, which Rust's runtime has ignored; where `main` is not Rust's,
/// ignore it there.
///
/// # Examples
///
/// ```
/// use std::process::Stdio;
/// use buzzer::io::{AsyncReadExt, AsyncWriteExt};
/// use buzzer::process::Command;
///
/// # buzzer::block_on(async {
/// let mut cat = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
/// let mut stdin = cat.stdin.take().unwrap();
/// stdin.write_all(b"mocha").await?;
/// drop(stdin); // The end of its input.
/// let mut said = String::new();
/// cat.stdout.take().unwrap().read_to_string(&mut said).await?;
/// assert_eq!(said, "mocha");
/// # cat.wait().await?;
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct ChildStdin {
    /// `None` after a shutdown: a pipe is shut down by closing it.
    source: Option<Source<OwnedFd>>,
    name: Name,
}

impl ChildStdin {
    /// Takes over a pipe of std's, which must not block from then on.
    ///
    /// # Errors
    ///
    /// What the system says.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::process::{Command, Stdio};
    /// use buzzer::process::ChildStdin;
    ///
    /// # buzzer::block_on(async {
    /// let mut cat = Command::new("cat").stdin(Stdio::piped()).spawn()?; // By std.
    /// let stdin = ChildStdin::from_std(cat.stdin.take().unwrap())?;
    /// drop(stdin);
    /// cat.wait()?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    #[track_caller]
    pub fn from_std(inner: process::ChildStdin) -> io::Result<Self> {
        Self::of(inner, None)
    }

    /// As [`from_std`](Self::from_std), for the pipe of this child.
    #[track_caller]
    pub(super) fn of(inner: process::ChildStdin, child: Option<u32>) -> io::Result<Self> {
        let source = register(Kind::ChildStdin, inner.into(), Interest::WRITABLE)?;
        let what = "standard input";
        Ok(Self {
            source: Some(source),
            name: Name { what, child },
        })
    }

    /// Gives up the pipe, which blocks again.
    ///
    /// # Errors
    ///
    /// What the system says; `BrokenPipe` after a shutdown.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::process::Stdio;
    /// use buzzer::process::Command;
    ///
    /// # buzzer::block_on(async {
    /// let mut cat = Command::new("cat").stdin(Stdio::piped()).spawn()?;
    /// let fd = cat.stdin.take().unwrap().into_owned_fd()?;
    /// drop(fd);
    /// cat.wait().await?;
    /// # std::io::Result::Ok(()) }).unwrap();
    /// ```
    pub fn into_owned_fd(self) -> io::Result<OwnedFd> {
        let source = self.source.ok_or_else(shut_down);
        let given_back = source.and_then(give_back);
        given_back.map_err(|error| named("give back", self.name, error))
    }

    fn poll_io(
        &self,
        cx: &mut Context<'_>,
        write: impl FnMut(&OwnedFd) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let written = match &self.source {
            Some(source) => source.poll_io(cx, Direction::Write, write),
            None => Poll::Ready(Err(shut_down())),
        };
        written.map_err(|error| named("write", self.name, error))
    }
}

#[cold]
fn shut_down() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "it was shut down before")
}

impl AsyncWrite for ChildStdin {
    #[track_caller]
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let write = |end: &OwnedFd| pipe::write(end.as_fd(), bytes);
        self.poll_io(cx, write)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Closes the pipe.
    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.source = None;
        Poll::Ready(Ok(()))
    }

    #[track_caller]
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let write = |end: &OwnedFd| pipe::write_vectored(end.as_fd(), buffers);
        self.poll_io(cx, write)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}

/// # Panics
///
/// After a shutdown, which has closed the descriptor.
impl AsFd for ChildStdin {
    #[track_caller]
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.source {
            Some(source) => source.as_fd(),
            None => panic!(
                "a child's standard input has no descriptor after its shutdown: take the \
                 descriptor before"
            ),
        }
    }
}

/// # Panics
///
/// After a shutdown, which has closed the descriptor.
impl AsRawFd for ChildStdin {
    #[track_caller]
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

/// Another child can be given it.
impl TryFrom<ChildStdin> for Stdio {
    type Error = io::Error;

    fn try_from(stdin: ChildStdin) -> io::Result<Self> {
        stdin.into_owned_fd().map(Self::from)
    }
}

/// An output of a child: the two differ in name only.
macro_rules! output {
    ($(#[$doc:meta])+ $output:ident, $what:literal) => {
        $(#[$doc])+
        #[derive(Debug)]
        pub struct $output {
            source: Source<OwnedFd>,
            name: Name,
        }

        impl $output {
            /// Takes over a pipe of std's, which must not block from then on. See
            /// [`ChildStdin::from_std`].
            ///
            /// # Errors
            ///
            /// What the system says.
            ///
            /// # Panics
            ///
            /// Outside a runtime.
            #[track_caller]
            pub fn from_std(inner: process::$output) -> io::Result<Self> {
                Self::of(inner, None)
            }

            /// As [`from_std`](Self::from_std), for the pipe of this child.
            #[track_caller]
            pub(super) fn of(inner: process::$output, child: Option<u32>) -> io::Result<Self> {
                let source = register(Kind::$output, inner.into(), Interest::READABLE)?;
                let name = Name { what: $what, child };
                Ok(Self { source, name })
            }

            /// Gives up the pipe, which blocks again. See [`ChildStdin::into_owned_fd`].
            ///
            /// # Errors
            ///
            /// What the system says.
            pub fn into_owned_fd(self) -> io::Result<OwnedFd> {
                let given_back = give_back(self.source);
                given_back.map_err(|error| named("give back", self.name, error))
            }
        }

        impl AsyncRead for $output {
            #[track_caller]
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                poll_read(&self.source, self.name, cx, buffer)
            }
        }

        impl AsFd for $output {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.source.as_fd()
            }
        }

        impl AsRawFd for $output {
            fn as_raw_fd(&self) -> RawFd {
                self.source.get().as_raw_fd()
            }
        }

        /// Another child can be given it.
        impl TryFrom<$output> for Stdio {
            type Error = io::Error;

            fn try_from(output: $output) -> io::Result<Self> {
                output.into_owned_fd().map(Self::from)
            }
        }
    };
}

output!(
    /// Reads a child's standard output.
    ChildStdout,
    "standard output"
);
output!(
    /// Reads a child's standard error.
    ChildStderr,
    "standard error"
);
