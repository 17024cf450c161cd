//! What can be waited for, and what has come.
//!
//! Owns [`Interest`] and [`Ready`], the two words that programs use when they
//! wait for readiness themselves.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Sub};

use crate::machine::reactor::told::Wanted;
use crate::sys::poll::{MAY_BE_URGENT, with_urgent};
use crate::sys::urgent::URGENT_IS_TOLD;

/// What to wait for: reading, writing, urgent data, errors, or several of them.
///
/// # Examples
///
/// ```
/// use buzzer::io::Interest;
///
/// let interest = Interest::READABLE | Interest::ERROR;
/// assert!(interest.is_readable() && interest.is_error() && !interest.is_writable());
/// ```
///
/// ```
/// use buzzer::io::Interest;
///
/// const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);
/// assert_eq!(BOTH, Interest::READABLE | Interest::WRITABLE);
/// # #[cfg(target_os = "linux")]
/// assert!(!BOTH.is_priority());
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Interest(u8);

impl Interest {
    /// Until there is something to read, the peer has closed, or an error.
    pub const READABLE: Self = Self(1);
    /// Until there is room to write, or an error.
    pub const WRITABLE: Self = Self(1 << 1);
    /// Until there is urgent data (what is sent with `MSG_OOB`), or the peer sends no
    /// more. Told of by what was registered for it
    /// ([`AsyncFd::with_interest`](super::AsyncFd::with_interest)). Only on Linux.
    #[cfg(target_os = "linux")]
    pub const PRIORITY: Self = Self::URGENT;
    /// Until there is an error to be met; a socket's error queue
    /// (`IP_RECVERR`, `SO_TIMESTAMPING`) is one.
    pub const ERROR: Self = Self(1 << 3);

    const URGENT: Self = Self(1 << 2);

    /// Both ways, and urgent data where that is told of: what a stream socket is
    /// registered for.
    pub(crate) const STREAM: Self = match URGENT_IS_TOLD {
        true => Self::READABLE.add(Self::WRITABLE).add(Self::URGENT),
        false => Self::READABLE.add(Self::WRITABLE),
    };

    /// Whether reading is meant.
    pub const fn is_readable(self) -> bool {
        self.has(Self::READABLE)
    }

    /// Whether writing is meant.
    pub const fn is_writable(self) -> bool {
        self.has(Self::WRITABLE)
    }

    /// Whether urgent data is meant. Only on Linux.
    #[cfg(target_os = "linux")]
    pub const fn is_priority(self) -> bool {
        self.has(Self::PRIORITY)
    }

    /// Whether errors are meant.
    pub const fn is_error(self) -> bool {
        self.has(Self::ERROR)
    }

    const fn has(self, one: Self) -> bool {
        self.0 & one.0 != 0
    }

    /// Whether that is waited for.
    pub(super) const fn wants(self, wanted: Wanted) -> bool {
        self.has(match wanted {
            Wanted::Read => Self::READABLE,
            Wanted::Write => Self::WRITABLE,
            Wanted::Urgent => Self::URGENT,
            Wanted::Error => Self::ERROR,
        })
    }

    /// What is meant by either. As `|`, and in constants too.
    #[must_use]
    pub const fn add(self, other: Self) -> Self {
        Self(self.0 | other.0)
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
        let rest = self.0 & !other.0;
        (rest != 0).then_some(Self(rest))
    }

    /// What the selector is asked for. It tells of errors unasked, but not of nothing.
    pub(super) fn into_mio(self) -> mio::Interest {
        let both = mio::Interest::READABLE.add(mio::Interest::WRITABLE);
        let asked = match (self.is_readable(), self.is_writable()) {
            (true, true) => Some(both),
            (true, false) => Some(mio::Interest::READABLE),
            (false, true) => Some(mio::Interest::WRITABLE),
            (false, false) => None,
        };
        let asked = match self.has(Self::URGENT) {
            true => with_urgent(asked),
            false => asked,
        };
        asked.unwrap_or(mio::Interest::READABLE)
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
        let names = ["READABLE", "WRITABLE", "PRIORITY", "ERROR"];
        let names = names.into_iter().enumerate();
        let meant = names.filter(|(bit, _)| self.0 & 1 << bit != 0);
        for (nth, (_, name)) in meant.enumerate() {
            let separator = if nth > 0 { " | " } else { "" };
            write!(f, "{separator}{name}")?;
        }
        Ok(())
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
///
/// ```
/// use buzzer::io::Ready;
///
/// assert!(Ready::EMPTY.is_empty() && Ready::READABLE.is_readable());
/// assert!(Ready::WRITABLE.is_writable() && Ready::ERROR.is_error());
/// // The end can be read, and so can the error of a write.
/// assert!(Ready::READ_CLOSED.is_read_closed() && Ready::WRITE_CLOSED.is_write_closed());
/// # #[cfg(target_os = "linux")]
/// assert!(Ready::PRIORITY.is_priority());
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
    /// There is urgent data. Only on Linux.
    #[cfg(target_os = "linux")]
    pub const PRIORITY: Self = Self::URGENT;
    /// All of them.
    pub const ALL: Self = match MAY_BE_URGENT {
        true => Self((1 << 6) - 1),
        false => Self((1 << 5) - 1),
    };

    /// As [`PRIORITY`](Self::PRIORITY), which not every system tells of.
    pub(super) const URGENT: Self = Self(1 << 5);

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

    /// Whether there is urgent data. Only on Linux.
    #[cfg(target_os = "linux")]
    pub fn is_priority(self) -> bool {
        self.contains(Self::PRIORITY)
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
            .field("is_priority", &self.contains(Self::URGENT))
            .finish()
    }
}
