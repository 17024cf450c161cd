//! Reading, writing, and waiting for descriptors.
//!
//! Owns what programs call; the epoll behind it is in `reactor/`. `net/`,
//! `process/` and `signal/` build on `source.rs`, and implement [`AsyncRead`] and
//! [`AsyncWrite`]; names and signatures are tokio's.

mod async_fd;
mod async_read;
mod async_write;
pub(crate) mod error;
mod interest;
mod registration;
pub(crate) mod source;

pub use crate::sys::read_buf::ReadBuf;
pub use async_fd::{AsyncFd, AsyncFdReadyGuard, TryIoError};
pub use async_read::{AsyncRead, AsyncReadExt};
pub use async_write::{AsyncWrite, AsyncWriteExt};
pub use interest::{Interest, Ready};
