//! Why a value was not sent, or none was received.

use std::error::Error;
use std::fmt;

/// There is no receiver. Holds what was to be sent.
///
/// # Examples
///
/// ```
/// use buzzer::sync::broadcast::{self, error::SendError};
///
/// let (calls, guest) = broadcast::channel(4);
/// drop(guest);
/// assert!(matches!(calls.send("mocha"), Err(SendError("mocha")))); // Nobody listens.
/// ```
#[derive(Debug)]
pub struct SendError<T>(pub T);

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the channel has no receiver")
    }
}

impl<T: fmt::Debug> Error for SendError<T> {}

/// What a receiver is told instead of a value.
///
/// # Examples
///
/// ```
/// use buzzer::sync::broadcast::{self, error::RecvError};
///
/// # buzzer::block_on(async {
/// let (calls, mut guest) = broadcast::channel(2);
/// for call in 1..=5 {
///     calls.send(call).unwrap();
/// }
/// assert_eq!(guest.recv().await, Err(RecvError::Lagged(3))); // Three were missed.
/// assert_eq!(guest.recv().await, Ok(4));
/// assert_eq!(guest.recv().await, Ok(5));
/// drop(calls);
/// assert_eq!(guest.recv().await, Err(RecvError::Closed));
/// # });
/// ```
#[derive(Debug, PartialEq, Eq, Clone)]
pub enum RecvError {
    /// All senders are gone, and everything was received.
    Closed,
    /// So many values were overwritten before this receiver saw them. It goes on with the
    /// oldest that there is.
    Lagged(u64),
}

/// What a receiver is told at once, instead of a value.
///
/// # Examples
///
/// ```
/// use buzzer::sync::broadcast::{self, error::TryRecvError};
///
/// let (calls, mut guest) = broadcast::channel::<&str>(2);
/// assert_eq!(guest.try_recv(), Err(TryRecvError::Empty));
/// drop(calls);
/// assert_eq!(guest.try_recv(), Err(TryRecvError::Closed));
/// ```
#[derive(Debug, PartialEq, Eq, Clone)]
pub enum TryRecvError {
    /// None was sent yet.
    Empty,
    /// All senders are gone, and everything was received.
    Closed,
    /// So many values were overwritten before this receiver saw them. It goes on with the
    /// oldest that there is.
    Lagged(u64),
}

const CLOSED: &str = "the channel is closed: all its senders are gone";

fn lagged(f: &mut fmt::Formatter<'_>, missed: u64) -> fmt::Result {
    let s = if missed == 1 { "" } else { "s" };
    write!(
        f,
        "the receiver was too slow, and has missed {missed} value{s}"
    )
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str(CLOSED),
            Self::Lagged(missed) => lagged(f, *missed),
        }
    }
}

impl Error for RecvError {}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the channel is empty"),
            Self::Closed => f.write_str(CLOSED),
            Self::Lagged(missed) => lagged(f, *missed),
        }
    }
}

impl Error for TryRecvError {}
