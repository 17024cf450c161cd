//! Any descriptor that can be waited for, by tokio's path.

#[allow(deprecated, reason = "so is tokio's")]
pub use super::async_fd::AsyncFdTryNewError;
pub use super::async_fd::{
    AsyncFd, AsyncFdReadyGuard, AsyncFdReadyMutGuard, AsyncFdRegisterError, TryIoError,
};
