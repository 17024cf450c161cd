//! The latest events: a ring of a chosen size.
//!
//! Owns the records and the count of those that had to make room. The recorder fills
//! it, a snapshot copies it. It also keeps what a reader of the latest events needs
//! to know of the earlier ones: which tasks there are, which sources, which locks and
//! channels.

use std::collections::{BTreeMap, VecDeque, vec_deque};

use super::event::{Event, Outcome, Record};
use crate::record::ids::{Id, SourceId, SyncId};

pub(crate) struct Ring {
    size: usize,
    records: VecDeque<Record>,
    /// Records that had to make room.
    dropped: u64,
    /// Events that never came to be records.
    missed: u64,
    tasks: Tasks,
    /// The registrations that had to make room, of sources whose end is still in the
    /// ring or to come.
    sources: BTreeMap<SourceId, Record>,
    /// The same of locks and channels. Of those that other threads drop the end is never
    /// told, so only the latest are kept.
    syncs: BTreeMap<SyncId, Record>,
}

/// The spawns that had to make room, of tasks whose end is still in the ring or to come.
///
/// Most tasks are short, and soon their end has to make room as well. So the ends are
/// gathered, and taken from the spawns once there are as many: that costs each a few
/// nanoseconds, where a map would cost it two searches.
#[derive(Default)]
struct Tasks {
    spawns: Vec<Record>,
    /// Those whose spawns are to go.
    ended: Vec<Id>,
    /// How many spawns the last sweep has left.
    left: usize,
}

/// Locks and channels that are known from before the oldest record.
const SYNCS: usize = 1 << 16;
/// Ends that are not worth a sweep.
const FEW: usize = 1024;

/// What a ring holds, by value.
#[derive(Clone, Default, Debug)]
pub(crate) struct Held {
    /// Of tasks, sources, locks and channels that are older than the first record.
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
            missed: 0,
            tasks: Tasks::default(),
            sources: BTreeMap::new(),
            syncs: BTreeMap::new(),
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
        if self.records.len() == self.records.capacity() {
            self.grow();
        }
        self.records.push_back(record);
    }

    /// So many events could not be kept for it.
    pub(crate) fn miss(&mut self, events: u64) {
        self.missed += events;
    }

    /// By itself it would grow to up to twice the size.
    #[cold]
    fn grow(&mut self) {
        let held = self.records.len();
        self.records
            .reserve_exact(held.max(FEW).min(self.size - held));
    }

    fn make_room(&mut self, oldest: Record) {
        match oldest.event {
            Event::Spawned { .. } => self.tasks.spawns.push(oldest),
            Event::PollEnded { task, outcome, .. } if outcome != Outcome::Pending => {
                self.tasks.end(task);
            }
            Event::SourceRegistered { source, .. } => {
                self.sources.insert(source, oldest);
            }
            Event::SourceClosed { source } => {
                self.sources.remove(&source);
            }
            Event::SyncMet { sync, .. } => {
                self.syncs.insert(sync, oldest);
                if self.syncs.len() > SYNCS {
                    self.syncs.pop_first();
                }
            }
            Event::SyncGone { sync } => {
                self.syncs.remove(&sync);
            }
            _ => {}
        }
    }

    /// The number of the oldest that is kept: so many came before it.
    pub(crate) fn first(&self) -> u64 {
        self.dropped
    }

    /// How many there ever were.
    pub(crate) fn pushed(&self) -> u64 {
        self.dropped + self.records.len() as u64
    }

    /// Of those from the `from`-th on the next, at most `many`; `None` if some of them
    /// have made room already.
    pub(crate) fn part(&self, from: u64, many: usize) -> Option<vec_deque::Iter<'_, Record>> {
        let from = usize::try_from(from.checked_sub(self.dropped)?).ok()?;
        let to = from.saturating_add(many).min(self.records.len());
        Some(self.records.range(from.min(to)..to))
    }

    /// All but the records themselves.
    pub(crate) fn held_before(&mut self) -> Held {
        self.tasks.sweep();
        let before = self.tasks.spawns.iter().chain(self.sources.values());
        let before = before.chain(self.syncs.values());
        Held {
            before: before.cloned().collect(),
            records: Vec::new(),
            dropped: self.dropped + self.missed,
        }
    }

    pub(crate) fn held(&mut self) -> Held {
        Held {
            records: self.records.iter().cloned().collect(),
            ..self.held_before()
        }
    }
}

impl Tasks {
    #[inline]
    fn end(&mut self, task: Id) {
        self.ended.push(task);
        if self.ended.len() >= FEW.max(self.left) {
            self.sweep();
        }
    }

    /// Takes out the spawns of those that have ended. Both lists are in order already,
    /// or nearly, which makes the sorting cheap.
    #[cold]
    fn sweep(&mut self) {
        self.ended.sort_unstable();
        self.spawns.sort_by_key(spawned);
        let mut ended = self.ended.drain(..).peekable();
        self.spawns.retain(|spawn| {
            let task = spawned(spawn);
            // The main future has an end too, and no spawn.
            while ended.next_if(|&other| other < task).is_some() {}
            ended.next_if_eq(&task).is_none()
        });
        drop(ended);
        self.left = self.spawns.len();
    }
}

fn spawned(record: &Record) -> Id {
    match record.event {
        Event::Spawned { task, .. } => task,
        _ => unreachable!("only spawns are kept here"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::event::Cause;

    fn spawn(task: u64) -> Record {
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
    fn a_ring_takes_the_room_of_its_size() {
        for size in [1, FEW + 1, 10 * FEW - 1] {
            let mut ring = Ring::new(size);
            for turn in 0..20 * FEW as u64 {
                let event = Event::Turn { number: turn };
                ring.push(Record { at: turn, event });
            }
            assert_eq!(ring.records.capacity(), size);
        }
    }

    #[test]
    fn the_spawn_of_a_task_is_kept_until_its_end_has_left_the_ring() {
        let mut ring = Ring::new(1);
        ring.push(spawn(1));
        ring.push(ended(1, Outcome::Pending));
        assert_eq!(ring.held().before, [spawn(1)]);
        ring.push(ended(1, Outcome::Ready));
        assert_eq!(ring.held().before, [spawn(1)]);
        ring.push(spawn(2));
        assert!(ring.held().before.is_empty());
    }

    #[test]
    fn a_million_short_tasks_beside_a_few_long_ones_leave_the_spawns_of_the_few() {
        let mut ring = Ring::new(100);
        for task in 1..=1_000_000 {
            ring.push(spawn(task));
            if task % 200_000 != 0 {
                ring.push(ended(task, Outcome::Ready));
            }
            assert!(ring.tasks.spawns.len() <= 2 * FEW);
        }
        let before = ring.held().before;
        // The last of them is in the ring itself.
        let few: Vec<_> = (1..5).map(|n| spawn(n * 200_000)).collect();
        assert_eq!(before[..4], few);
        assert!(before.len() <= 4 + 1);
    }
}
