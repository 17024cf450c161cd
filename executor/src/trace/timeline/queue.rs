//! Which tasks are in the run queue, and how many.
//!
//! Owns the count, from the events that change it.

use std::collections::HashSet;

use crate::record::event::{Event, Outcome, ParkedUntil, WakeEffect};
use crate::record::ids::Id;

/// Who they are, and not only how many: what is dropped at the runtime's end need not
/// have been queued, and of a task from before the recording it is not known.
pub(super) struct Queue {
    tasks: HashSet<Id>,
    /// The future of `block_on`, whose call does not say of which runtime it is.
    main: bool,
    /// Whether nobody else can be in it.
    is_known: bool,
    ended: bool,
    /// What was shown last.
    shown: Option<usize>,
}

impl Queue {
    /// Of a recording that begins with the runtime, or later.
    pub(super) fn new(from_the_start: bool) -> Self {
        Self {
            tasks: HashSet::new(),
            main: false,
            is_known: from_the_start,
            ended: false,
            shown: None,
        }
    }

    /// Takes in the next event.
    pub(super) fn follow(&mut self, event: &Event) {
        match *event {
            Event::MainStarted { .. } => self.main = true,
            Event::Spawned { task, .. }
            | Event::Woken {
                task,
                effect: WakeEffect::Queued,
                ..
            }
            | Event::PollEnded {
                task,
                requeued: true,
                ..
            }
            | Event::Aborted {
                task, queued: true, ..
            } => match task.is_main() {
                true => self.main = true,
                false => _ = self.tasks.insert(task),
            },
            Event::PollBegan { task } => self.remove(task),
            Event::PollEnded { task, outcome, .. } if outcome != Outcome::Pending => {
                self.remove(task);
            }
            // The loop sleeps when nothing is queued.
            Event::Parked {
                until: ParkedUntil::Deadline(_) | ParkedUntil::ForEver,
            } => self.clear(),
            _ => {}
        }
    }

    fn remove(&mut self, task: Id) {
        match task.is_main() {
            true => self.main = false,
            false => _ = self.tasks.remove(&task),
        }
    }

    fn clear(&mut self) {
        self.tasks.clear();
        self.main = false;
        self.is_known = true;
    }

    /// From here on there is none.
    pub(super) fn runtime_ends(&mut self) {
        self.clear();
        self.ended = true;
    }

    /// The length, if it is known and not the one that was shown last.
    pub(super) fn changed(&mut self) -> Option<usize> {
        let length = match self.ended {
            true => 0,
            false => self.tasks.len() + usize::from(self.main),
        };
        if !self.is_known || self.shown == Some(length) {
            return None;
        }
        self.shown = Some(length);
        self.shown
    }
}
