//! A condition variable of pthread's, with what is called of std's.

use std::mem::MaybeUninit;
use std::sync::LockResult;
use std::time::{Duration, Instant};

use super::mutex::MutexGuard;
use super::{Made, Placed, succeeds};
use crate::sys::monotonic::{self, timespec};

pub(crate) struct Condvar(Placed<libc::pthread_cond_t>);

impl Made for libc::pthread_cond_t {
    const BLANK: Self = libc::PTHREAD_COND_INITIALIZER;

    unsafe fn make(place: *mut Self) {
        let mut attributes = MaybeUninit::uninit();
        // SAFETY: the attributes are made before they are used, and the place is as
        // promised by the caller.
        unsafe {
            succeeds(libc::pthread_condattr_init(attributes.as_mut_ptr()));
            // Its waits have limits by the clock that nobody sets.
            let clock = libc::CLOCK_MONOTONIC;
            succeeds(libc::pthread_condattr_setclock(
                attributes.as_mut_ptr(),
                clock,
            ));
            succeeds(libc::pthread_cond_init(place, attributes.as_ptr()));
            succeeds(libc::pthread_condattr_destroy(attributes.as_mut_ptr()));
        }
    }

    unsafe fn destroy(place: *mut Self) {
        // SAFETY: as promised by the caller.
        succeeds(unsafe { libc::pthread_cond_destroy(place) });
    }
}

impl Condvar {
    pub(crate) const fn new() -> Self {
        Self(Placed::new())
    }

    pub(crate) fn notify_one(&self) {
        // SAFETY: it was made, and is there for as long as `self`.
        succeeds(unsafe { libc::pthread_cond_signal(self.0.get()) });
    }

    pub(crate) fn notify_all(&self) {
        // SAFETY: it was made, and is there for as long as `self`.
        succeeds(unsafe { libc::pthread_cond_broadcast(self.0.get()) });
    }

    pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        // SAFETY: both were made and are borrowed, and by the guard this thread has the
        // lock, as it has again when this returns.
        succeeds(unsafe { libc::pthread_cond_wait(self.0.get(), guard.mutex.place()) });
        Ok(guard)
    }

    /// Says whether the time was over, in the place of std's type that only std can make.
    pub(crate) fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        limit: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, bool)> {
        let until = timespec(monotonic::now().saturating_add(limit));
        // SAFETY: as in `wait`; the time is read and borrowed past the call.
        let result = unsafe {
            libc::pthread_cond_timedwait(self.0.get(), guard.mutex.place(), &raw const until)
        };
        let is_over = result == libc::ETIMEDOUT;
        if !is_over {
            succeeds(result);
        }
        Ok((guard, is_over))
    }

    pub(crate) fn wait_timeout_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        limit: Duration,
        mut goes_on: impl FnMut(&mut T) -> bool,
    ) -> LockResult<(MutexGuard<'a, T>, bool)> {
        let began = Instant::now();
        loop {
            if !goes_on(&mut guard) {
                return Ok((guard, false));
            }
            let Some(left) = limit.checked_sub(began.elapsed()) else {
                return Ok((guard, true));
            };
            guard = self.wait_timeout(guard, left)?.0;
        }
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Condvar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Condvar").finish_non_exhaustive()
    }
}
