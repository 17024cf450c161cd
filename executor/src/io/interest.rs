//! What can be waited for, and what has come.
//!
//! Owns [`Interest`] and [`Ready`], the two words that programs use when they
//! wait for readiness themselves.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Sub};

use crate::sys::urgent::with_urgent;

/// What to wait for: reading, writing, or both.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Interest(mio::Interest);

impl Interest {
    /// Until there is something to read, the peer has closed, or an error.
    pub const READABLE: Self = Self(mio::Interest::READABLE);
    /// Until there is room to write, or an error.
    pub const WRITABLE: Self = Self(mio::Interest::WRITABLE);

    /// Both ways, and urgent data: what a stream socket is registered for.
    pub(crate) const STREAM: Self = Self(with_urgent(
        mio::Interest::READABLE.add(mio::Interest::WRITABLE),
    ));

    /// Whether reading is meant.
    pub const fn is_readable(self) -> bool {
        self.0.is_readable()
    }

    /// Whether writing is meant.
    pub const fn is_writable(self) -> bool {
        self.0.is_writable()
    }

    /// What is meant by either. As `|`, and in constants too.
    #[must_use]
    pub const fn add(self, other: Self) -> Self {
        Self(self.0.add(other.0))
    }

    /// What is meant by this and not by `other`; `None` if that is nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::io::Interest;
    ///
    /// const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);
    /// assert_eq!(BOTH.remove(Interest::READABLE), Some(Interest::WRITABLE));
    /// assert_eq!(Interest::READABLE.remove(BOTH), None);
    /// ```
    #[must_use]
    pub fn remove(self, other: Self) -> Option<Self> {
        self.0.remove(other.0).map(Self)
    }

    pub(super) fn into_mio(self) -> mio::Interest {
        self.0
    }
}

impl BitOr for Interest {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Interest {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl fmt::Debug for Interest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a source is ready for.
///
/// It is a hint: an operation may still say "would block".
///
/// # Examples
///
/// ```
/// use buzzer::io::Ready;
///
/// let ready = Ready::READABLE | Ready::WRITABLE;
/// assert_eq!(ready & Ready::READABLE, Ready::READABLE);
/// assert_eq!(ready - Ready::READABLE, Ready::WRITABLE);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Ready(u8);

impl Ready {
    /// Nothing.
    pub const EMPTY: Self = Self(0);
    /// There is something to read.
    pub const READABLE: Self = Self(1);
    /// There is room to write.
    pub const WRITABLE: Self = Self(1 << 1);
    /// The peer sends no more.
    pub const READ_CLOSED: Self = Self(1 << 2);
    /// Nothing more can be sent.
    pub const WRITE_CLOSED: Self = Self(1 << 3);
    /// An operation will fail.
    pub const ERROR: Self = Self(1 << 4);
    /// All of them.
    pub const ALL: Self = Self((1 << 5) - 1);

    /// Whether it is nothing.
    pub fn is_empty(self) -> bool {
        self == Self::EMPTY
    }

    /// Whether a read would not wait: for data, or to learn of the end.
    pub fn is_readable(self) -> bool {
        self.contains(Self::READABLE) || self.is_read_closed()
    }

    /// Whether a write would not wait: for room, or to fail.
    pub fn is_writable(self) -> bool {
        self.contains(Self::WRITABLE) || self.is_write_closed()
    }

    /// Whether the peer sends no more. What it has sent may still be unread.
    pub fn is_read_closed(self) -> bool {
        self.contains(Self::READ_CLOSED)
    }

    /// Whether nothing more can be sent.
    pub fn is_write_closed(self) -> bool {
        self.contains(Self::WRITE_CLOSED)
    }

    /// Whether there is an error to be met.
    pub fn is_error(self) -> bool {
        self.contains(Self::ERROR)
    }

    fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Ready {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Ready {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for Ready {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Sub for Ready {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ready")
            .field("is_readable", &self.is_readable())
            .field("is_writable", &self.is_writable())
            .field("is_read_closed", &self.is_read_closed())
            .field("is_write_closed", &self.is_write_closed())
            .field("is_error", &self.is_error())
            .finish()
    }
}
