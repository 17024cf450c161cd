//! The traits of other crates, for the types of this one.
//!
//! Each file is an optional feature and implements one crate's traits directly on
//! our types, so that no wrapper stands between a socket and the library that
//! uses it.
//!
//! | feature | crate | traits |
//! |---|---|---|
//! | `futures-io` | futures-io 0.3 | `AsyncRead`, `AsyncWrite`, `AsyncBufRead`, `AsyncSeek` |
//! | `hyper` | hyper 1 | `hyper::rt::{Read, Write, Executor, Timer, Sleep}` |
//! | `tokio-io` | tokio 1 | `tokio::io::{AsyncRead, AsyncWrite, AsyncBufRead, AsyncSeek}` |

#[cfg(feature = "futures-io")]
mod futures_io;
#[cfg(feature = "hyper")]
pub mod hyper;
#[cfg(feature = "tokio-io")]
mod tokio_io;
