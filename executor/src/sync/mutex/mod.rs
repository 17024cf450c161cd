//! A lock that tasks wait for, and that may be held across an await.
//!
//! Owns [`Mutex`]: one permit ([`Permits`]), and the value that its holder is lent
//! (`sys/lent/mod.rs`). The guards are in `guard.rs` and `owned.rs`.

mod guard;
mod owned;

use std::error::Error;
use std::fmt;
use std::sync::Arc;

pub use guard::{MappedMutexGuard, MutexGuard};
pub use owned::{OwnedMappedMutexGuard, OwnedMutexGuard};

use super::blocking::block_on;
use super::permits::Permits;
use super::seen::{Face, Kind};
use crate::sys::lent::{Alone, Lender, Lent, Loan};

/// A value that one task at a time may use, also over its awaits.
///
/// It is handed on in the order in which it was asked for, and from holder to holder: who
/// asks later can't come in between. A holder that panics gives it back like any other; the
/// value is then as that holder left it. It belongs to no runtime and to no thread.
///
/// Where no await lies between lock and unlock, `std::sync::Mutex` will do, and in programs
/// whose tasks stay on one thread often a `RefCell`.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use buzzer::sync::Mutex;
///
/// buzzer::block_on(async {
///     let till = Arc::new(Mutex::new(0));
///     let orders: Vec<_> = (1..=3)
///         .map(|price| {
///             let till = till.clone();
///             buzzer::spawn(async move { *till.lock().await += price })
///         })
///         .collect();
///     for order in orders {
///         order.await.unwrap();
///     }
///     assert_eq!(*till.lock().await, 6);
/// });
/// ```
pub struct Mutex<T: ?Sized> {
    lock: Lock,
    value: Lent<T, Alone>,
}

/// The one permit. Guards of a part of the value know no more of their mutex.
struct Lock(Permits);

impl Lender for Lock {
    #[inline]
    fn returned(&self, _: Loan) {
        self.0.give(1);
    }
}

impl<T: ?Sized> Lender for Mutex<T> {
    #[inline]
    fn returned(&self, loan: Loan) {
        self.lock.returned(loan);
    }
}

impl<T: ?Sized> Mutex<T> {
    /// A mutex that nobody holds.
    #[track_caller]
    pub fn new(t: T) -> Self
    where
        T: Sized,
    {
        Self::with_face(t, Face::here(Kind::Mutex))
    }

    /// As [`new`](Self::new), for a `static`.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::sync::Mutex;
    /// static TILL: Mutex<u32> = Mutex::const_new(0);
    /// buzzer::block_on(async { *TILL.lock().await += 3 });
    /// ```
    pub const fn const_new(t: T) -> Self
    where
        T: Sized,
    {
        Self::with_face(t, Face::anywhere(Kind::Mutex))
    }

    const fn with_face(t: T, face: Face) -> Self
    where
        T: Sized,
    {
        Self {
            lock: Lock(Permits::new(1, face)),
            value: Lent::new(t),
        }
    }

    async fn take(&self) {
        if self.lock.0.take(1).await.is_err() {
            never_closed();
        }
    }

    fn try_take(&self) -> Result<(), TryLockError> {
        self.lock.0.try_take(1).map_err(|_| TryLockError(()))
    }

