//! The latest events: a ring of a chosen size.
//!
//! Owns the records and the count of those that had to make room. The recorder fills
//! it, a snapshot copies it. It also keeps what a reader of the latest events needs
//! to know of the earlier ones: which tasks there are and which sources.

use std::collections::{BTreeMap, VecDeque};

use super::event::{Event, Outcome, Record};
use crate::ids::{Id, SourceId};

pub(crate) struct Ring {
    size: usize,
    records: VecDeque<Record>,
    dropped: u64,
    /// The spawns that had to make room, of tasks whose end is still in the ring or to
    /// come: at most as many as there are tasks, and ends in the ring.
    tasks: BTreeMap<Id, Record>,
    /// The same of sources.
    sources: BTreeMap<SourceId, Record>,
}

/// What a ring holds, by value.
#[derive(Clone, Default, Debug)]
pub(crate) struct Held {
    /// Of tasks and sources that are older than the first record.
    pub(crate) before: Vec<Record>,
    pub(crate) records: Vec<Record>,
    pub(crate) dropped: u64,
}

impl Ring {
    pub(crate) fn new(size: usize) -> Self {
        Self {
            size,
            records: VecDeque::new(),
            dropped: 0,
            tasks: BTreeMap::new(),
            sources: BTreeMap::new(),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, record: Record) {
        if self.records.len() == self.size
            && let Some(oldest) = self.records.pop_front()
        {
            self.dropped += 1;
            self.make_room(oldest);
        }
        self.records.push_back(record);
    }

    fn make_room(&mut self, oldest: Record) {
        match oldest.event {
            Event::Spawned { task, .. } => {
                self.tasks.insert(task, oldest);
            }
            Event::PollEnded { task, outcome, .. } if outcome != Outcome::Pending => {
                self.tasks.remove(&task);
            }
            Event::SourceRegistered { source, .. } => {
                self.sources.insert(source, oldest);
            }
            Event::SourceClosed { source } => {
                self.sources.remove(&source);
            }
            _ => {}
        }
    }

    pub(crate) fn held(&self) -> Held {
        let before = self.tasks.values().chain(self.sources.values());
        Held {
            before: before.cloned().collect(),
            records: self.records.iter().cloned().collect(),
            dropped: self.dropped,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::event::Cause;

    fn spawned(task: u64) -> Record {
        let event = Event::Spawned {
            task: Id::of_runtime(0, task),
            by: Cause::Outside,
            at: std::panic::Location::caller(),
            name: None,
        };
        Record { at: task, event }
    }

    fn ended(task: u64, outcome: Outcome) -> Record {
        let event = Event::PollEnded {
            task: Id::of_runtime(0, task),
            outcome,
            requeued: false,
        };
        Record { at: task, event }
    }

    #[test]
    fn the_oldest_make_room_and_are_counted() {
        let mut ring = Ring::new(3);
        for turn in 0..5 {
            let event = Event::Turn { number: turn };
            ring.push(Record { at: turn, event });
        }
        let held = ring.held();
        let times: Vec<_> = held.records.iter().map(|record| record.at).collect();
        assert_eq!(times, [2, 3, 4]);
        assert_eq!((held.dropped, held.before.len()), (2, 0));
    }

    #[test]
    fn the_spawn_of_a_task_is_kept_until_its_end_has_left_the_ring() {
        let mut ring = Ring::new(1);
        ring.push(spawned(1));
        ring.push(ended(1, Outcome::Pending));
        assert_eq!(ring.held().before, [spawned(1)]);
        ring.push(ended(1, Outcome::Ready));
        assert_eq!(ring.held().before, [spawned(1)]);
        ring.push(spawned(2));
        assert!(ring.held().before.is_empty());
    }
}
