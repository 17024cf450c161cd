//! Why a value was not sent, or no change comes.

use std::error::Error;
use std::fmt;

/// There is no receiver. Holds what was to be sent.
///
/// # Examples
///
/// ```
/// use buzzer::sync::watch::{self, error::SendError};
///
/// let (board, guest) = watch::channel("closed");
/// drop(guest);
/// assert_eq!(board.send("open"), Err(SendError("open")));
/// ```
#[derive(PartialEq, Eq, Clone, Copy)]
pub struct SendError<T>(pub T);

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendError").finish_non_exhaustive()
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the channel has no receiver")
    }
}

impl<T> Error for SendError<T> {}

/// All senders are gone: the value stays as it is.
///
/// # Examples
///
/// ```
/// use buzzer::sync::watch;
///
/// # buzzer::block_on(async {
/// let (board, mut guest) = watch::channel("closed");
/// drop(board);
/// assert!(guest.changed().await.is_err());
/// assert_eq!(*guest.borrow(), "closed"); // The last value stays.
/// # });
/// ```
#[derive(Debug, Clone)]
pub struct RecvError(pub(super) ());

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the channel is closed: all its senders are gone")
    }
}

impl Error for RecvError {}
