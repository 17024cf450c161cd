//! The guards that borrow their mutex.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::{Lock, Mutex};
use crate::sys::lent::{self, Alone, WriteLoan};

/// The value of a [`Mutex`], which is unlocked when this is dropped.
#[must_use = "a guard that is dropped at once has locked for nothing"]
#[clippy::has_significant_drop]
pub struct MutexGuard<'a, T: ?Sized>(WriteLoan<&'a Mutex<T>, T, Alone>);

/// A part of the value of a [`Mutex`], which is unlocked when this is dropped.
///
/// # Examples
///
/// ```
/// use buzzer::sync::{MappedMutexGuard, Mutex, MutexGuard};
///
/// let till = Mutex::new(((1, Some(2)), 3));
/// let part = MutexGuard::map(till.try_lock().unwrap(), |till| &mut till.0);
/// let part = MappedMutexGuard::map(part, |part| &mut part.1);
/// let mut part = MappedMutexGuard::try_map(part, Option::as_mut).unwrap();
/// *part += 5;
/// drop(part);
/// assert_eq!(till.into_inner(), ((1, Some(7)), 3));
/// ```
#[must_use = "a guard that is dropped at once has locked for nothing"]
#[clippy::has_significant_drop]
pub struct MappedMutexGuard<'a, T: ?Sized>(WriteLoan<&'a Lock, T, Alone>);

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    #[inline]
    pub(super) fn new(mutex: &'a Mutex<T>) -> Self {
        Self(lent::write(mutex, |mutex| &mutex.value))
    }

    /// A guard of a part of the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::sync::{Mutex, MutexGuard};
    /// # buzzer::block_on(async {
    /// let order = Mutex::new(("mocha", 1));
    /// let mut count = MutexGuard::map(order.lock().await, |order| &mut order.1);
    /// *count += 1;
    /// drop(count);
    /// assert_eq!(order.into_inner(), ("mocha", 2));
    /// # });
    /// ```
    pub fn map<U, F>(this: Self, f: F) -> MappedMutexGuard<'a, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        MappedMutexGuard(this.0.told_to(|mutex| &mutex.lock).map(f))
    }

    /// A guard of a part of the value, if there is that part.
    ///
    /// # Errors
    ///
    /// This guard, if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::sync::{Mutex, MutexGuard};
    /// let order = Mutex::new(Some("mocha"));
    /// let cup = MutexGuard::try_map(order.try_lock().unwrap(), Option::as_mut);
    /// assert_eq!(*cup.unwrap(), "mocha");
    /// *order.try_lock().unwrap() = None;
    /// let guard = MutexGuard::try_map(order.try_lock().unwrap(), Option::as_mut);
    /// assert!(guard.unwrap_err().is_none()); // It comes back.
    /// ```
    pub fn try_map<U, F>(this: Self, f: F) -> Result<MappedMutexGuard<'a, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        let part = this.0.try_map(f).map_err(Self)?;
        Ok(MappedMutexGuard(part.told_to(|mutex| &mutex.lock)))
    }

    /// The mutex that it is of.
    ///
    /// # Examples
    ///
    /// ```
    /// # use buzzer::sync::{Mutex, MutexGuard};
    /// let till = Mutex::new(1);
    /// let guard = till.try_lock().unwrap();
    /// assert!(std::ptr::eq(MutexGuard::mutex(&guard), &till));
    /// ```
    pub fn mutex(this: &Self) -> &'a Mutex<T> {
        this.0.keeper()
    }
}

impl<'a, T: ?Sized> MappedMutexGuard<'a, T> {
    /// A guard of a part of the part.
    pub fn map<U, F>(this: Self, f: F) -> MappedMutexGuard<'a, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        MappedMutexGuard(this.0.map(f))
    }

    /// A guard of a part of the part, if there is that.
    ///
    /// # Errors
    ///
    /// This guard, if there is none.
    pub fn try_map<U, F>(this: Self, f: F) -> Result<MappedMutexGuard<'a, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        this.0.try_map(f).map(MappedMutexGuard).map_err(Self)
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl<T: ?Sized> Deref for MappedMutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized> DerefMut for MappedMutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MappedMutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MappedMutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}
