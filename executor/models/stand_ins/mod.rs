//! What stands in for std's types, and for what loom can't see into, while models run.
//!
//! - Locks and atomics are loom's. They are made at their first use, since loom's can't be
//!   made in a `const fn`. A model uses each once before it starts threads: the making is a
//!   write to loom, and it fails where that races with a use.
//! - [`Word`] is an atomic of which every load sees the latest store. loom lets a thread that
//!   has stored over another's compare-and-swap read what that has left, which no memory
//!   model allows; so of the watchdog's word it tries all orders of the steps, and no
//!   stale loads.
//! - [`UnsafeCell`]: each `get` counts as a write in that moment, and each [`look_into`] as a
//!   read. Whoever calls them uses the pointer before the next step that loom sees, so a race
//!   of two uses is one of these two.
//! - [`OnceLock`] is set in one step under a lock, and looked at in another.
//! - `Arc` stays std's: loom's knows neither `Weak` nor `dyn`. What its counts order is not
//!   seen, which finds more races, not fewer; that a last drop may come between any two
//!   steps is seen, for those steps are others'.
//! - `channel.rs` for crossbeam's channel, `event.rs` for eventfds, [`Bell`] for the selector
//!   that the loop sleeps in, `joined.rs` for the joining of a pool's threads.

pub(crate) mod channel;
pub(crate) mod event;
pub(crate) mod joined;

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock as Once;

use loom::sync::atomic::{self, Ordering};
pub(crate) use loom::sync::{Condvar, MutexGuard, RwLockReadGuard, RwLockWriteGuard};
pub(crate) use loom::thread;

/// One of loom's, made of `first` when it is used.
pub(crate) struct Made<V, A> {
    first: std::sync::Mutex<Option<V>>,
    make: fn(V) -> A,
    made: Once<A>,
}

impl<V, A> Made<V, A> {
    const fn of(first: V, make: fn(V) -> A) -> Self {
        Self {
            first: std::sync::Mutex::new(Some(first)),
            make,
            made: Once::new(),
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
pub(crate) type AtomicPtr<T> = Made<*mut T, atomic::AtomicPtr<T>>;
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

/// Made at once, since nobody has one in a `static`.
pub(crate) struct AtomicI32(atomic::AtomicI32);

impl AtomicI32 {
    pub(crate) fn new(first: i32) -> Self {
        let made = atomic::AtomicI32::new(first);
        // loom has a sequentially consistent load see what an atomic was made with, also in the
        // place of a later store, unless that was stored so, too.
        made.store(first, Ordering::SeqCst);
        Self(made)
    }
}

impl Deref for AtomicI32 {
    type Target = atomic::AtomicI32;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T> AtomicPtr<T> {
    pub(crate) const fn new(first: *mut T) -> Self {
        Self::of(first, atomic::AtomicPtr::new)
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

pub(crate) fn look_into<T>(cell: &UnsafeCell<T>) -> *const T {
    cell.used.with(|_| ());
    cell.value.get()
}

pub(crate) struct OnceLock<T> {
    is_set: AtomicBool,
    setting: Mutex<()>,
    value: Once<T>,
}

impl<T> OnceLock<T> {
    pub(crate) const fn new() -> Self {
        Self {
            is_set: AtomicBool::new(false),
            setting: Mutex::new(()),
            value: Once::new(),
        }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        let is_set = self.is_set.load(Ordering::Acquire);
        is_set.then(|| self.value.get().unwrap())
    }

    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut()
    }

    pub(crate) fn set(&self, value: T) -> Result<(), T> {
        let _setting = self.setting.lock().unwrap();
        self.value.set(value)?;
        self.is_set.store(true, Ordering::Release);
        Ok(())
    }

    pub(crate) fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }
}

/// What ends a loop's sleep: its selector. Rung before the sleep, it is kept, as an eventfd
/// is.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    rung: Mutex<bool>,
    heard: Condvar,
    is_closed: Mutex<bool>,
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

    /// Watches one descriptor less. Closed, its number may be another selector's.
    pub(crate) fn forget(&self) {
        let is_closed = self.is_closed.lock().unwrap();
        assert!(!*is_closed, "a selector was told after its close");
    }

    pub(crate) fn close(&self) {
        *self.is_closed.lock().unwrap() = true;
    }
}