    /// Locks it, when it is this one's turn. The guard unlocks it when it is dropped.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped gives up its place in the line. If the lock was handed to it
    /// already, the next in line gets it.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let till = buzzer::sync::Mutex::new(1);
    /// *till.lock().await = 2;
    /// assert_eq!(till.into_inner(), 2);
    /// # });
    /// ```
    pub async fn lock(&self) -> MutexGuard<'_, T> {
        self.take().await;
        MutexGuard::new(self)
    }

    /// As [`lock`](Self::lock), by blocking the thread.
    ///
    /// # Panics
    ///
    /// On a thread that drives tasks: it would wait for them, and they for it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use buzzer::sync::Mutex;
    /// let till = Arc::new(Mutex::new(0));
    /// let same = till.clone();
    /// buzzer::block_on(async move {
    ///     let job = buzzer::task::spawn_blocking(move || *same.blocking_lock() += 3);
    ///     job.await.unwrap();
    ///     assert_eq!(*till.lock().await, 3);
    /// });
    /// ```
    #[track_caller]
    pub fn blocking_lock(&self) -> MutexGuard<'_, T> {
        block_on("Mutex::blocking_lock", self.lock())
    }

    /// As [`lock_owned`](Self::lock_owned), by blocking the thread.
    ///
    /// # Panics
    ///
    /// As [`blocking_lock`](Self::blocking_lock).
    #[track_caller]
    pub fn blocking_lock_owned(self: Arc<Self>) -> OwnedMutexGuard<T> {
        block_on("Mutex::blocking_lock_owned", self.lock_owned())
    }

    /// As [`lock`](Self::lock); the guard keeps the mutex alive, and goes where it likes.
    ///
    /// # Cancel safety
    ///
    /// As [`lock`](Self::lock).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use buzzer::sync::Mutex;
    /// buzzer::block_on(async {
    ///     let till = Arc::new(Mutex::new(1));
    ///     let mut held = till.clone().lock_owned().await;
    ///     buzzer::spawn(async move { *held += 1 }).await.unwrap();
    ///     assert_eq!(*till.lock().await, 2);
    /// });
    /// ```
    pub async fn lock_owned(self: Arc<Self>) -> OwnedMutexGuard<T> {
        self.take().await;
        OwnedMutexGuard::new(self)
    }

    /// Locks it if nobody holds it or waits for it.
    ///
    /// # Errors
    ///
    /// If somebody does.
    ///
    /// # Examples
    ///
    /// ```
    /// let till = buzzer::sync::Mutex::new(1);
    /// let held = till.try_lock()?;
    /// assert!(till.try_lock().is_err());
    /// # drop(held);
    /// # Ok::<(), buzzer::sync::TryLockError>(())
    /// ```
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T>, TryLockError> {
        self.try_take()?;
        Ok(MutexGuard::new(self))
    }

    /// As [`try_lock`](Self::try_lock); the guard keeps the mutex alive.
    ///
    /// # Errors
    ///
    /// As [`try_lock`](Self::try_lock).
    pub fn try_lock_owned(self: Arc<Self>) -> Result<OwnedMutexGuard<T>, TryLockError> {
        self.try_take()?;
        Ok(OwnedMutexGuard::new(self))
    }

    /// The value. Who has the mutex to itself needs no lock.
    ///
    /// # Examples
    ///
    /// ```
    /// # use buzzer::sync::Mutex;
    /// let mut till = Mutex::new(1);
    /// *till.get_mut() += 1; // Whoever has it alone needs no lock.
    /// assert_eq!(*till.try_lock().unwrap(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// The value, and no mutex any more.
    ///
    /// # Examples
    ///
    /// ```
    /// # use buzzer::sync::Mutex;
    /// assert_eq!(Mutex::new("mocha").into_inner(), "mocha");
    /// ```
    pub fn into_inner(self) -> T
    where
        T: Sized,
    {
        self.value.into_inner()
    }

    /// By which it is seen.
    pub(super) fn each_face(&self, call: &mut dyn FnMut(&Face)) {
        call(self.lock.0.face());
    }
}

pub(super) fn never_closed() -> ! {
    unreachable!("the permits of a lock are never closed")
}

impl<T> From<T> for Mutex<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default> Default for Mutex<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Mutex");
        match self.try_lock() {
            Ok(value) => debug.field("data", &&*value),
            Err(_) => debug.field("data", &format_args!("<locked>")),
        };
        debug.finish()
    }
}

/// Somebody holds the lock, or waits for it.
///
/// # Examples
///
/// ```
/// use buzzer::sync::Mutex;
///
/// let till = Mutex::new(1);
/// let guard = till.try_lock().unwrap();
/// println!("{}", till.try_lock().unwrap_err());
/// drop(guard);
/// assert!(till.try_lock().is_ok());
/// ```
#[derive(Debug)]
pub struct TryLockError(pub(super) ());

impl fmt::Display for TryLockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the lock is held by somebody else")
    }
}

impl Error for TryLockError {}
