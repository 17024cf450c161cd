//! What threads share: locks, and std's atomics; in the models loom's of both.
//!
//! Owns the choice, which is made by `cfg(loom)`. Whatever executor/models/ tries in all
//! orders of threads takes them from here; all else takes its locks from `locks.rs`, and
//! std's atomics.

#[cfg(not(loom))]
pub(crate) use std::{
    cell::UnsafeCell,
    sync::OnceLock,
    sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU8, AtomicU64, AtomicUsize},
    thread,
};

#[cfg(not(loom))]
pub(crate) use super::locks::{
    Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard,
};

#[cfg(not(loom))]
pub(crate) use {crossbeam_channel as channel, std::sync::atomic::AtomicU64 as Word};

/// The place of a cell for who only looks there: to the models it is no change of it.
#[cfg(not(loom))]
pub(crate) fn look_into<T>(cell: &UnsafeCell<T>) -> *const T {
    cell.get()
}

/// What all threads share from the start.
#[cfg(not(loom))]
macro_rules! statics {
    ($($(#[$about:meta])* static $name:ident: $type:ty = $first:expr;)*) => {
        $($(#[$about])* static $name: $type = $first;)*
    };
}
/// The same, made anew for each order of the threads that a model tries.
#[cfg(loom)]
macro_rules! statics {
    ($($(#[$about:meta])* static $name:ident: $type:ty = $first:expr;)*) => {
        loom::lazy_static! { $($(#[$about])* static ref $name: $type = $first;)* }
    };
}
pub(crate) use statics;

#[cfg(loom)]
#[path = "../../models/stand_ins/mod.rs"]
mod stand_ins;
#[cfg(loom)]
pub(crate) use stand_ins::*;
