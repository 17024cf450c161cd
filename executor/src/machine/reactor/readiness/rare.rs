//! What is waited for apart from reading and writing: urgent data, and errors.
//!
//! Owns the two sides that few sources have.

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
