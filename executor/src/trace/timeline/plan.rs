//! What must be known before the first event is written.
//!
//! Owns which records are joined by an arrow: what causes a poll stands before it, and
//! must say so when it is written. And what was going on when the recording begins.

use std::collections::{HashMap, HashSet};
use std::iter::Peekable;

use super::lanes::Lanes;
use crate::record::event::{Cause, Event, Outcome, Record, WakeEffect};
use crate::record::ids::Id;
use crate::trace::Recording;
use crate::trace::names::Names;

pub(super) struct Plan<'a> {
    pub(super) records: &'a [Record],
    pub(super) names: Names,
    pub(super) lanes: Lanes,
    arrows: Vec<Arrow>,
    pub(super) open: Open,
}

/// Joins two records, by their places in the recording. Its number in the file is its
/// place among the arrows.
struct Arrow {
    from: usize,
    to: usize,
}

/// What had begun before the oldest record that was kept.
#[derive(Default)]
pub(super) struct Open {
    pub(super) poll: Option<Id>,
    /// With their workers.
    pub(super) jobs: Vec<(Id, u64)>,
}

impl Open {
    pub(super) fn is_something(&self) -> bool {
        self.poll.is_some() || !self.jobs.is_empty()
    }
}

impl<'a> Plan<'a> {
    pub(super) fn of(recording: &'a Recording) -> Self {
        let records = recording.records();
        let before = recording.before();
        let mut names = Names::default();
        for record in before.iter().chain(records) {
            names.learn(record);
        }
        Self {
            lanes: Lanes::of(before, records),
            arrows: arrows(records),
            open: open(records),
            names,
            records,
        }
    }

    /// The arrows by where they begin.
    pub(super) fn leaving(&self) -> Cursor {
        Cursor::of(self.arrows.iter().map(|arrow| arrow.from))
    }

    /// By where they end.
    pub(super) fn arriving(&self) -> Cursor {
        Cursor::of(self.arrows.iter().map(|arrow| arrow.to))
    }
}

/// Gives arrows out as their places come.
pub(super) struct Cursor(Peekable<std::vec::IntoIter<(usize, usize)>>);

impl Cursor {
    fn of(places: impl Iterator<Item = usize>) -> Self {
        let mut places: Vec<_> = places.zip(0..).collect();
        places.sort();
        Self(places.into_iter().peekable())
    }

    pub(super) fn is_at(&mut self, place: usize) -> bool {
        self.0.peek().is_some_and(|(at, _)| *at == place)
    }

    /// The number of the next arrow at `place`, if there is one.
    pub(super) fn next_at(&mut self, place: usize) -> Option<usize> {
        self.0
            .next_if(|(at, _)| *at == place)
            .map(|(_, arrow)| arrow)
    }
}

fn arrows(records: &[Record]) -> Vec<Arrow> {
    let mut arrows = Vec::new();
    // Where the latest timer, readiness or job's end is that may wake somebody.
    let mut origins = HashMap::new();
    // Of tasks and jobs that are queued: what for.
    let mut queued = HashMap::new();
    // Where the `block_on` began whose future has yet to be polled.
    let mut main_started = None;
    for (place, record) in records.iter().enumerate() {
        match record.event {
            Event::TimerFired { timer } => {
                origins.insert(Cause::Timer(timer), place);
            }
            Event::SourceReady { source, direction } => {
                origins.insert(Cause::Source(source, direction), place);
            }
            Event::JobFinished { job, .. } => {
                origins.insert(Cause::Job(job), place);
            }
            Event::MainStarted { .. } => main_started = Some(place),
            Event::Spawned { task, .. }
            | Event::Aborted {
                task, queued: true, ..
            } => {
                queued.insert(task, place);
            }
            Event::JobQueued { job, .. } => {
                queued.insert(job, place);
            }
            Event::Woken {
                effect: WakeEffect::Nothing,
                ..
            } => {}
            Event::Woken { task, cause, .. } => {
                let origin = origins.get(&cause).copied();
                queued.insert(task, origin.unwrap_or(place));
            }
            Event::PollBegan { task: began } | Event::JobStarted { job: began, .. } => {
                let started = main_started.take_if(|_| began.is_main());
                let from = started.or(queued.remove(&began));
                arrows.extend(from.map(|from| Arrow { from, to: place }));
            }
            Event::PollEnded { task, outcome, .. } if outcome != Outcome::Pending => {
                queued.remove(&task);
            }
            _ => {}
        }
    }
    arrows
}

fn open(records: &[Record]) -> Open {
    let mut open = Open::default();
    let mut started = HashSet::new();
    for record in records {
        match record.event {
            Event::JobStarted { job, .. } => {
                started.insert(job);
            }
            Event::JobFinished { job, worker, .. } if !started.contains(&job) => {
                open.jobs.push((job, worker));
            }
            _ => {}
        }
    }
    // Within a poll there is none of these.
    let first = records.iter().find_map(|record| match record.event {
        Event::Turn { .. } | Event::Phase(_) | Event::PollBegan { .. } => Some(None),
        Event::MainStarted { .. } => Some(None),
        Event::PollEnded { task, .. } => Some(Some(task)),
        _ => None,
    });
    open.poll = first.flatten();
    open
}
