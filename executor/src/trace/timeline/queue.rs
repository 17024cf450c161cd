//! How many tasks are in the run queue.
//!
//! Owns the count, from the events that change it.

use crate::record::event::{Event, ParkedUntil, WakeEffect};

pub(super) struct Queue {
    /// `None` while it is unknown.
    length: Option<u64>,
    /// What was shown last.
    shown: Option<u64>,
}

impl Queue {
    /// Of a recording that begins with the runtime, or later.
    pub(super) fn new(from_the_start: bool) -> Self {
        let length = from_the_start.then_some(0);
        Self {
            length,
            shown: None,
        }
    }

    /// Takes in the next event.
    pub(super) fn follow(&mut self, event: &Event) {
        let change = match event {
            Event::MainStarted { .. } | Event::Spawned { .. } => 1,
            Event::Woken {
                effect: WakeEffect::Queued,
                ..
            } => 1,
            Event::PollEnded { requeued: true, .. } => 1,
            Event::Aborted { queued: true, .. } => 1,
            Event::PollBegan { .. } => -1,
            // The loop sleeps when nothing is queued.
            Event::Parked {
                until: ParkedUntil::Deadline(_) | ParkedUntil::ForEver,
            } => {
                self.length = Some(0);
                return;
            }
            _ => return,
        };
        self.length = self
            .length
            .and_then(|length| length.checked_add_signed(change));
    }

    /// The length, if it is known and not the one that was shown last.
    pub(super) fn changed(&mut self) -> Option<u64> {
        let length = self.length.filter(|length| self.shown != Some(*length))?;
        self.shown = Some(length);
        Some(length)
    }
}
