//! What threads share: std's locks and atomics, and loom's in the models.
//!
//! Owns the choice, which is made by `cfg(loom)`. Whatever executor/models/ tries in all
//! orders of threads takes them from here; all else takes std's.

#[cfg(not(loom))]
pub(crate) use std::{
    cell::UnsafeCell,
    sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize},
    sync::{Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard},
    thread,
};

#[cfg(not(loom))]
pub(crate) use {crossbeam_channel as channel, std::sync::atomic::AtomicU64 as Word};

#[cfg(loom)]
#[path = "../../models/stand_ins/mod.rs"]
mod stand_ins;
#[cfg(loom)]
pub(crate) use stand_ins::*;
