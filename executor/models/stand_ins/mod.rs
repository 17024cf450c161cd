//! What stands in for std's types, and for what loom can't see into, while models run.
//!
//! - Locks and atomics are loom's. They are made at their first use, since loom's can't be
//!   made in a `const fn`. A model uses each once before it starts threads: the making is a
//!   write to loom, and it fails where that races with a use.
//! - [`Word`] is an atomic of which every load sees the latest store. loom lets a thread that
//!   has stored over another's compare-and-swap read what that has left, which no memory
//!   model allows; so of the watchdog's word it tries all orders of the steps, and no
//!   stale loads.
//! - [`UnsafeCell`]: each `get` counts as a write in that moment. Whoever calls it uses the
//!   pointer before the next step that loom sees, so a race of two uses is one of two `get`s.
//! - `Arc` stays std's: loom's knows neither `Weak` nor `dyn`. What its counts order is not
//!   seen, which finds more races, not fewer; that a last drop may come between any two
//!   steps is seen, for those steps are others'.
//! - `channel.rs` for crossbeam's channel, [`Bell`] for what ends the loop's sleep,
//!   `joined.rs` for the joining of a pool's threads.

pub(crate) mod channel;
pub(crate) mod joined;

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use loom::sync::atomic::{self, Ordering};
pub(crate) use loom::sync::{Condvar, MutexGuard, RwLockReadGuard, RwLockWriteGuard};
pub(crate) use loom::thread;

/// One of loom's, made of `first` when it is used.
pub(crate) struct Made<V, A> {
    first: std::sync::Mutex<Option<V>>,
    make: fn(V) -> A,
    made: OnceLock<A>,
}

impl<V, A> Made<V, A> {
    const fn of(first: V, make: fn(V) -> A) -> Self {
        Self {
            first: std::sync::Mutex::new(Some(first)),
            make,
            made: OnceLock::new(),
        }
    }
}

impl<V, A> Deref for Made<V, A> {
    type Target = A;

    fn deref(&self) -> &A {
        let first = || self.first.lock().unwrap().take().unwrap();
        self.made.get_or_init(|| (self.make)(first()))
    }
}

impl<V, A> DerefMut for Made<V, A> {
    fn deref_mut(&mut self) -> &mut A {
        let _ = &**self;
        self.made.get_mut().unwrap()
    }
}

impl<V, A> fmt::Debug for Made<V, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("of a model")
    }
}

pub(crate) type AtomicBool = Made<bool, atomic::AtomicBool>;
pub(crate) type AtomicU8 = Made<u8, atomic::AtomicU8>;
pub(crate) type AtomicU64 = Made<u64, atomic::AtomicU64>;
pub(crate) type AtomicUsize = Made<usize, atomic::AtomicUsize>;
pub(crate) type Mutex<T> = Made<T, loom::sync::Mutex<T>>;
pub(crate) type RwLock<T> = Made<T, loom::sync::RwLock<T>>;

impl AtomicBool {
    pub(crate) const fn new(first: bool) -> Self {
        Self::of(first, atomic::AtomicBool::new)
    }
}

impl AtomicU8 {
    pub(crate) const fn new(first: u8) -> Self {
        Self::of(first, atomic::AtomicU8::new)
    }
}

impl AtomicU64 {
    pub(crate) const fn new(first: u64) -> Self {
        Self::of(first, atomic::AtomicU64::new)
    }
}

impl AtomicUsize {
    pub(crate) const fn new(first: usize) -> Self {
        Self::of(first, atomic::AtomicUsize::new)
    }
}

impl<T> Mutex<T> {
    pub(crate) const fn new(first: T) -> Self {
        Self::of(first, loom::sync::Mutex::new)
    }
}

impl<T> RwLock<T> {
    pub(crate) const fn new(first: T) -> Self {
        Self::of(first, loom::sync::RwLock::new)
    }
}

impl Default for AtomicU8 {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Default for AtomicU64 {
    fn default() -> Self {
        Self::new(0)
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

#[derive(Debug, Default)]
pub(crate) struct Word(Mutex<u64>);

impl Word {
    fn is(&self) -> MutexGuard<'_, u64> {
        self.0.lock().unwrap()
    }

    pub(crate) fn load(&self, _: Ordering) -> u64 {
        *self.is()
    }

    pub(crate) fn store(&self, value: u64, _: Ordering) {
        *self.is() = value;
    }

    pub(crate) fn compare_exchange(
        &self,
        current: u64,
        new: u64,
        _: Ordering,
        _: Ordering,
    ) -> Result<u64, u64> {
        let mut is = self.is();
        match *is == current {
            true => Ok(std::mem::replace(&mut *is, new)),
            false => Err(*is),
        }
    }
}

pub(crate) struct UnsafeCell<T> {
    value: std::cell::UnsafeCell<T>,
    used: loom::cell::UnsafeCell<()>,
}

impl<T> UnsafeCell<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            value: std::cell::UnsafeCell::new(value),
            used: loom::cell::UnsafeCell::new(()),
        }
    }

    #[track_caller]
    pub(crate) fn get(&self) -> *mut T {
        self.used.with_mut(|_| ());
        self.value.get()
    }
}

/// What ends a loop's sleep. Rung before the sleep, it is kept, as an eventfd is.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    rung: Mutex<bool>,
    heard: Condvar,
}

impl Bell {
    pub(crate) fn ring(&self) {
        *self.rung.lock().unwrap() = true;
        self.heard.notify_all();
    }

    pub(crate) fn sleep(&self) {
        let mut rung = self.rung.lock().unwrap();
        while !std::mem::take(&mut *rung) {
            rung = self.heard.wait(rung).unwrap();
        }
    }
}
