//! The guards that keep their lock alive.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::RwLock;
use crate::sys::lent::{self, ReadLoan, Shared, WriteLoan};

/// The value of an [`RwLock`] that it keeps alive, or a part of it, for one reader of
/// several.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use buzzer::sync::{OwnedRwLockReadGuard, RwLock};
///
/// let menu = Arc::new(RwLock::new(("mocha", Some(3))));
/// let read = || menu.clone().try_read_owned().unwrap();
/// assert!(Arc::ptr_eq(OwnedRwLockReadGuard::rwlock(&read()), &menu));
/// assert_eq!(*OwnedRwLockReadGuard::map(read(), |menu| &menu.0), "mocha");
/// let price = OwnedRwLockReadGuard::try_map(read(), |menu| menu.1.as_ref());
/// assert_eq!(*price.unwrap(), 3);
/// ```
#[must_use = "a guard that is dropped at once has locked for nothing"]
#[clippy::has_significant_drop]
pub struct OwnedRwLockReadGuard<T: ?Sized, U: ?Sized = T>(ReadLoan<Arc<RwLock<T>>, U>);

/// The value of an [`RwLock`] that it keeps alive, for its only writer.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use buzzer::sync::{OwnedRwLockWriteGuard, RwLock};
///
/// let menu = Arc::new(RwLock::new(("mocha", Some(3))));
/// let write = || menu.clone().try_write_owned().unwrap();
/// assert!(Arc::ptr_eq(OwnedRwLockWriteGuard::rwlock(&write()), &menu));
/// *OwnedRwLockWriteGuard::map(write(), |menu| &mut menu.0) = "latte";
/// *OwnedRwLockWriteGuard::try_map(write(), |menu| menu.1.as_mut()).unwrap() += 1;
/// assert_eq!(*OwnedRwLockWriteGuard::downgrade_map(write(), |menu| &menu.0), "latte");
/// let price = OwnedRwLockWriteGuard::try_downgrade_map(write(), |menu| menu.1.as_ref());
/// assert_eq!(*price.unwrap(), 4);
/// *OwnedRwLockWriteGuard::into_mapped(write()) = ("tea", None);
/// assert_eq!(write().downgrade().0, "tea");
/// ```
#[must_use = "a guard that is dropped at once has locked for nothing"]
#[clippy::has_significant_drop]
pub struct OwnedRwLockWriteGuard<T: ?Sized>(WriteLoan<Arc<RwLock<T>>, T, Shared>);

/// A part of the value of an [`RwLock`] that it keeps alive, for its only writer.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use buzzer::sync::{OwnedRwLockMappedWriteGuard, OwnedRwLockWriteGuard, RwLock};
///
/// let menu = Arc::new(RwLock::new(((1, Some(2)), 3)));
/// let part = OwnedRwLockWriteGuard::map(menu.clone().try_write_owned().unwrap(), |it| &mut it.0);
/// assert!(Arc::ptr_eq(OwnedRwLockMappedWriteGuard::rwlock(&part), &menu));
/// let part = OwnedRwLockMappedWriteGuard::map(part, |part| &mut part.1);
/// *OwnedRwLockMappedWriteGuard::try_map(part, Option::as_mut).unwrap() += 5;
/// assert_eq!(*menu.try_read().unwrap(), ((1, Some(7)), 3));
/// ```
#[must_use = "a guard that is dropped at once has locked for nothing"]
#[clippy::has_significant_drop]
pub struct OwnedRwLockMappedWriteGuard<T: ?Sized, U: ?Sized = T>(
    WriteLoan<Arc<RwLock<T>>, U, Shared>,
);

impl<T: ?Sized> OwnedRwLockReadGuard<T> {
    pub(super) fn new(lock: Arc<RwLock<T>>) -> Self {
        Self(lent::read(lock, |lock| &lock.value))
    }
}

impl<T: ?Sized, U: ?Sized> OwnedRwLockReadGuard<T, U> {
    /// A guard of a part of the value.
    pub fn map<F, V: ?Sized>(this: Self, f: F) -> OwnedRwLockReadGuard<T, V>
    where
        F: FnOnce(&U) -> &V,
    {
        OwnedRwLockReadGuard(this.0.map(f))
    }

    /// A guard of a part of the value, if there is that part.
    ///
    /// # Errors
    ///
    /// This guard, if there is none.
    pub fn try_map<F, V: ?Sized>(this: Self, f: F) -> Result<OwnedRwLockReadGuard<T, V>, Self>
    where
        F: FnOnce(&U) -> Option<&V>,
    {
        this.0.try_map(f).map(OwnedRwLockReadGuard).map_err(Self)
    }

    /// The lock that it is of.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        this.0.keeper()
    }
}

impl<T: ?Sized> OwnedRwLockWriteGuard<T> {
    pub(super) fn new(lock: Arc<RwLock<T>>) -> Self {
        Self(lent::write(lock, |lock| &lock.value))
    }

