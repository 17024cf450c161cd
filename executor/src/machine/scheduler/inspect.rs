//! What the table shows of its tasks, for the dump.
//!
//! Owns [`Seen`]. It only looks, from the runtime's thread, also from within a task.

use std::panic::Location;
use std::sync::Arc;

use super::inherited;
use super::number::TaskNumber;
use super::polls::Polled;
use super::schedule::Scheduler;
use super::slot::{Guest, State};
use super::waker::Waiter;
use crate::record::ids::Id;

/// What a slot holds.
pub(crate) enum Seen {
    Task(TaskSeen),
    /// A child of the group in that slot.
    Child {
        group: usize,
        position: usize,
        /// Polled, and not woken since.
        waits: bool,
    },
    /// Children that share one task: whoever polls them.
    Group {
        parent: Option<Waiter>,
    },
}

/// A task, or the future of `block_on`.
pub(crate) struct TaskSeen {
    pub(crate) id: Id,
    pub(crate) name: Option<Arc<String>>,
    /// What it has from its spawner.
    pub(crate) context: Option<inherited::Context>,
    /// `None` for the future of `block_on`, and for the task that asks: its memory is
    /// with its poll.
    pub(crate) spawned_at: Option<&'static Location<'static>>,
    pub(crate) stage: Stage,
    pub(crate) aborted: bool,
    /// If that is kept.
    pub(crate) polled: Option<Polled>,
    /// Who waits for its handle.
    pub(crate) awaited_by: Option<Waiter>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    Waiting,
    Queued,
    Running,
    /// Ended; its handle has yet to take the output.
    Ended,
}

impl Scheduler {
    fn polled(&self, number: TaskNumber) -> Option<Polled> {
        self.polls.get()?.seen(number)
    }

    /// Whether it is kept how often tasks are polled.
    pub(crate) fn keeps_polls(&self) -> bool {
        self.polls.get().is_some()
    }

    /// Every slot in use, by its number. The future of `block_on` is there only while
    /// a `block_on` runs.
    pub(crate) fn seen(&self, main_runs: bool) -> Vec<(TaskNumber, Seen)> {
        let mut table = self.table.borrow_mut();
        let mut seen = Vec::new();
        for (index, slot) in table.slots.iter_mut() {
            let number = TaskNumber::new(self.runtime(), slot.generation, index);
            let stage = match slot.state {
                State::Waiting => Stage::Waiting,
                State::Queued => Stage::Queued,
                State::Running | State::RunningWoken => Stage::Running,
                State::Done => Stage::Ended,
            };
            let what = match &mut slot.guest {
                Guest::Main if !main_runs => continue,
                Guest::Main => Seen::Task(TaskSeen {
                    id: self.recorder.main(),
                    name: None,
                    context: None,
                    spawned_at: None,
                    stage,
                    aborted: false,
                    polled: self.polled(number),
                    awaited_by: None,
                }),
                Guest::Task { task, join_waker } => {
                    let mut shared = None;
                    if let Some(task) = task {
                        task.show_waiter(&mut |waker| shared = Some(Waiter::of(waker)));
                    }
                    let header = task.as_ref().map(|task| &task.header);
                    let Some(id) = header.map(|header| header.id).or(self.running()) else {
                        continue;
                    };
                    Seen::Task(TaskSeen {
                        id,
                        name: match header {
                            Some(header) => header.name().cloned(),
                            None => self.running_name().map(Arc::new),
                        },
                        context: match header {
                            Some(header) => header.context().cloned(),
                            None => inherited::current(),
                        },
                        spawned_at: header.map(|header| header.spawned_at),
                        stage,
                        aborted: slot.abort,
                        polled: self.polled(number),
                        awaited_by: join_waker.as_ref().map(Waiter::of).or(shared),
                    })
                }
                Guest::Child { group, position } => Seen::Child {
                    group: *group as usize,
                    position: *position as usize,
                    waits: stage == Stage::Waiting,
                },
                Guest::Group(group) => Seen::Group {
                    parent: group.parent.as_ref().map(Waiter::of),
                },
                Guest::Nobody { .. } => continue,
            };
            seen.push((number, what));
        }
        seen
    }
}
