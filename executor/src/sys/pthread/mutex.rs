//! A mutex of pthread's, with what is called of std's.

use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::ptr;
use std::sync::LockResult;

use super::{Made, Placed, succeeds};

pub(crate) struct Mutex<T> {
    lock: Placed<libc::pthread_mutex_t>,
    value: UnsafeCell<T>,
}

pub(crate) struct MutexGuard<'a, T> {
    pub(super) mutex: &'a Mutex<T>,
    /// pthread wants a mutex unlocked by the thread that has locked it.
    not_send: PhantomData<*const ()>,
}

// SAFETY: who has the mutex has the value.
unsafe impl<T: Send> Send for Mutex<T> {}
// SAFETY: one thread at a time reaches the value, by a guard.
unsafe impl<T: Send> Sync for Mutex<T> {}
// SAFETY: a shared guard gives a shared value and nothing else.
unsafe impl<T: Sync> Sync for MutexGuard<'_, T> {}
// As std says of its own, for which a poisoned lock is the reason. Here it is that no code
// of the library goes on with what a panic left half done.
impl<T> UnwindSafe for Mutex<T> {}
impl<T> RefUnwindSafe for Mutex<T> {}

impl Made for libc::pthread_mutex_t {
    const BLANK: Self = libc::PTHREAD_MUTEX_INITIALIZER;

    unsafe fn make(place: *mut Self) {
        // SAFETY: as promised by the caller.
        succeeds(unsafe { libc::pthread_mutex_init(place, ptr::null()) });
    }

    unsafe fn destroy(place: *mut Self) {
        // SAFETY: as promised by the caller.
        succeeds(unsafe { libc::pthread_mutex_destroy(place) });
    }
}

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            lock: Placed::new(),
            value: UnsafeCell::new(value),
        }
    }

    pub(crate) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        // SAFETY: it was made, and is there for as long as `self`.
        succeeds(unsafe { libc::pthread_mutex_lock(self.lock.get()) });
        Ok(MutexGuard {
            mutex: self,
            not_send: PhantomData,
        })
    }

    pub(crate) fn get_mut(&mut self) -> LockResult<&mut T> {
        Ok(self.value.get_mut())
    }

    pub(crate) fn into_inner(self) -> LockResult<T> {
        Ok(self.value.into_inner())
    }

    /// For a condition variable, which unlocks it and locks it again.
    pub(super) fn place(&self) -> *mut libc::pthread_mutex_t {
        self.lock.get()
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex").finish_non_exhaustive()
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the lock is held, so only this guard reaches the value.
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the lock is held, so only this guard reaches the value.
        unsafe { &mut *self.mutex.value.get() }
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        // SAFETY: this thread has locked it, and nobody has unlocked it since.
        succeeds(unsafe { libc::pthread_mutex_unlock(self.mutex.lock.get()) });
    }
}

impl<T: fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
