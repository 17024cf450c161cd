//! What seldom happens: somebody waits for urgent data or for errors, several wait for the
//! same, or a source is gone.
//!
//! Owns the two sides that few sources have, and the end of all of them.

use std::task::Waker;

use super::{Readiness, Seen, Side};
use crate::machine::reactor::told::{Told, Wanted};

/// The sides of a source that somebody has asked about.
pub(super) struct Rare {
    pub(super) urgent: Side,
    pub(super) error: Side,
    /// Whether it was urgent data that has made `urgent` ready.
    pub(super) is_urgent: bool,
}

impl Rare {
    /// Whether somebody waits for it or not, events came before: so both are unasked,
    /// also of what is otherwise [told](First::Told) alone.
    fn unasked() -> Self {
        let side = || Side {
            ready: Some(Seen::UNASKED),
            ..Side::default()
        };
        let (urgent, error, is_urgent) = (side(), side(), false);
        Self {
            urgent,
            error,
            is_urgent,
        }
    }
}

impl Readiness {
    /// As [`set`](Self::set), for what is told besides, if anybody has asked.
    #[inline]
    pub(in crate::machine::reactor) fn set_rare(
        &mut self,
        told: Told,
        event: u64,
        woken: &mut Vec<Waker>,
    ) {
        let Some(rare) = &mut self.rare else { return };
        rare.is_urgent |= told.signs.urgent;
        if told.has(Wanted::Urgent) {
            rare.urgent.set(event, woken);
        }
        if told.has(Wanted::Error) {
            rare.error.set(event, woken);
        }
    }

    /// Moves out who waits for whatever, of a source that is gone.
    pub(in crate::machine::reactor) fn give_up(&mut self) -> Vec<Waker> {
        const NO_EVENT: u64 = 0;
        let mut waited = Vec::new();
        self.read.set(NO_EVENT, &mut waited);
        self.write.set(NO_EVENT, &mut waited);
        if let Some(rare) = &mut self.rare {
            rare.urgent.set(NO_EVENT, &mut waited);
            rare.error.set(NO_EVENT, &mut waited);
        }
        waited
    }

    /// Whether urgent data is there, for who has asked for it.
    pub(in crate::machine::reactor) fn is_urgent(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.is_urgent)
    }

    /// Whether urgent data would be news. While nobody asks, it is not: where states are
    /// told of and not changes, the reader of what comes before it would be told of it
    /// again and again.
    pub(super) fn wants_urgent(&self) -> bool {
        self.rare
            .as_ref()
            .is_some_and(|rare| rare.urgent.ready.is_none())
    }

    pub(super) fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_with(|| Box::new(Rare::unasked()))
    }
}

impl Side {
    /// Moves out those who wait beside the first.
    #[cold]
    pub(super) fn set_more(&mut self, woken: &mut Vec<Waker>) {
        woken.extend(self.more_waiting.drain(..).map(|waiter| waiter.waker));
    }
}
