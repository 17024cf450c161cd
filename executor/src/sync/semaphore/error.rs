//! Why a semaphore gives no permit.

use std::error::Error;
use std::fmt;

use crate::sync::permits::{Closed, Refused};

/// The semaphore was closed: nobody gets a permit any more.
///
/// # Examples
///
/// ```
/// use buzzer::sync::Semaphore;
///
/// # buzzer::block_on(async {
/// let cups = Semaphore::new(1);
/// cups.close();
/// println!("{}", cups.acquire().await.unwrap_err());
/// # });
/// ```
#[derive(Debug)]
pub struct AcquireError(());

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the semaphore was closed")
    }
}

impl Error for AcquireError {}

impl From<Closed> for AcquireError {
    fn from(_: Closed) -> Self {
        Self(())
    }
}

/// There is no permit at once.
///
/// # Examples
///
/// ```
/// use buzzer::sync::{Semaphore, TryAcquireError};
///
/// let cups = Semaphore::new(0);
/// assert_eq!(cups.try_acquire().unwrap_err(), TryAcquireError::NoPermits);
/// cups.close();
/// assert_eq!(cups.try_acquire().unwrap_err(), TryAcquireError::Closed);
/// ```
#[derive(Debug, PartialEq, Eq)]
pub enum TryAcquireError {
    /// The semaphore was closed: nobody gets a permit any more.
    Closed,
    /// Too few are free.
    NoPermits,
}

impl fmt::Display for TryAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the semaphore was closed",
            Self::NoPermits => "the semaphore has too few free permits",
        })
    }
}

impl Error for TryAcquireError {}

impl From<Refused> for TryAcquireError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Closed => Self::Closed,
            Refused::TooFew => Self::NoPermits,
        }
    }
}
