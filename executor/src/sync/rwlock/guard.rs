//! The guards that borrow their lock.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::Gate;
use crate::sys::lent::{ReadLoan, Shared, WriteLoan};

/// The value of an [`RwLock`](super::RwLock), or a part of it, for one reader of several.
///
/// # Examples
///
/// ```
/// use buzzer::sync::{RwLock, RwLockReadGuard};
///
/// let menu = RwLock::new(("mocha", Some(3)));
/// let cup = RwLockReadGuard::map(menu.try_read().unwrap(), |menu| &menu.0);
/// let price = RwLockReadGuard::try_map(menu.try_read().unwrap(), |menu| menu.1.as_ref());
/// assert_eq!((*cup, *price.unwrap()), ("mocha", 3));
/// ```
#[must_use = "a guard that is dropped at once has locked for nothing"]
#[clippy::has_significant_drop]
pub struct RwLockReadGuard<'a, T: ?Sized>(ReadLoan<&'a Gate, T>);

/// The value of an [`RwLock`](super::RwLock), for its only writer.
///
/// # Examples
///
/// ```
/// use buzzer::sync::{RwLock, RwLockWriteGuard};
///
/// let menu = RwLock::new(("mocha", Some(3)));
/// let write = || menu.try_write().unwrap();
/// *RwLockWriteGuard::map(write(), |menu| &mut menu.0) = "latte";
/// *RwLockWriteGuard::try_map(write(), |menu| menu.1.as_mut()).unwrap() += 1;
/// let cup = RwLockWriteGuard::downgrade_map(write(), |menu| &menu.0);
/// assert_eq!((*cup, menu.try_read().unwrap().1), ("latte", Some(4))); // Both read.
/// drop(cup);
/// let price = RwLockWriteGuard::try_downgrade_map(write(), |menu| menu.1.as_ref());
/// assert_eq!(*price.unwrap(), 4);
/// *RwLockWriteGuard::into_mapped(write()) = ("tea", None);
/// assert_eq!(write().downgrade().0, "tea");
/// ```
#[must_use = "a guard that is dropped at once has locked for nothing"]
#[clippy::has_significant_drop]
pub struct RwLockWriteGuard<'a, T: ?Sized>(WriteLoan<&'a Gate, T, Shared>);

/// A part of the value of an [`RwLock`](super::RwLock), for its only writer.
///
/// # Examples
///
/// ```
/// use buzzer::sync::{RwLock, RwLockMappedWriteGuard, RwLockWriteGuard};
///
/// let menu = RwLock::new(((1, Some(2)), 3));
/// let part = RwLockWriteGuard::map(menu.try_write().unwrap(), |menu| &mut menu.0);
/// let part = RwLockMappedWriteGuard::map(part, |part| &mut part.1);
/// *RwLockMappedWriteGuard::try_map(part, Option::as_mut).unwrap() += 5;
/// assert_eq!(menu.into_inner(), ((1, Some(7)), 3));
/// ```
#[must_use = "a guard that is dropped at once has locked for nothing"]
#[clippy::has_significant_drop]
pub struct RwLockMappedWriteGuard<'a, T: ?Sized>(WriteLoan<&'a Gate, T, Shared>);

impl<'a, T: ?Sized> RwLockReadGuard<'a, T> {
    pub(super) fn new(read: ReadLoan<&'a Gate, T>) -> Self {
        Self(read)
    }

    /// A guard of a part of the value.
    pub fn map<F, U: ?Sized>(this: Self, f: F) -> RwLockReadGuard<'a, U>
    where
        F: FnOnce(&T) -> &U,
    {
        RwLockReadGuard(this.0.map(f))
    }

    /// A guard of a part of the value, if there is that part.
    ///
    /// # Errors
    ///
    /// This guard, if there is none.
    pub fn try_map<F, U: ?Sized>(this: Self, f: F) -> Result<RwLockReadGuard<'a, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        this.0.try_map(f).map(RwLockReadGuard).map_err(Self)
    }
}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    pub(super) fn new(write: WriteLoan<&'a Gate, T, Shared>) -> Self {
        Self(write)
    }

    /// A guard of a part of the value.
    pub fn map<F, U: ?Sized>(this: Self, f: F) -> RwLockMappedWriteGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        RwLockMappedWriteGuard(this.0.map(f))
    }

    /// A guard of a part of the value, if there is that part.
    ///
    /// # Errors
    ///
    /// This guard, if there is none.
    pub fn try_map<F, U: ?Sized>(this: Self, f: F) -> Result<RwLockMappedWriteGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        this.0.try_map(f).map(RwLockMappedWriteGuard).map_err(Self)
    }

    /// A reader's guard of the same value. Readers may come in from here on, and no writer
    /// has been between.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let menu = buzzer::sync::RwLock::new(1);
    /// let mut writer = menu.write().await;
    /// *writer = 2;
    /// let reader = writer.downgrade();
    /// assert_eq!(*menu.try_read().unwrap(), 2);
    /// # drop(reader);
    /// # });
    /// ```
    pub fn downgrade(self) -> RwLockReadGuard<'a, T> {
        let read = self.0.downgrade();
        read.keeper().writer_reads();
        RwLockReadGuard(read)
    }

    /// A reader's guard of a part of the value.
    pub fn downgrade_map<F, U: ?Sized>(this: Self, f: F) -> RwLockReadGuard<'a, U>
    where
        F: FnOnce(&T) -> &U,
    {
        RwLockReadGuard::map(this.downgrade(), f)
    }

    /// A reader's guard of a part of the value, if there is that part.
    ///
    /// # Errors
    ///
    /// This guard, if there is none.
    pub fn try_downgrade_map<F, U: ?Sized>(this: Self, f: F) -> Result<RwLockReadGuard<'a, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        let read = this.0.try_downgrade(f).map_err(Self)?;
        read.keeper().writer_reads();
        Ok(RwLockReadGuard(read))
    }

    /// The same guard, of the type of a guard of a part.
    pub fn into_mapped(this: Self) -> RwLockMappedWriteGuard<'a, T> {
        RwLockMappedWriteGuard(this.0)
    }
}

impl<'a, T: ?Sized> RwLockMappedWriteGuard<'a, T> {
    /// A guard of a part of the part.
    pub fn map<F, U: ?Sized>(this: Self, f: F) -> RwLockMappedWriteGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        RwLockMappedWriteGuard(this.0.map(f))
    }

    /// A guard of a part of the part, if there is that part.
    ///
    /// # Errors
    ///
    /// This guard, if there is none.
    pub fn try_map<F, U: ?Sized>(this: Self, f: F) -> Result<RwLockMappedWriteGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        this.0.try_map(f).map(RwLockMappedWriteGuard).map_err(Self)
    }
}

impl<T: ?Sized> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl<T: ?Sized> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl<T: ?Sized> Deref for RwLockMappedWriteGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized> DerefMut for RwLockMappedWriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockMappedWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockMappedWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}
