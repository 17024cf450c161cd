//! Thread-locals without a destructor.
//!
//! Owns the type that has them be so. Whoever keeps something of this thread's keeps it
//! in one.

use std::mem::ManuallyDrop;

/// What a thread-local is not to drop at its thread's end. Without a destructor
/// it can be used to the very end: by the destructor of another thread-local
/// that drops a runtime, or wakes. Nothing leaks, since guards empty it.
pub(crate) type Undropped<T> = ManuallyDrop<T>;
