//! What threads share: locks, and std's atomics; in the models loom's of both.
//!
//! Owns the choice, which is made by `cfg(loom)`. Whatever executor/models/ tries in all
//! orders of threads takes them from here; all else takes its locks from `locks.rs`, and
//! std's atomics.

#[cfg(not(loom))]
pub(crate) use std::{
    cell::UnsafeCell,
    sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize},
    thread,
};

#[cfg(not(loom))]
pub(crate) use super::locks::{
    Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard,
};

#[cfg(not(loom))]
pub(crate) use {crossbeam_channel as channel, std::sync::atomic::AtomicU64 as Word};

#[cfg(loom)]
#[path = "../../models/stand_ins/mod.rs"]
mod stand_ins;
#[cfg(loom)]
pub(crate) use stand_ins::*;
