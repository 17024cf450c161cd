//! The sleep of a loop that only another thread can wake.
//!
//! Owns when the loop may sleep so, without its reactor; the park phase asks.

use super::Turning;
use crate::machine::reactor::Wait;

impl Turning<'_> {
    /// Sleeps until another thread has sent something, and says whether it did so: not if
    /// the kernel has a source to tell of. For a loop without a deadline, on whose
    /// descriptor nobody waits.
    pub(super) fn sleep_alone(&self) -> bool {
        let core = self.core;
        if core.reactor.borrow().has_sources() {
            return false;
        }
        self.record_parked(Wait::ForEver);
        core.inject.sleep();
        self.record_unparked();
        true
    }
}
