//! Which lane a task, a worker or a thread has.
//!
//! Owns the lanes' numbers, order and names.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::{self, Display};
use std::panic::Location;

use crate::record::event::{Cause, Event, Record};
use crate::record::ids::Id;
use crate::trace::names::{Count, Names};

/// If one place spawned more tasks, they share a lane: nobody looks at a thousand
/// lanes, and the viewers become slow. Their slices can share one since one thread
/// polls them, one after the other.
pub(super) const OWN_LANES: usize = 64;

/// A thread, for the format.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Lane(pub(super) u32);

/// The process's number as well: viewers show that thread first.
pub(super) const LOOP: Lane = Lane(1);

type Site = &'static Location<'static>;

pub(super) struct Lanes {
    of_tasks: HashMap<Id, Lane>,
    of_workers: HashMap<u64, Lane>,
    threads: Lane,
    /// From [`LOOP`] on.
    kinds: Vec<Kind>,
}

/// What a lane shows.
#[derive(Clone, Copy)]
enum Kind {
    Loop,
    Task(Id),
    Site(Site, usize),
    Worker(u64),
    Threads,
}

impl Lanes {
    pub(super) fn of(before: &[Record], records: &[Record]) -> Self {
        let tasks = tasks(before, records);
        let mut sites = HashMap::<Site, usize>::new();
        for (_, site) in &tasks {
            if let Some(site) = site {
                *sites.entry(site).or_default() += 1;
            }
        }
        let mut lanes = Self {
            of_tasks: HashMap::new(),
            of_workers: HashMap::new(),
            threads: LOOP,
            kinds: vec![Kind::Loop],
        };
        let mut shared = HashMap::<Site, Lane>::new();
        for (task, site) in tasks {
            let crowd = site.and_then(|site| {
                let count = sites[site];
                (count > OWN_LANES).then_some((site, count))
            });
            let lane = match crowd {
                None => lanes.add(Kind::Task(task)),
                Some((site, count)) => *shared
                    .entry(site)
                    .or_insert_with(|| lanes.add(Kind::Site(site, count))),
            };
            lanes.of_tasks.insert(task, lane);
        }
        for worker in workers(records) {
            let lane = lanes.add(Kind::Worker(worker));
            lanes.of_workers.insert(worker, lane);
        }
        if records.iter().any(|record| is_of_thread(&record.event)) {
            lanes.threads = lanes.add(Kind::Threads);
        }
        lanes
    }

    fn add(&mut self, kind: Kind) -> Lane {
        self.kinds.push(kind);
        Lane(self.kinds.len() as u32)
    }

    /// The loop's, if nothing is known of the task.
    pub(super) fn task(&self, task: Id) -> Lane {
        self.of_tasks.get(&task).copied().unwrap_or(LOOP)
    }

    pub(super) fn worker(&self, worker: u64) -> Lane {
        self.of_workers.get(&worker).copied().unwrap_or(LOOP)
    }

    /// That of other threads.
    pub(super) fn threads(&self) -> Lane {
        self.threads
    }

    /// Each lane with its name, in the order in which they are to be shown.
    pub(super) fn all(&self, names: &Names) -> impl Iterator<Item = (Lane, impl Display)> {
        let lanes = self.kinds.iter().zip(1..);
        lanes.map(|(kind, number)| (Lane(number), kind.name(names)))
    }
}

impl Kind {
    fn name(self, names: &Names) -> impl Display {
        fmt::from_fn(move |f| match self {
            Self::Loop => f.write_str("the loop"),
            Self::Task(task) => {
                names.task(task).fmt(f)?;
                match names.spawned_at(task) {
                    Some(at) if names.given(task).is_none() && !task.is_main() => {
                        write!(f, " of {at}")
                    }
                    _ => Ok(()),
                }
            }
            Self::Site(site, count) => write!(f, "{} tasks of {site}", Count(count as u64)),
            Self::Worker(worker) => write!(f, "worker {worker}"),
            Self::Threads => f.write_str("other threads"),
        })
    }
}

/// The tasks in the order of their first appearance, with where they were spawned.
fn tasks(before: &[Record], records: &[Record]) -> Vec<(Id, Option<Site>)> {
    let mut seen = HashSet::new();
    let mut tasks = Vec::new();
    for record in before.iter().chain(records) {
        let (task, site) = match record.event {
            Event::Spawned { task, at, .. } => (task, Some(at)),
            Event::PollBegan { task } | Event::PollEnded { task, .. } => (task, None),
            Event::Woken {
                cause: Cause::Task(task),
                ..
            } => (task, None),
            _ => continue,
        };
        if seen.insert(task) {
            tasks.push((task, site));
        }
    }
    tasks
}

fn workers(records: &[Record]) -> BTreeSet<u64> {
    let worker = |record: &Record| match record.event {
        Event::JobStarted { worker, .. } | Event::JobFinished { worker, .. } => Some(worker),
        _ => None,
    };
    records.iter().filter_map(worker).collect()
}

fn is_of_thread(event: &Event) -> bool {
    let by = match event {
        Event::Woken { cause: by, .. } => by,
        Event::Spawned { by, .. } | Event::Aborted { by, .. } | Event::JobQueued { by, .. } => by,
        _ => return false,
    };
    matches!(by, Cause::Thread(_))
}
