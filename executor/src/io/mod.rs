//! Waiting for descriptors.
//!
//! Owns what programs call; the epoll behind it is in `reactor/`.

mod async_fd;
mod registration;

pub use async_fd::{AsyncFd, AsyncFdReadyGuard, TryIoError};
pub use registration::Interest;
