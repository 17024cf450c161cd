//! What a runtime tells of itself.
//!
//! Owns the methods of [`Runtime`] that look at it; what they give is made in
//! `trace/`.

use super::Runtime;
use crate::trace::Recording;

impl Runtime {
    /// What was recorded so far; nothing unless
    /// [`Builder::record`](super::Builder::record) was called, or `BUZZER_TRACE` names a
    /// file ([`trace`](crate::trace)).
    pub fn recording(&self) -> Recording {
        self.core.take_in_news();
        Recording::of(self.core.recorder())
    }
}
