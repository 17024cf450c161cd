//! A lock for readers and writers of pthread's, with what is called of std's.

use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr;
use std::sync::LockResult;

use super::{Made, Placed, succeeds};

pub(crate) struct RwLock<T> {
    lock: Placed<libc::pthread_rwlock_t>,
    value: UnsafeCell<T>,
}

/// pthread wants either guard dropped by the thread that has it: they are not `Send`.
pub(crate) struct RwLockReadGuard<'a, T>(&'a RwLock<T>, PhantomData<*const ()>);

pub(crate) struct RwLockWriteGuard<'a, T>(&'a RwLock<T>, PhantomData<*const ()>);

// SAFETY: who has the lock has the value.
unsafe impl<T: Send> Send for RwLock<T> {}
// SAFETY: several threads may read the value, and one at a time has it for itself.
unsafe impl<T: Send + Sync> Sync for RwLock<T> {}
// SAFETY: a shared guard gives a shared value and nothing else.
unsafe impl<T: Sync> Sync for RwLockReadGuard<'_, T> {}
// SAFETY: a shared guard gives a shared value and nothing else.
unsafe impl<T: Sync> Sync for RwLockWriteGuard<'_, T> {}
// As for a mutex.
impl<T> UnwindSafe for RwLock<T> {}
impl<T> RefUnwindSafe for RwLock<T> {}

impl Made for libc::pthread_rwlock_t {
    const BLANK: Self = libc::PTHREAD_RWLOCK_INITIALIZER;

    unsafe fn make(place: *mut Self) {
        // SAFETY: as promised by the caller.
        succeeds(unsafe { libc::pthread_rwlock_init(place, ptr::null()) });
    }

    unsafe fn destroy(place: *mut Self) {
        // SAFETY: as promised by the caller.
        succeeds(unsafe { libc::pthread_rwlock_destroy(place) });
    }
}

impl<T> RwLock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            lock: Placed::new(),
            value: UnsafeCell::new(value),
        }
    }

    pub(crate) fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        // SAFETY: it was made, and is there for as long as `self`.
        succeeds(unsafe { libc::pthread_rwlock_rdlock(self.lock.get()) });
        Ok(RwLockReadGuard(self, PhantomData))
    }

    pub(crate) fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        // SAFETY: it was made, and is there for as long as `self`.
        succeeds(unsafe { libc::pthread_rwlock_wrlock(self.lock.get()) });
        Ok(RwLockWriteGuard(self, PhantomData))
    }

    fn unlock(&self) {
        // SAFETY: only a guard's drop calls it, on the thread that has locked it.
        succeeds(unsafe { libc::pthread_rwlock_unlock(self.lock.get()) });
    }
}

impl<T> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RwLock").finish_non_exhaustive()
    }
}

impl<T> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: it is locked for reading, so nobody writes.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> Drop for RwLockReadGuard<'_, T> {
    fn drop(&mut self) {
        self.0.unlock();
    }
}

impl<T> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: it is locked for writing, so only this guard reaches the value.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: it is locked for writing, so only this guard reaches the value.
        unsafe { &mut *self.0.value.get() }
    }
}

impl<T> Drop for RwLockWriteGuard<'_, T> {
    fn drop(&mut self) {
        self.0.unlock();
    }
}