    /// A guard of a part of the value.
    pub fn map<F, U: ?Sized>(this: Self, f: F) -> OwnedRwLockMappedWriteGuard<T, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        OwnedRwLockMappedWriteGuard(this.0.map(f))
    }

    /// A guard of a part of the value, if there is that part.
    ///
    /// # Errors
    ///
    /// This guard, if there is none.
    pub fn try_map<F, U: ?Sized>(
        this: Self,
        f: F,
    ) -> Result<OwnedRwLockMappedWriteGuard<T, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        this.0
            .try_map(f)
            .map(OwnedRwLockMappedWriteGuard)
            .map_err(Self)
    }

    /// A reader's guard of the same value. Readers may come in from here on, and no writer
    /// has been between.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// # buzzer::block_on(async {
    /// let menu = Arc::new(buzzer::sync::RwLock::new(1));
    /// let mut writer = menu.clone().write_owned().await;
    /// *writer = 2;
    /// let reader = writer.downgrade();
    /// assert_eq!(*menu.try_read().unwrap(), 2);
    /// # drop(reader);
    /// # });
    /// ```
    pub fn downgrade(self) -> OwnedRwLockReadGuard<T> {
        let read = self.0.downgrade();
        read.keeper().gate.writer_reads();
        OwnedRwLockReadGuard(read)
    }

    /// A reader's guard of a part of the value.
    pub fn downgrade_map<F, U: ?Sized>(this: Self, f: F) -> OwnedRwLockReadGuard<T, U>
    where
        F: FnOnce(&T) -> &U,
    {
        OwnedRwLockReadGuard::map(this.downgrade(), f)
    }

    /// A reader's guard of a part of the value, if there is that part.
    ///
    /// # Errors
    ///
    /// This guard, if there is none.
    pub fn try_downgrade_map<F, U: ?Sized>(
        this: Self,
        f: F,
    ) -> Result<OwnedRwLockReadGuard<T, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        let read = this.0.try_downgrade(f).map_err(Self)?;
        read.keeper().gate.writer_reads();
        Ok(OwnedRwLockReadGuard(read))
    }

    /// The same guard, of the type of a guard of a part.
    pub fn into_mapped(this: Self) -> OwnedRwLockMappedWriteGuard<T> {
        OwnedRwLockMappedWriteGuard(this.0)
    }

    /// The lock that it is of.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        this.0.keeper()
    }
}

impl<T: ?Sized, U: ?Sized> OwnedRwLockMappedWriteGuard<T, U> {
    /// A guard of a part of the part.
    pub fn map<F, V: ?Sized>(this: Self, f: F) -> OwnedRwLockMappedWriteGuard<T, V>
    where
        F: FnOnce(&mut U) -> &mut V,
    {
        OwnedRwLockMappedWriteGuard(this.0.map(f))
    }

    /// A guard of a part of the part, if there is that part.
    ///
    /// # Errors
    ///
    /// This guard, if there is none.
    pub fn try_map<F, V: ?Sized>(
        this: Self,
        f: F,
    ) -> Result<OwnedRwLockMappedWriteGuard<T, V>, Self>
    where
        F: FnOnce(&mut U) -> Option<&mut V>,
    {
        this.0
            .try_map(f)
            .map(OwnedRwLockMappedWriteGuard)
            .map_err(Self)
    }

    /// The lock that it is of.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        this.0.keeper()
    }
}

impl<T: ?Sized, U: ?Sized> Deref for OwnedRwLockReadGuard<T, U> {
    type Target = U;

    #[inline]
    fn deref(&self) -> &U {
        &self.0
    }
}

impl<T: ?Sized, U: ?Sized + fmt::Debug> fmt::Debug for OwnedRwLockReadGuard<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized, U: ?Sized + fmt::Display> fmt::Display for OwnedRwLockReadGuard<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl<T: ?Sized> Deref for OwnedRwLockWriteGuard<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized> DerefMut for OwnedRwLockWriteGuard<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for OwnedRwLockWriteGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for OwnedRwLockWriteGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl<T: ?Sized, U: ?Sized> Deref for OwnedRwLockMappedWriteGuard<T, U> {
    type Target = U;

    #[inline]
    fn deref(&self) -> &U {
        &self.0
    }
}

impl<T: ?Sized, U: ?Sized> DerefMut for OwnedRwLockMappedWriteGuard<T, U> {
    #[inline]
    fn deref_mut(&mut self) -> &mut U {
        &mut self.0
    }
}

impl<T: ?Sized, U: ?Sized + fmt::Debug> fmt::Debug for OwnedRwLockMappedWriteGuard<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized, U: ?Sized + fmt::Display> fmt::Display for OwnedRwLockMappedWriteGuard<T, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}
