//! The guards that keep their mutex alive.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::Mutex;
use crate::sys::lent::{self, Alone, WriteLoan};

/// The value of a [`Mutex`] that it keeps alive, and that is unlocked when this is dropped.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use buzzer::sync::{Mutex, OwnedMutexGuard};
///
/// let till = Arc::new(Mutex::new((1, Some(2))));
/// let guard = till.clone().try_lock_owned().unwrap();
/// assert!(Arc::ptr_eq(OwnedMutexGuard::mutex(&guard), &till));
/// *OwnedMutexGuard::map(guard, |till| &mut till.0) += 1;
/// let guard = till.clone().try_lock_owned().unwrap();
/// *OwnedMutexGuard::try_map(guard, |till| till.1.as_mut()).unwrap() += 1;
/// assert_eq!(*till.try_lock().unwrap(), (2, Some(3)));
/// ```
#[must_use = "a guard that is dropped at once has locked for nothing"]
#[clippy::has_significant_drop]
pub struct OwnedMutexGuard<T: ?Sized>(WriteLoan<Arc<Mutex<T>>, T, Alone>);

/// A part of the value of a [`Mutex`] that it keeps alive, and that is unlocked when this is
/// dropped.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use buzzer::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};
///
/// let till = Arc::new(Mutex::new(((1, Some(2)), 3)));
/// let guard = till.clone().try_lock_owned().unwrap();
/// let part = OwnedMutexGuard::map(guard, |till| &mut till.0);
/// let part = OwnedMappedMutexGuard::map(part, |part| &mut part.1);
/// *OwnedMappedMutexGuard::try_map(part, Option::as_mut).unwrap() += 5;
/// assert_eq!(*till.try_lock().unwrap(), ((1, Some(7)), 3));
/// ```
#[must_use = "a guard that is dropped at once has locked for nothing"]
#[clippy::has_significant_drop]
pub struct OwnedMappedMutexGuard<T: ?Sized, U: ?Sized = T>(WriteLoan<Arc<Mutex<T>>, U, Alone>);

impl<T: ?Sized> OwnedMutexGuard<T> {
    pub(super) fn new(mutex: Arc<Mutex<T>>) -> Self {
        Self(lent::write(mutex, |mutex| &mutex.value))
    }

    /// A guard of a part of the value.
    pub fn map<U, F>(this: Self, f: F) -> OwnedMappedMutexGuard<T, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        OwnedMappedMutexGuard(this.0.map(f))
    }

    /// A guard of a part of the value, if there is that part.
    ///
    /// # Errors
    ///
    /// This guard, if there is none.
    pub fn try_map<U, F>(this: Self, f: F) -> Result<OwnedMappedMutexGuard<T, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        this.0.try_map(f).map(OwnedMappedMutexGuard).map_err(Self)
    }

    /// The mutex that it is of.
    pub fn mutex(this: &Self) -> &Arc<Mutex<T>> {
        this.0.keeper()
    }
}

impl<T: ?Sized, U: ?Sized> OwnedMappedMutexGuard<T, U> {
    /// A guard of a part of the part.
    pub fn map<S, F>(this: Self, f: F) -> OwnedMappedMutexGuard<T, S>
    where
        S: ?Sized,
        F: FnOnce(&mut U) -> &mut S,
    {
        OwnedMappedMutexGuard(this.0.map(f))
    }

    /// A guard of a part of the part, if there is that.
    ///
    /// # Errors
    ///
    /// This guard, if there is none.
    pub fn try_map<S, F>(this: Self, f: F) -> Result<OwnedMappedMutexGuard<T, S>, Self>
    where
        S: ?Sized,
        F: FnOnce(&mut U) -> Option<&mut S>,
    {
        this.0.try_map(f).map(OwnedMappedMutexGuard).map_err(Self)
    }
}

impl<T: ?Sized> Deref for OwnedMutexGuard<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized> DerefMut for OwnedMutexGuard<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for OwnedMutexGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for OwnedMutexGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl<T: ?Sized, U: ?Sized> Deref for OwnedMappedMutexGuard<T, U> {
    type Target = U;

    #[inline]
    fn deref(&self) -> &U {
        &self.0
    }
}

impl<T: ?Sized, U: ?Sized> DerefMut for OwnedMappedMutexGuard<T, U> {
    #[inline]
    fn deref_mut(&mut self) -> &mut U {
        &mut self.0
    }
}

impl<T: ?Sized, U: ?Sized + fmt::Debug> fmt::Debug for OwnedMappedMutexGuard<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized, U: ?Sized + fmt::Display> fmt::Display for OwnedMappedMutexGuard<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}
