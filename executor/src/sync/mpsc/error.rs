//! Why a value was not sent, or none was received.

use std::error::Error;
use std::fmt;

/// The receiver is gone or has closed the channel. Holds what was to be sent.
///
/// # Examples
///
/// ```
/// use buzzer::sync::mpsc::{self, error::SendError};
///
/// # buzzer::block_on(async {
/// let (orders, queue) = mpsc::channel(1);
/// drop(queue);
/// assert_eq!(orders.send("mocha").await, Err(SendError("mocha")));
/// # });
/// ```
#[derive(PartialEq, Eq, Clone, Copy)]
pub struct SendError<T>(pub T);

/// The value could not be sent at once. Holds it.
///
/// # Examples
///
/// ```
/// use buzzer::sync::mpsc::{self, error::TrySendError};
///
/// let (orders, queue) = mpsc::channel(1);
/// orders.try_send("mocha").unwrap();
/// let error = orders.try_send("latte").unwrap_err();
/// assert_eq!(error, TrySendError::Full("latte"));
/// assert_eq!(error.into_inner(), "latte");
/// drop(queue);
/// assert_eq!(orders.try_send("latte"), Err(TrySendError::Closed("latte")));
/// ```
#[derive(PartialEq, Eq, Clone, Copy)]
pub enum TrySendError<T> {
    /// The channel is full.
    Full(T),
    /// The receiver is gone or has closed the channel.
    Closed(T),
}

/// The value could not be sent in time. Holds it.
///
/// # Examples
///
/// ```
/// use buzzer::sync::mpsc::{self, error::SendTimeoutError};
/// use buzzer::time::Duration;
///
/// # buzzer::runtime::Builder::new_current_thread().start_paused(true).build().unwrap()
/// # .block_on(async {
/// let (orders, _queue) = mpsc::channel(1);
/// orders.send("mocha").await.unwrap();
/// let error = orders.send_timeout("latte", Duration::from_secs(60)).await.unwrap_err();
/// assert_eq!(error, SendTimeoutError::Timeout("latte"));
/// assert_eq!(error.into_inner(), "latte");
/// # });
/// ```
#[derive(PartialEq, Eq, Clone, Copy)]
pub enum SendTimeoutError<T> {
    /// The channel was full for so long.
    Timeout(T),
    /// The receiver is gone or has closed the channel.
    Closed(T),
}

/// There is no value at once.
///
/// # Examples
///
/// ```
/// use buzzer::sync::mpsc::{self, error::TryRecvError};
///
/// let (orders, mut queue) = mpsc::channel::<&str>(1);
/// assert_eq!(queue.try_recv(), Err(TryRecvError::Empty));
/// drop(orders);
/// assert_eq!(queue.try_recv(), Err(TryRecvError::Disconnected));
/// ```
#[derive(PartialEq, Eq, Clone, Copy, Debug)]
pub enum TryRecvError {
    /// None was sent yet.
    Empty,
    /// All senders are gone, or the channel was closed: none comes any more.
    Disconnected,
}

const CLOSED: &str = "the channel is closed: nobody receives from it any more";

impl<T> TrySendError<T> {
    /// What was to be sent.
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(value) | Self::Closed(value) => value,
        }
    }
}

impl<T> SendTimeoutError<T> {
    /// What was to be sent.
    pub fn into_inner(self) -> T {
        match self {
            Self::Timeout(value) | Self::Closed(value) => value,
        }
    }
}

impl<T> From<SendError<T>> for TrySendError<T> {
    fn from(error: SendError<T>) -> Self {
        Self::Closed(error.0)
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendError").finish_non_exhaustive()
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CLOSED)
    }
}

impl<T> Error for SendError<T> {}

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "the channel is full",
            Self::Closed(_) => CLOSED,
        })
    }
}

impl<T> Error for TrySendError<T> {}

impl<T> fmt::Debug for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout(_) => "Timeout(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout(_) => "the channel was full until the time was over",
            Self::Closed(_) => CLOSED,
        })
    }
}

impl<T> Error for SendTimeoutError<T> {}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the channel is empty",
            Self::Disconnected => "the channel is empty and closed: nothing comes any more",
        })
    }
}

impl Error for TryRecvError {}
