//! Why no value comes.

use std::error::Error;
use std::fmt;

/// The sender is gone, and has sent nothing.
///
/// # Examples
///
/// ```
/// use buzzer::sync::oneshot;
///
/// # buzzer::block_on(async {
/// let (order, coffee) = oneshot::channel::<&str>();
/// drop(order);
/// println!("{}", coffee.await.unwrap_err());
/// # });
/// ```
#[derive(Debug, Eq, PartialEq, Clone)]
pub struct RecvError(pub(super) ());

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no value comes: the channel was closed before one was sent")
    }
}

impl Error for RecvError {}

/// There is no value at once.
///
/// # Examples
///
/// ```
/// use buzzer::sync::oneshot::{self, error::TryRecvError};
///
/// let (order, mut coffee) = oneshot::channel::<&str>();
/// assert_eq!(coffee.try_recv(), Err(TryRecvError::Empty));
/// drop(order);
/// assert_eq!(coffee.try_recv(), Err(TryRecvError::Closed));
/// ```
#[derive(Debug, Eq, PartialEq, Clone)]
pub enum TryRecvError {
    /// None was sent yet.
    Empty,
    /// The sender is gone, and has sent nothing; or the value was taken before.
    Closed,
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "no value was sent yet",
            Self::Closed => "no value comes any more: the channel is closed",
        })
    }
}

impl Error for TryRecvError {}
