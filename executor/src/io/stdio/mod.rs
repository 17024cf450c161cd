//! Standard input, output and error.
//!
//! Owns [`Stdin`], [`Stdout`] and [`Stderr`]. There is no readiness for them: they
//! may be files, and where they are not, to set them to not block would do so for
//! every process that shares them. So what may block is done by threads:
//! `input.rs`, `output.rs`. They are not of the blocking pool, since the end of a
//! runtime waits for that.

mod input;
mod output;

use std::fmt;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use self::input::Reader;
use self::output::Writer;
use super::error::named;
use super::{AsyncRead, AsyncWrite, ReadBuf};
use crate::machine::budget;

/// The standard input of the process.
///
/// # Examples
///
/// ```no_run
/// use buzzer::io::{AsyncBufReadExt, BufReader, stdin};
///
/// # buzzer::block_on(async {
/// let mut lines = BufReader::new(stdin()).lines();
/// while let Some(order) = lines.next_line().await? {
///     println!("one {order}");
/// }
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub fn stdin() -> Stdin {
    Stdin {
        std: io::stdin(),
        reader: Reader::default(),
    }
}

/// The standard output of the process.
///
/// # Examples
///
/// ```no_run
/// use buzzer::io::{AsyncWriteExt, stdout};
///
/// # buzzer::block_on(async {
/// stdout().write_all(b"one mocha\n").await?;
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub fn stdout() -> Stdout {
    Stdout {
        std: io::stdout(),
        writer: Writer::new(&output::STDOUT),
    }
}

/// The standard error of the process.
///
/// # Examples
///
/// ```no_run
/// use buzzer::io::{AsyncWriteExt, stderr};
///
/// # buzzer::block_on(async {
/// stderr().write_all(b"out of beans\n").await?;
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
pub fn stderr() -> Stderr {
    Stderr {
        std: io::stderr(),
        writer: Writer::new(&output::STDERR),
    }
}

/// A handle to the standard input of the process; made by [`stdin`].
///
/// A thread reads it, one for the process, which is started by the first read.
/// Neither the end of a runtime nor that of the process waits for it, so input that
/// never comes holds nothing up. A paused clock doesn't wait for it either: like a
/// socket's, its data comes from outside.
///
/// # Who else reads it
///
/// A child that inherits the input, or the program that started this one, gets what
/// was not read here. A read takes no more than it has room for (and 64 KiB), and
/// nothing unless it is polled when there is something. So one that has waited in vain
/// and is dropped takes nothing from them.
///
/// A [`BufReader`](super::BufReader) reads ahead, as [`lines`] and [`copy`] do: what
/// has come into its buffer, others don't get. Who is to leave them what comes after a
/// line reads a byte at a time, up to the line's end.
///
/// It reads behind what std's [`Stdin`](io::Stdin) has read ahead. The thread takes
/// std's lock for that; who holds [`std::io::Stdin::lock`] while awaiting a read waits
/// for ever.
///
/// [`lines`]: super::AsyncBufReadExt::lines
/// [`copy`]: super::copy
///
/// # Cancel safety
///
/// Nothing is lost: a read that is dropped right after a poll at which there was input
/// may have taken what it asked for. Then the next read returns it, also of another
/// handle or on another runtime; others, std included, do not get it. Of several that
/// wait, any may get what comes.
pub struct Stdin {
    std: io::Stdin,
    reader: Reader,
}

/// A handle to the standard output of the process; made by [`stdout`].
///
/// A thread writes it, one for the process, which is started by the first write. A
/// write returns when the kernel has the bytes: nothing is written behind, so no
/// error is lost, and [`flush`](super::AsyncWriteExt::flush) only waits for a write
/// that was given up. A reader that has gone is an error, `BrokenPipe`. The system
/// also sends a SIGPIPE, which Rust's runtime has ignored; where `main` is not
/// Rust's, ignore it there.
///
/// Neither the end of a runtime nor that of the process waits for the thread, so a
/// full pipe holds nothing up: what was handed over and not awaited may not be
/// written then. A paused clock doesn't wait for it either, as it waits for no
/// socket.
///
/// # Order
///
/// Writes are done in the order in which they were begun, each up to 64 KiB whole:
/// those of several handles don't mix. A write goes behind what [`print!`] has
/// printed before, and in front of what it prints after the write has returned.
/// The thread takes std's lock for that; who holds
/// [`std::io::Stdout::lock`] while awaiting a write waits for ever.
///
/// # Cancel safety
///
/// A dropped write is written all the same, unless the process ends before. The next
/// write waits for it and returns its error, unless it brings the same bytes again:
/// then it takes the place of the first, and they are written once.
pub struct Stdout {
    std: io::Stdout,
    writer: Writer,
}

/// A handle to the standard error of the process; made by [`stderr`].
///
/// In everything else as [`Stdout`].
pub struct Stderr {
    std: io::Stderr,
    writer: Writer,
}

/// What a panic may leave undone is a write, and the next sees to it.
impl UnwindSafe for Stdout {}
impl RefUnwindSafe for Stdout {}
impl UnwindSafe for Stderr {}
impl RefUnwindSafe for Stderr {}

impl AsyncRead for Stdin {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let polled = ready!(budget::charge(cx, |cx| self.reader.poll_read(cx, buffer)));
        Poll::Ready(polled.map_err(|error| named("read", "standard input", error)))
    }
}

/// Both outputs, which differ in their names only.
macro_rules! output {
    ($stream:ty, $name:literal) => {
        impl AsyncWrite for $stream {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
            }

            fn poll_write_vectored(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffers: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                if buffers.iter().all(|buffer| buffer.is_empty()) {
                    return Poll::Ready(Ok(0));
                }
                let polled = ready!(budget::charge(cx, |cx| self.writer.poll_write(cx, buffers)));
                Poll::Ready(polled.map_err(|error| named("write", $name, error)))
            }

            fn is_write_vectored(&self) -> bool {
                true
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                let polled = ready!(budget::charge(cx, |cx| self.writer.poll_flush(cx)));
                Poll::Ready(polled.map_err(|error| named("write", $name, error)))
            }

            /// As [`poll_flush`](Self::poll_flush): the stream stays open, as it is the
            /// process's.
            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.poll_flush(cx)
            }
        }
    };
}

output!(Stdout, "standard output");
output!(Stderr, "standard error");

macro_rules! descriptor {
    ($($stream:ident)*) => {$(
        impl AsFd for $stream {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.std.as_fd()
            }
        }

        impl AsRawFd for $stream {
            fn as_raw_fd(&self) -> RawFd {
                self.std.as_raw_fd()
            }
        }

        impl fmt::Debug for $stream {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($stream)).finish_non_exhaustive()
            }
        }
    )*};
}

descriptor!(Stdin Stdout Stderr);
