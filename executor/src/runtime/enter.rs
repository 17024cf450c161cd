//! Being in a runtime, and what its descriptor then tells.
//!
//! Owns [`EnterGuard`]. `block_on` and the guards see to it that whoever waits on the
//! descriptor learns of what they have left to do.

use std::fmt;

use super::Runtime;
use crate::machine::context::{self, Entered};

/// Whoever drives the runtime by its descriptor learns what there is to do, also
/// when the `block_on` panics.
pub(super) struct TellsAtTheEnd<'a>(pub(super) &'a Runtime);

impl Drop for TellsAtTheEnd<'_> {
    fn drop(&mut self) {
        // It fails only where a thread that tells of deadlines can't be started. Then
        // the next turn fails too, and says so; there has to be a next one.
        if self.0.make_descriptor_tell().is_err() {
            self.0.core.inject.unpark_now();
        }
    }
}

/// See [`Runtime::enter`].
pub struct EnterGuard<'a> {
    entered: Entered,
    runtime: &'a Runtime,
}

impl<'a> EnterGuard<'a> {
    pub(super) fn new(runtime: &'a Runtime) -> Self {
        let entered = context::enter(&runtime.core);
        Self { entered, runtime }
    }
}

impl Drop for EnterGuard<'_> {
    fn drop(&mut self) {
        // Within the runtime's own loop there is nobody to tell.
        if !self.entered.was_in(&self.runtime.core) {
            drop(TellsAtTheEnd(self.runtime));
        }
    }
}

impl fmt::Debug for EnterGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnterGuard")
    }
}
