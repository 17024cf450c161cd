//! Errors of time.
//!
//! Owns [`Error`], and passes on [`Elapsed`].

use std::fmt;

pub use super::timeout::Elapsed;

/// Why a timer can't be used, as tokio tells it. Nothing here gives one: a timer has room
/// as long as there is memory, holds every deadline, and says by a panic where it is used
/// in the wrong place. It is there for programs that name it.
///
/// # Examples
///
/// ```
/// use buzzer::time::error::Error;
///
/// assert!(Error::shutdown().is_shutdown());
/// assert!(Error::at_capacity().is_at_capacity());
/// assert!(Error::invalid().is_invalid());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Shutdown,
    AtCapacity,
    Invalid,
}

impl Error {
    /// Its runtime is gone.
    pub fn shutdown() -> Self {
        Self(Kind::Shutdown)
    }

    /// Whether its runtime is gone.
    pub fn is_shutdown(&self) -> bool {
        self.0 == Kind::Shutdown
    }

    /// There is no room for a timer.
    pub fn at_capacity() -> Self {
        Self(Kind::AtCapacity)
    }

    /// Whether there was no room for a timer.
    pub fn is_at_capacity(&self) -> bool {
        self.0 == Kind::AtCapacity
    }

    /// The deadline can't be held.
    pub fn invalid() -> Self {
        Self(Kind::Invalid)
    }

    /// Whether the deadline can't be held.
    pub fn is_invalid(&self) -> bool {
        self.0 == Kind::Invalid
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Shutdown => "the runtime of this timer is gone",
            Kind::AtCapacity => "there is no room for another timer",
            Kind::Invalid => "this deadline is too far away to be held",
        })
    }
}

impl std::error::Error for Error {}
