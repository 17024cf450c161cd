//! Locks and channels between tasks.
//!
//! Owns what tasks wait for that is neither time nor the system, but another task. Names,
//! signatures, fairness and cancel safety are tokio's. All of it works on any thread, in any
//! runtime and between two, and with wakers of other executors; in a task of this runtime it
//! takes part in the budget, so a task that never has to wait still lets the
//! others run.
//!
//! # Where to read
//!
//! - `waiters.rs`: who waits, in which order
//! - `permits.rs`: taking, waiting in line, giving back. Under [`Mutex`], [`RwLock`],
//!   [`Semaphore`], [`OnceCell`] and a full [`mpsc`] channel
//! - `notify/`: being told. Under [`Notify`], [`Barrier`], [`SetOnce`], [`watch`], and the
//!   close of a channel
//! - `sys/lent/mod.rs`: the value that a lock lends, and the only `unsafe` in it
//! - `oneshot/`, `mpsc/`, `broadcast/`: the channels
//! - `blocking.rs`: waiting on a thread that may block
//! - `seen/`: what is seen of them, and `named.rs`: by which name
//!
//! # Which one
//!
//! | for | use |
//! |---|---|
//! | one value, once | [`oneshot`] |
//! | many values, one receiver | [`mpsc`] |
//! | many values, each to every receiver | [`broadcast`] |
//! | the latest value, to every receiver | [`watch`] |
//! | "something has happened" | [`Notify`] |
//! | so many at a time | [`Semaphore`] |
//! | a value of one at a time, over an await | [`Mutex`] |
//! | one writer or many readers, over an await | [`RwLock`] |
//! | a value that is made once, by who needs it first | [`OnceCell`] |
//! | a value that is set once, and waited for | [`SetOnce`] |
//! | all at the same place | [`Barrier`] |

mod barrier;
pub(crate) mod blocking;
pub mod broadcast;
mod cooperative;
pub mod mpsc;
mod mutex;
mod named;
mod notify;
mod once_cell;
pub mod oneshot;
mod permits;
mod rwlock;
pub(crate) mod seen;
mod semaphore;
mod set_once;
mod value_once;
mod waiters;
pub mod watch;

pub use barrier::{Barrier, BarrierWaitResult};
pub use mutex::{
    MappedMutexGuard, Mutex, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard, TryLockError,
};
pub use named::{FaceOf, Named, named};
pub use notify::Notify;
pub use once_cell::{OnceCell, SetError};
pub use rwlock::{
    OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock,
    RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard,
};
pub use semaphore::{
    AcquireError, OwnedSemaphorePermit, Semaphore, SemaphorePermit, TryAcquireError,
};
pub use set_once::{SetOnce, SetOnceError};

/// Futures of this module that have a name.
pub mod futures {
    pub use super::notify::{Notified, OwnedNotified};
}
