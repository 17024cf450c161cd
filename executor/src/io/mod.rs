//! Reading, writing, and waiting for descriptors.
//!
//! Owns what programs call; what watches the descriptors is in `machine/reactor/`. `net/`,
//! `process/` and `signal/` build on `source.rs`, and implement [`AsyncRead`] and
//! [`AsyncWrite`]; names and signatures are tokio's. `adaptors/` makes readers and
//! writers of others, `memory/` of memory. What these find wrong by
//! themselves (an end too early, bytes that are no text) gets the name of the file it
//! came from, through whatever buffers.

mod adaptors;
pub(crate) mod async_buf_read;
mod async_fd;
mod async_read;
mod async_seek;
mod async_write;
mod buf_reader;
mod buf_stream;
mod buf_writer;
mod copy;
pub(crate) mod error;
pub(crate) mod handed_over;
mod interest;
mod interrupted;
pub(crate) mod kind;
mod memory;
mod numbers;
mod registration;
pub(crate) mod source;
mod stdio;
pub mod unix;

pub use crate::sys::read_buf::ReadBuf;
pub use adaptors::{Chain, Join, ReadHalf, Take, WriteHalf, join, split};
pub use async_buf_read::{AsyncBufRead, AsyncBufReadExt, Lines, Split};
pub use async_fd::{AsyncFd, AsyncFdReadyGuard, TryIoError};
pub use async_read::{AsyncRead, AsyncReadExt};
pub use async_seek::{AsyncSeek, AsyncSeekExt};
pub use async_write::{AsyncWrite, AsyncWriteExt};
pub use buf_reader::BufReader;
pub use buf_stream::BufStream;
pub use buf_writer::BufWriter;
pub use copy::{copy, copy_bidirectional, copy_bidirectional_with_sizes, copy_buf};
pub use error::raw_os_error;
pub use interest::{Interest, Ready};
pub use memory::{DuplexStream, Empty, Repeat, SimplexStream, Sink};
pub use memory::{duplex, empty, repeat, simplex, sink};
pub use std::io::{Error, ErrorKind, Result, SeekFrom};
pub use stdio::{Stderr, Stdin, Stdout, stderr, stdin, stdout};
