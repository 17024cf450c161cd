//! What every task has, whatever its future is.
//!
//! Owns the first part of a task's memory. Three words: each task pays for them, and what few
//! have lies elsewhere. `run.rs` and `sent.rs` make headers, for `cell.rs` to keep.

use std::panic::Location;
use std::sync::Arc;

use super::inherited::Context;
use crate::record::ids::Id;
use crate::sys::recycled::Recycled;

pub(crate) struct Header {
    pub(crate) id: Id,
    /// Where in the program it was spawned.
    pub(crate) spawned_at: &'static Location<'static>,
    rare: Option<Recycled<Rare>>,
}

/// What few tasks have.
struct Rare {
    name: Option<Arc<String>>,
    /// From who spawned it.
    context: Option<Context>,
    /// See [`Header::sequence`]. Of one that another thread has spawned, whose id counts on in
    /// a series of its own.
    sequence: Option<u64>,
}

impl Header {
    /// Of a task that its runtime's own thread spawns.
    #[inline]
    pub(crate) fn new(
        id: Id,
        spawned_at: &'static Location<'static>,
        name: Option<Arc<String>>,
        context: Option<Context>,
    ) -> Self {
        let rare = (name.is_some() || context.is_some()).then(|| {
            Recycled::new(|| Rare {
                name,
                context,
                sequence: None,
            })
        });
        Self {
            id,
            spawned_at,
            rare,
        }
    }

    /// Of one that another thread has spawned.
    pub(super) fn of_sent(
        id: Id,
        sequence: u64,
        spawned_at: &'static Location<'static>,
        context: Option<Context>,
    ) -> Self {
        let rare = Some(Recycled::new(|| Rare {
            name: None,
            context,
            sequence: Some(sequence),
        }));
        Self {
            id,
            spawned_at,
            rare,
        }
    }

    /// The how-manieth spawn of its runtime it was: tasks are dropped in this order at
    /// shutdown.
    pub(super) fn sequence(&self) -> u64 {
        let rare = self.rare.as_ref();
        rare.and_then(|rare| rare.sequence)
            .unwrap_or_else(|| self.id.count())
    }

    #[inline]
    pub(crate) fn name(&self) -> Option<&Arc<String>> {
        self.rare.as_ref()?.name.as_ref()
    }

    #[inline]
    pub(super) fn context(&self) -> Option<&Context> {
        self.rare.as_ref()?.context.as_ref()
    }

    pub(super) fn take_context(&mut self) -> Option<Context> {
        self.rare.as_mut()?.context.take()
    }
}
