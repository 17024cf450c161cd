//! Why a semaphore gives no permit.

use std::error::Error;
use std::fmt;

use crate::sync::permits::{Closed, Refused};

/// The semaphore was closed: nobody gets a permit any more.
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
