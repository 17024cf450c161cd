//! Who waits for what, as the records tell.
//!
//! Owns the waits that have not ended. A task that waits for many things may be polled
//! because of one, and then goes on to wait for the others without saying so again.
//! Used by the views in `trace/`.

use std::collections::{BTreeMap, BTreeSet};

use crate::record::event::{Event, Outcome, Record, SyncStep, WaitsOn};
use crate::record::ids::{Direction, Id};

#[derive(Clone, Default, Debug)]
pub(crate) struct Waits {
    by_task: BTreeMap<Id, BTreeSet<WaitsOn>>,
    /// The same, from the other end.
    by_thing: BTreeMap<WaitsOn, BTreeSet<Id>>,
    /// Who is being polled.
    polled: Option<Id>,
}

impl Waits {
    /// Takes in the next record.
    pub(crate) fn follow(&mut self, record: &Record) {
        match record.event {
            Event::Waits { task, on } => {
                self.by_task.entry(task).or_default().insert(on);
                self.by_thing.entry(on).or_default().insert(task);
            }
            Event::WaitDropped { on } => self.drop_wait(on),
            Event::PollBegan { task } => self.polled = Some(task),
            Event::TimerFired { timer } | Event::TimerDropped { timer } => {
                self.end(WaitsOn::Timer(timer));
            }
            Event::SourceReady { source, direction } => {
                self.end(WaitsOn::Source(source, direction));
            }
            Event::SourceClosed { source } => {
                for direction in [Direction::Read, Direction::Write] {
                    self.end(WaitsOn::Source(source, direction));
                }
            }
            Event::SyncStepped { sync, step, .. } => match step {
                SyncStep::Handed { to } => self.drop_wait_of(to, WaitsOn::Sync(sync)),
                SyncStep::ToldAll | SyncStep::Closed => self.end(WaitsOn::Sync(sync)),
                SyncStep::Taken(_) | SyncStep::Given { .. } => {}
            },
            Event::SyncGone { sync } => self.end(WaitsOn::Sync(sync)),
            Event::JobFinished { job, .. } | Event::JobCancelled { job } => {
                self.end(WaitsOn::Handle(job));
            }
            Event::PollEnded {
                outcome: Outcome::Pending,
                ..
            } => self.polled = None,
            Event::PollEnded { task, .. } => {
                self.polled = None;
                self.end(WaitsOn::Handle(task));
                for on in self.by_task.remove(&task).unwrap_or_default() {
                    remove(&mut self.by_thing, on, task);
                }
            }
            _ => {}
        }
    }

    /// Several tasks may wait for one source. Of them it is the one that is polled, since
    /// a task drops what it waits with in its polls.
    fn drop_wait(&mut self, on: WaitsOn) {
        let waits = self.polled.filter(|task| {
            let tasks = self.by_thing.get(&on);
            tasks.is_some_and(|tasks| tasks.contains(task))
        });
        match waits {
            Some(task) => self.drop_wait_of(task, on),
            None => self.end(on),
        }
    }

    fn drop_wait_of(&mut self, task: Id, on: WaitsOn) {
        remove(&mut self.by_thing, on, task);
        remove(&mut self.by_task, task, on);
    }

    /// Nobody waits for `on` any more.
    fn end(&mut self, on: WaitsOn) {
        for task in self.by_thing.remove(&on).unwrap_or_default() {
            remove(&mut self.by_task, task, on);
        }
    }

    /// What `task` waits for: timers, then sources, then handles.
    pub(crate) fn of(&self, task: Id) -> impl ExactSizeIterator<Item = WaitsOn> {
        static NONE: BTreeSet<WaitsOn> = BTreeSet::new();
        self.by_task.get(&task).unwrap_or(&NONE).iter().copied()
    }
}

fn remove<K: Ord, V: Ord>(sets: &mut BTreeMap<K, BTreeSet<V>>, key: K, value: V) {
    if let Some(set) = sets.get_mut(&key) {
        set.remove(&value);
        if set.is_empty() {
            sets.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ids::{SourceId, TimerId};

    fn task(count: u64) -> Id {
        Id::of_runtime(3, count)
    }

    fn after(events: impl IntoIterator<Item = Event>) -> Waits {
        let mut waits = Waits::default();
        for event in events {
            waits.follow(&Record { at: 0, event });
        }
        waits
    }

    fn waits(count: u64, on: WaitsOn) -> Event {
        let task = task(count);
        Event::Waits { task, on }
    }

    fn left(waits: &Waits, count: u64) -> Vec<WaitsOn> {
        waits.of(task(count)).collect()
    }

    #[test]
    fn two_that_wait_for_one_source_are_told_apart_when_one_of_them_waits_no_longer() {
        let on = WaitsOn::Source(SourceId(2), Direction::Read);
        let began = |count| Event::PollBegan { task: task(count) };
        let dropped = Event::WaitDropped { on };
        let both = [waits(1, on), waits(2, on)];
        let one = after(both.clone().into_iter().chain([began(1), dropped.clone()]));
        assert_eq!((left(&one, 1), left(&one, 2)), (vec![], vec![on]));
        // Whoever it was, he is not one of those that are known.
        let none = after(both.into_iter().chain([began(3), dropped]));
        assert_eq!((left(&none, 1), left(&none, 2)), (vec![], vec![]));
    }

    #[test]
    fn each_thing_that_ends_is_waited_for_no_longer_by_anybody() {
        let (timer, source, job) = (TimerId(1), SourceId(2), task(9));
        let (direction, outcome) = (Direction::Read, Outcome::Ready);
        let on_source = WaitsOn::Source(source, direction);
        let ended = |task| Event::PollEnded {
            task,
            outcome,
            requeued: false,
        };
        for (on, end) in [
            (WaitsOn::Timer(timer), Event::TimerFired { timer }),
            (WaitsOn::Timer(timer), Event::TimerDropped { timer }),
            (on_source, Event::SourceReady { source, direction }),
            (on_source, Event::SourceClosed { source }),
            (on_source, Event::WaitDropped { on: on_source }),
            (WaitsOn::Handle(task(5)), ended(task(5))),
            (WaitsOn::Handle(job), Event::JobCancelled { job }),
            (
                WaitsOn::Handle(job),
                Event::JobFinished {
                    job,
                    worker: 0,
                    outcome,
                },
            ),
        ] {
            let other = WaitsOn::Timer(TimerId(7));
            let waits = after([waits(1, on), waits(1, other), waits(2, on), end]);
            assert_eq!(left(&waits, 1), [other], "{on:?}");
            assert_eq!(left(&waits, 2), [], "{on:?}");
            assert_eq!(waits.by_thing.len(), 1, "{on:?}");
        }
    }

    #[test]
    fn a_task_that_has_ended_waits_for_nothing_and_a_pending_one_still_does() {
        let (first, second) = (WaitsOn::Timer(TimerId(1)), WaitsOn::Handle(task(5)));
        let ended = |outcome| Event::PollEnded {
            task: task(1),
            outcome,
            requeued: false,
        };
        let both = [waits(1, second), waits(1, first), waits(1, first)];
        let pending = after(both.clone().into_iter().chain([ended(Outcome::Pending)]));
        assert_eq!(left(&pending, 1), [first, second]);
        let cancelled = after(both.into_iter().chain([ended(Outcome::Cancelled)]));
        assert_eq!(left(&cancelled, 1), []);
        assert!(cancelled.by_task.is_empty() && cancelled.by_thing.is_empty());
    }
}
