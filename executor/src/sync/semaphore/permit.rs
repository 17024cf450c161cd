//! Permits that give themselves back when they are dropped.

use std::fmt;
use std::sync::Arc;

use super::Semaphore;

/// Permits of a [`Semaphore`], given back when it is dropped.
///
/// # Examples
///
/// ```
/// use buzzer::sync::Semaphore;
///
/// let cups = Semaphore::new(4);
/// let mut tray = cups.try_acquire_many(3).unwrap();
/// let one = tray.split(1).unwrap();
/// assert_eq!((tray.num_permits(), one.num_permits()), (2, 1));
/// tray.merge(one);
/// assert!(std::ptr::eq(tray.semaphore(), &cups));
/// tray.forget(); // Broken: they don't come back.
/// assert_eq!(cups.available_permits(), 1);
/// ```
#[must_use = "a permit that is dropped at once was taken for nothing"]
pub struct SemaphorePermit<'a> {
    semaphore: &'a Semaphore,
    count: usize,
}

/// Permits of a [`Semaphore`] that they keep alive, given back when it is dropped.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use buzzer::sync::Semaphore;
///
/// let cups = Arc::new(Semaphore::new(4));
/// let mut tray = cups.clone().try_acquire_many_owned(3).unwrap();
/// let one = tray.split(1).unwrap();
/// assert_eq!((tray.num_permits(), one.num_permits()), (2, 1));
/// tray.merge(one);
/// assert!(Arc::ptr_eq(tray.semaphore(), &cups));
/// tray.forget(); // Broken: they don't come back.
/// assert_eq!(cups.available_permits(), 1);
/// ```
#[must_use = "a permit that is dropped at once was taken for nothing"]
pub struct OwnedSemaphorePermit {
    semaphore: Arc<Semaphore>,
    count: usize,
}

impl<'a> SemaphorePermit<'a> {
    pub(super) fn new(semaphore: &'a Semaphore, count: usize) -> Self {
        Self { semaphore, count }
    }

    /// Never gives them back: the semaphore has so many fewer from here on.
    ///
    /// # Examples
    ///
    /// ```
    /// let tables = buzzer::sync::Semaphore::new(2);
    /// tables.try_acquire().unwrap().forget();
    /// assert_eq!(tables.available_permits(), 1);
    /// ```
    pub fn forget(mut self) {
        let count = std::mem::take(&mut self.count);
        self.semaphore.permits.face().given(count);
    }

    /// Takes over the permits of `other`, which are given back with these.
    ///
    /// # Panics
    ///
    /// If they are of another semaphore.
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        check_same(self.semaphore, other.semaphore);
        self.count += std::mem::take(&mut other.count);
    }

    /// Splits `n` of them off, to be given back on their own; `None` if they are fewer.
    ///
    /// # Examples
    ///
    /// ```
    /// let tables = buzzer::sync::Semaphore::new(3);
    /// let mut three = tables.try_acquire_many(3).unwrap();
    /// let one = three.split(1).unwrap();
    /// drop(three);
    /// assert_eq!((tables.available_permits(), one.num_permits()), (2, 1));
    /// ```
    pub fn split(&mut self, n: usize) -> Option<Self> {
        self.count = self.count.checked_sub(n)?;
        Some(Self::new(self.semaphore, n))
    }

    /// The semaphore that they are of.
    pub fn semaphore(&self) -> &Semaphore {
        self.semaphore
    }

    /// How many they are.
    pub fn num_permits(&self) -> usize {
        self.count
    }
}

impl OwnedSemaphorePermit {
    pub(super) fn new(semaphore: Arc<Semaphore>, count: usize) -> Self {
        Self { semaphore, count }
    }

    /// Never gives them back: the semaphore has so many fewer from here on.
    pub fn forget(mut self) {
        let count = std::mem::take(&mut self.count);
        self.semaphore.permits.face().given(count);
    }

    /// Takes over the permits of `other`, which are given back with these.
    ///
    /// # Panics
    ///
    /// If they are of another semaphore.
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        check_same(&self.semaphore, &other.semaphore);
        self.count += std::mem::take(&mut other.count);
    }

    /// Splits `n` of them off, to be given back on their own; `None` if they are fewer.
    pub fn split(&mut self, n: usize) -> Option<Self> {
        self.count = self.count.checked_sub(n)?;
        Some(Self::new(self.semaphore.clone(), n))
    }

    /// The semaphore that they are of.
    pub fn semaphore(&self) -> &Arc<Semaphore> {
        &self.semaphore
    }

    /// How many they are.
    pub fn num_permits(&self) -> usize {
        self.count
    }
}

#[track_caller]
fn check_same(one: &Semaphore, other: &Semaphore) {
    assert!(
        std::ptr::eq(one, other),
        "permits of two semaphores were to be merged: each is to be given back to its own"
    );
}

impl Drop for SemaphorePermit<'_> {
    fn drop(&mut self) {
        self.semaphore.permits.give(self.count);
    }
}

impl Drop for OwnedSemaphorePermit {
    fn drop(&mut self) {
        self.semaphore.permits.give(self.count);
    }
}

impl fmt::Debug for SemaphorePermit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "SemaphorePermit", self.semaphore, self.count)
    }
}

impl fmt::Debug for OwnedSemaphorePermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug(f, "OwnedSemaphorePermit", &self.semaphore, self.count)
    }
}

fn debug(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    semaphore: &Semaphore,
    count: usize,
) -> fmt::Result {
    f.debug_struct(name)
        .field("semaphore", semaphore)
        .field("permits", &count)
        .finish()
}
