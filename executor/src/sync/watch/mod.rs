//! A channel of the latest value only.
//!
//! Owns what the ends share: the value under std's lock, its version, and a [`Notify`] that
//! is rung when that changes. `sender.rs` and `receiver.rs` are the ends.
//!
//! # No wake is lost
//!
//! A receiver asks to be told before it compares versions. *The change first*: it sees the
//! version. *After that*: it is told.

pub mod error;
mod receiver;
mod sender;

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Arc, PoisonError};

pub use receiver::Receiver;
pub use sender::Sender;

use super::notify::Notify;
use super::seen::{Face, Kind};
use crate::sys::shared::{AtomicUsize, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// In the state: the last sender is gone.
const CLOSED: usize = 1;
/// One version, in the state.
const VERSION: usize = 2;

struct Shared<T> {
    /// Not poisoned by a panic of the program's code: the value is as that has left it.
    value: RwLock<T>,
    /// `version | CLOSED`. The version changes under the value's lock only.
    state: AtomicUsize,
    senders: AtomicUsize,
    receivers: AtomicUsize,
    /// Rung when the state changes.
    changed: Notify,
    /// Rung when the last receiver is gone.
    deserted: Notify,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Version(usize);

impl Version {
    fn before(self) -> Self {
        Self(self.0.wrapping_sub(VERSION))
    }
}

impl<T> Shared<T> {
    fn read(&self) -> RwLockReadGuard<'_, T> {
        self.value.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.value.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> (Version, bool) {
        let state = self.state.load(Acquire);
        (Version(state & !CLOSED), state & CLOSED != 0)
    }

    fn version(&self) -> Version {
        self.state().0
    }

    fn is_closed(&self) -> bool {
        self.state().1
    }

    fn receivers(&self) -> usize {
        self.receivers.load(Acquire)
    }

    fn close(&self) {
        self.state.fetch_or(CLOSED, Release);
        self.changed.notify_waiters();
    }
}

/// Makes a channel of one value that is always there. Its ends may be in different runtimes
/// and on different threads.
///
/// # Examples
///
/// ```
/// use buzzer::sync::watch;
///
/// buzzer::block_on(async {
///     let (board, mut guest) = watch::channel("closed");
///     buzzer::spawn(async move { board.send("open").unwrap() });
///     assert_eq!(*guest.borrow(), "closed");
///     guest.changed().await.unwrap();
///     assert_eq!(*guest.borrow_and_update(), "open");
/// });
/// ```
#[track_caller]
pub fn channel<T>(init: T) -> (Sender<T>, Receiver<T>) {
    let face = Face::here(Kind::Watch);
    let shared = Arc::new(Shared {
        value: RwLock::new(init),
        state: AtomicUsize::new(0),
        senders: AtomicUsize::new(1),
        receivers: AtomicUsize::new(1),
        deserted: Notify::of_the_close(face.beside()),
        changed: Notify::with_face(face),
    });
    let version = shared.version();
    (
        Sender::counted(shared.clone()),
        Receiver::counted(shared, version),
    )
}

/// The value, while it is looked at. Senders wait for its drop by blocking their thread, so
/// it can't be kept over an await, and a send by who has it never ends.
///
/// # Examples
///
/// ```
/// use buzzer::sync::watch;
///
/// let (board, mut guest) = watch::channel("closed");
/// assert!(!guest.borrow().has_changed());
/// board.send("open").unwrap();
/// let seen = guest.borrow_and_update();
/// assert!(seen.has_changed() && *seen == "open");
/// ```
pub struct Ref<'a, T> {
    value: RwLockReadGuard<'a, T>,
    has_changed: bool,
}

impl<T> Ref<'_, T> {
    /// Whether it is another than the receiver has seen before.
    ///
    /// # Examples
    ///
    /// ```
    /// let (board, mut guest) = buzzer::sync::watch::channel("closed");
    /// assert!(!guest.borrow().has_changed());
    /// board.send("open").unwrap();
    /// assert!(guest.borrow_and_update().has_changed());
    /// assert!(!guest.borrow().has_changed());
    /// ```
    pub fn has_changed(&self) -> bool {
        self.has_changed
    }
}

impl<T> Deref for Ref<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Ref<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ref")
            .field("value", &**self)
            .field("has_changed", &self.has_changed)
            .finish()
    }
}
