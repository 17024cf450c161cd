//! The locks of what no model tries: std's, or pthread's.
//!
//! Owns the choice, which is made by `cfg(buzzer_pthread_locks)`. Whatever locks takes them
//! from here, and from `shared.rs` if executor/models/ tries it: that adds loom's.
//!
//! ThreadSanitizer learns from a lock that one thread comes after another. It sees
//! pthread's, for it stands in the place of pthread's functions, and tells then also of two
//! locks that are taken in two orders. std's are made of futexes, and unseen unless std
//! itself was built for it. `.ci/sanitize thread` sets the cfg; no other build has it.

#[cfg(not(buzzer_pthread_locks))]
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, RwLock};
// Named only by what the models try.
#[cfg(not(any(buzzer_pthread_locks, loom)))]
pub(crate) use std::sync::{RwLockReadGuard, RwLockWriteGuard};

#[cfg(buzzer_pthread_locks)]
pub(crate) use super::pthread::{
    condvar::Condvar,
    mutex::{Mutex, MutexGuard},
    rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard},
};
