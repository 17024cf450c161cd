//! A lock of many readers or one writer, that may be held across an await.
//!
//! Owns [`RwLock`]: as many permits ([`Permits`]) as there may be readers, of which a reader
//! takes one and a writer all, and the value that is lent to them (`sys/lent/mod.rs`). The guards
//! are in `guard.rs` and `owned.rs`.

mod guard;
mod owned;

use std::fmt;
use std::sync::Arc;

pub use guard::{RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard};
pub use owned::{OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard};

use super::blocking::block_on;
use super::mutex::{TryLockError, never_closed};
use super::permits::Permits;
use super::seen::{Face, Kind};
use crate::sys::lent::{self, Lender, Lent, Loan, Shared};

/// tokio's limit: more readers than there can be tasks.
const MAX_READERS: u32 = u32::MAX >> 3;

/// A value that many tasks may read, or one may write, also over their awaits.
///
/// It is fair: it goes to who asked first, so a writer waits for the readers before it, and
/// readers that come after the writer wait for that. A task that reads must not ask to read
/// again before it has returned its guard: a writer between the two would have it wait for
/// itself. It belongs to no runtime and to no thread.
///
/// # Examples
///
/// ```
/// use buzzer::sync::RwLock;
///
/// buzzer::block_on(async {
///     let menu = RwLock::new(vec!["mocha"]);
///     {
///         let (one, other) = buzzer::gather!(menu.read(), menu.read()).await;
///         assert_eq!(*one, *other);
///     }
///     menu.write().await.push("latte");
///     assert_eq!(menu.into_inner(), ["mocha", "latte"]);
/// });
/// ```
pub struct RwLock<T: ?Sized> {
    gate: Gate,
    value: Lent<T, Shared>,
}

/// Who is in. Guards that borrow know no more of their lock.
struct Gate {
    permits: Permits,
    max_readers: u32,
}

impl Gate {
    fn of_writer(&self) -> usize {
        self.max_readers as usize
    }

    /// A writer has become a reader.
    fn writer_reads(&self) {
        self.permits.give(self.of_writer() - 1);
    }

    async fn read(&self) {
        self.take(1).await;
    }

    async fn write(&self) {
        self.take(self.of_writer()).await;
    }

    async fn take(&self, count: usize) {
        if self.permits.take(count).await.is_err() {
            never_closed();
        }
    }

    fn try_read(&self) -> Result<(), TryLockError> {
        self.permits.try_take(1).map_err(|_| TryLockError(()))
    }

    fn try_write(&self) -> Result<(), TryLockError> {
        let taken = self.permits.try_take(self.of_writer());
        taken.map_err(|_| TryLockError(()))
    }
}

impl Lender for Gate {
    #[inline]
    fn returned(&self, loan: Loan) {
        self.permits.give(match loan {
            Loan::Read => 1,
            Loan::Write => self.of_writer(),
        });
    }
}

impl<T: ?Sized> Lender for RwLock<T> {
    #[inline]
    fn returned(&self, loan: Loan) {
        self.gate.returned(loan);
    }
}

impl<T: ?Sized> RwLock<T> {
    /// A lock that nobody holds.
    #[track_caller]
    pub fn new(value: T) -> Self
    where
        T: Sized,
    {
        Self::with_face(value, MAX_READERS, Face::here(Kind::RwLock))
    }

    /// A lock that nobody holds, for so many readers at a time.
    ///
    /// # Panics
    ///
    /// For none, or more than `u32::MAX >> 3`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use buzzer::sync::RwLock;
    /// let menu = RwLock::with_max_readers("mocha", 1);
    /// let reader = menu.try_read().unwrap();
    /// assert!(menu.try_read().is_err()); // One at a time.
    /// # drop(reader);
    /// ```
    #[track_caller]
    pub fn with_max_readers(value: T, max_reads: u32) -> Self
    where
        T: Sized,
    {
        Self::with_face(value, max_reads, Face::here(Kind::RwLock))
    }

    /// As [`new`](Self::new), for a `static`.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::sync::RwLock;
    /// static PRICE: RwLock<u32> = RwLock::const_new(3);
    /// assert_eq!(buzzer::block_on(async { *PRICE.read().await }), 3);
    /// ```
    pub const fn const_new(value: T) -> Self
    where
        T: Sized,
    {
        Self::const_with_max_readers(value, MAX_READERS)
    }

    /// As [`with_max_readers`](Self::with_max_readers), for a `static`.
    ///
    /// # Panics
    ///
    /// For none, or more than `u32::MAX >> 3`.
    #[track_caller]
    pub const fn const_with_max_readers(value: T, max_reads: u32) -> Self
    where
        T: Sized,
    {
        Self::with_face(value, max_reads, Face::anywhere(Kind::RwLock))
    }

    #[track_caller]
    const fn with_face(value: T, max_reads: u32, face: Face) -> Self
    where
        T: Sized,
    {
        assert!(
            max_reads > 0 && max_reads <= MAX_READERS,
            "a lock is for 1 to `u32::MAX >> 3` readers at a time"
        );
        Self {
            gate: Gate {
                permits: Permits::new(max_reads as usize, face),
                max_readers: max_reads,
            },
            value: Lent::new(value),
        }
    }

