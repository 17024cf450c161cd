//! What was allocated, and within which bound it has to be.
//!
//! Owns the reading of the counting allocator, which `main.rs` has installed. Bytes that are
//! allocated and not freed are counted, not what the system has lent: so the same run gives
//! nearly the same figure each time.

use std::fmt;

use crate::ALLOCATED;

/// What is allocated beyond what was when this was made.
#[derive(Clone, Copy)]
pub struct Since(usize);

impl Since {
    /// From here on. What was the most until now is forgotten.
    pub fn now() -> Self {
        ALLOCATED.reset_peak_usage();
        Self(ALLOCATED.current_usage())
    }

    pub fn bytes(self) -> usize {
        ALLOCATED.current_usage().saturating_sub(self.0)
    }

    pub fn most(self) -> usize {
        ALLOCATED.peak_usage().saturating_sub(self.0)
    }
}

/// Bytes, as a figure says them.
pub struct Bytes(pub usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes @ ..10_240 => write!(f, "{bytes} B"),
            bytes @ ..10_485_760 => write!(f, "{} KiB", bytes >> 10),
            bytes => write!(f, "{} MiB", bytes >> 20),
        }
    }
}

/// # Panics
///
/// If `bytes` are more than `bound`.
#[track_caller]
pub fn check(what: impl fmt::Display, bytes: usize, bound: usize) {
    assert!(
        bytes <= bound,
        "memory {what}: {}, and at most {} are to be",
        Bytes(bytes),
        Bytes(bound)
    );
}