    fn read_guard(&self) -> RwLockReadGuard<'_, T> {
        RwLockReadGuard::new(lent::read(self, |lock| &lock.value).told_to(|lock| &lock.gate))
    }

    fn write_guard(&self) -> RwLockWriteGuard<'_, T> {
        RwLockWriteGuard::new(lent::write(self, |lock| &lock.value).told_to(|lock| &lock.gate))
    }

    /// Locks it for reading, when it is this one's turn.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped gives up its place in the line.
    pub async fn read(&self) -> RwLockReadGuard<'_, T> {
        self.gate.read().await;
        self.read_guard()
    }

    /// As [`read`](Self::read), by blocking the thread.
    ///
    /// # Panics
    ///
    /// On a thread that drives tasks: it would wait for them, and they for it.
    ///
    /// # Examples
    ///
    /// ```
    /// let menu = buzzer::sync::RwLock::new(1);
    /// *menu.blocking_write() = 2;
    /// assert_eq!(*menu.blocking_read(), 2);
    /// ```
    #[track_caller]
    pub fn blocking_read(&self) -> RwLockReadGuard<'_, T> {
        block_on("RwLock::blocking_read", self.read())
    }

    /// As [`read`](Self::read); the guard keeps the lock alive, and goes where it likes.
    ///
    /// # Cancel safety
    ///
    /// As [`read`](Self::read).
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc; use buzzer::sync::RwLock;
    /// # buzzer::block_on(async {
    /// let menu = Arc::new(RwLock::new("mocha"));
    /// let reader = menu.clone().read_owned().await;
    /// let task = buzzer::spawn(async move { *reader }); // It may go where the lock can't.
    /// assert_eq!(task.await.unwrap(), "mocha");
    /// assert!(menu.try_read_owned().is_ok());
    /// # });
    /// ```
    pub async fn read_owned(self: Arc<Self>) -> OwnedRwLockReadGuard<T> {
        self.gate.read().await;
        OwnedRwLockReadGuard::new(self)
    }

    /// Locks it for reading, if nobody writes and nobody waits.
    ///
    /// # Errors
    ///
    /// If somebody does.
    ///
    /// # Examples
    ///
    /// ```
    /// # use buzzer::sync::RwLock;
    /// let menu = RwLock::new("mocha");
    /// let (one, other) = (menu.try_read().unwrap(), menu.try_read().unwrap());
    /// assert_eq!(*one, *other);
    /// assert!(menu.try_write().is_err());
    /// ```
    pub fn try_read(&self) -> Result<RwLockReadGuard<'_, T>, TryLockError> {
        self.gate.try_read()?;
        Ok(self.read_guard())
    }

    /// As [`try_read`](Self::try_read); the guard keeps the lock alive.
    ///
    /// # Errors
    ///
    /// As [`try_read`](Self::try_read).
    pub fn try_read_owned(self: Arc<Self>) -> Result<OwnedRwLockReadGuard<T>, TryLockError> {
        self.gate.try_read()?;
        Ok(OwnedRwLockReadGuard::new(self))
    }

    /// Locks it for writing, when it is this one's turn.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped gives up its place in the line, and the readers behind it go
    /// on.
    pub async fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.gate.write().await;
        self.write_guard()
    }

    /// As [`write`](Self::write), by blocking the thread.
    ///
    /// # Panics
    ///
    /// As [`blocking_read`](Self::blocking_read).
    #[track_caller]
    pub fn blocking_write(&self) -> RwLockWriteGuard<'_, T> {
        block_on("RwLock::blocking_write", self.write())
    }

    /// As [`write`](Self::write); the guard keeps the lock alive, and goes where it likes.
    ///
    /// # Cancel safety
    ///
    /// As [`write`](Self::write).
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc; use buzzer::sync::RwLock;
    /// # buzzer::block_on(async {
    /// let menu = Arc::new(RwLock::new("mocha"));
    /// *menu.clone().write_owned().await = "latte";
    /// assert_eq!(*menu.read().await, "latte");
    /// # });
    /// ```
    pub async fn write_owned(self: Arc<Self>) -> OwnedRwLockWriteGuard<T> {
        self.gate.write().await;
        OwnedRwLockWriteGuard::new(self)
    }

    /// Locks it for writing, if nobody reads or writes.
    ///
    /// # Errors
    ///
    /// If somebody does.
    ///
    /// # Examples
    ///
    /// ```
    /// let menu = buzzer::sync::RwLock::new(1);
    /// let reader = menu.try_read().unwrap();
    /// assert!(menu.try_read().is_ok() && menu.try_write().is_err());
    /// # drop(reader);
    /// ```
    pub fn try_write(&self) -> Result<RwLockWriteGuard<'_, T>, TryLockError> {
        self.gate.try_write()?;
        Ok(self.write_guard())
    }

    /// As [`try_write`](Self::try_write); the guard keeps the lock alive.
    ///
    /// # Errors
    ///
    /// As [`try_write`](Self::try_write).
    pub fn try_write_owned(self: Arc<Self>) -> Result<OwnedRwLockWriteGuard<T>, TryLockError> {
        self.gate.try_write()?;
        Ok(OwnedRwLockWriteGuard::new(self))
    }

    /// The value. Who has the lock to itself needs no guard.
    ///
    /// # Examples
    ///
    /// ```
    /// # use buzzer::sync::RwLock;
    /// let mut menu = RwLock::new("mocha");
    /// *menu.get_mut() = "latte";
    /// assert_eq!(menu.into_inner(), "latte");
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// The value, and no lock any more.
    pub fn into_inner(self) -> T
    where
        T: Sized,
    {
        self.value.into_inner()
    }

    /// By which it is seen.
    pub(super) fn each_face(&self, call: &mut dyn FnMut(&Face)) {
        call(self.gate.permits.face());
    }
}

impl<T> From<T> for RwLock<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default> Default for RwLock<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("RwLock");
        match self.try_read() {
            Ok(value) => debug.field("data", &&*value),
            Err(_) => debug.field("data", &format_args!("<locked>")),
        };
        debug.finish()
    }
}
