//! Reading the dump out of the tables.
//!
//! Owns the way from a waker back to the task that waits. Each table is borrowed for a
//! look and released again, so it may be called from within a task.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use super::owners::Owners;
use super::sources::Looker;
use super::syncs;
use super::{Dump, JobDump, JobState, SourceDump, TaskDump, TaskState, Wait, WaitFor};
use crate::machine::blocking::{self, JobSeen};
use crate::machine::core::Core;
use crate::machine::scheduler::inherited::Context;
use crate::machine::scheduler::inspect::{Seen, Stage, TaskSeen};
use crate::machine::scheduler::number::TaskNumber;
use crate::machine::scheduler::waker::Waiter;
use crate::record::ids::{Id, SourceId};
use crate::record::time::{FAR_FUTURE, Nanos};
use crate::trace::names::of_program;

impl Dump {
    pub(crate) fn of(core: &Core) -> Self {
        let now = core.clock.now();
        let main_at = core.main_at.get();
        let seen = core.scheduler.seen(main_at.is_some());
        // First, while nothing is borrowed: it may drop what a job held.
        let jobs = core.pool.jobs();
        let mut waits = waits(core, &seen, &jobs);
        let (syncs, for_syncs) = syncs::waited_for(core);
        waits.extend(for_syncs);
        let sources = sources(core, &waits);
        let owners = Owners::of(&seen);
        let mut tasks: BTreeMap<Id, TaskDump> = BTreeMap::new();
        for (_, seen) in &seen {
            if let Seen::Task(task) = seen {
                let mut dump = dumped(task, now);
                dump.spawned_at = dump.spawned_at.or(main_at.filter(|_| task.id.is_main()));
                tasks.insert(task.id, dump);
            }
        }
        // A child that waits for nothing known waits for something outside; but not if it
        // waits for children of its own, who are told instead.
        let groups: HashSet<_> = seen
            .iter()
            .filter_map(|(_, seen)| match seen {
                Seen::Child {
                    group, waits: true, ..
                } => Some(*group),
                _ => None,
            })
            .collect();
        let parents = seen.iter().filter_map(|(number, seen)| match seen {
            Seen::Group { parent } if groups.contains(&number.index()) => *parent,
            _ => None,
        });
        let known: HashSet<_> = waits
            .iter()
            .map(|(waiter, _)| *waiter)
            .chain(parents)
            .collect();
        let children = seen.iter().filter_map(|(number, seen)| match seen {
            Seen::Child { waits: true, .. } => Some(Waiter::Task(*number)),
            _ => None,
        });
        let unknown = children.filter(|child| !known.contains(child));
        waits.extend(unknown.map(|child| (child, WaitFor::Outside)));
        let mut by_foreign = Vec::new();
        for (waiter, on) in waits {
            match owners.task(waiter) {
                Some((id, child)) => {
                    let task = tasks.get_mut(&id).expect("an id of the table");
                    task.waits.push(Wait { child, on });
                }
                // The waker of a task that has ended is nobody's wait.
                None if waiter == Waiter::Foreign && on != WaitFor::Outside => by_foreign.push(on),
                None => {}
            }
        }
        for task in tasks.values_mut() {
            task.waits.sort_by_key(|wait| wait.child);
            if task.waits.is_empty() && task.state == TaskState::Waiting {
                let (child, on) = (None, WaitFor::Outside);
                task.waits.push(Wait { child, on });
            }
        }
        Self {
            now: Duration::from_nanos(now),
            knows_polls: core.scheduler.keeps_polls(),
            tasks: tasks.into_values().collect(),
            sources,
            syncs,
            jobs: jobs
                .into_iter()
                .map(|job| (job.id, job_dump(job)))
                .collect(),
            by_foreign,
        }
    }
}

/// What the sources are that are waited for.
fn sources(core: &Core, waits: &[(Waiter, WaitFor)]) -> BTreeMap<SourceId, SourceDump> {
    let looker = Looker::default();
    let reactor = core.reactor.borrow();
    let fds = waits.iter().filter_map(|(_, on)| match on {
        WaitFor::Source { source, fd, .. } => Some((*source, *fd)),
        _ => None,
    });
    let fds: BTreeMap<_, _> = fds.collect();
    let described = fds.into_iter().map(|(id, fd)| {
        let what = looker.describe(fd);
        let made_at = reactor.made_at(fd).filter(|at| of_program(at));
        let source = SourceDump {
            id,
            fd,
            what,
            made_at,
        };
        (id, source)
    });
    described.collect()
}

/// Everything that is waited for, and by whom, from every place where a waker may lie.
fn waits(core: &Core, seen: &[(TaskNumber, Seen)], jobs: &[JobSeen]) -> Vec<(Waiter, WaitFor)> {
    let recorder = core.recorder();
    let mut waits = Vec::new();
    let timers = core.timers.borrow();
    let mut armed: Vec<_> = timers.armed().collect();
    armed.sort_by_key(|(key, deadline, _)| (*deadline, key.armed()));
    for (key, deadline, waker) in armed {
        let timer = recorder.timer(key.armed());
        let at = duration(deadline);
        waits.push((Waiter::of(waker), WaitFor::Deadline { timer, at }));
    }
    let reactor = core.reactor.borrow();
    for (key, fd, direction, waker) in reactor.waiting() {
        let source = recorder.source(key.registered());
        let on = WaitFor::Source {
            source,
            fd,
            direction,
        };
        waits.push((Waiter::of(waker), on));
    }
    for (_, seen) in seen {
        if let Seen::Task(task) = seen
            && let Some(waiter) = task.awaited_by
        {
            waits.push((waiter, WaitFor::Task(task.id)));
        }
    }
    for job in jobs {
        if let Some(waiter) = job.awaited_by {
            let on = WaitFor::Job {
                job: job.id,
                spawned_at: job.spawned_at,
                state: job_state(job.stage),
            };
            waits.push((waiter, on));
        }
    }
    waits
}

fn job_state(stage: blocking::Stage) -> JobState {
    match stage {
        blocking::Stage::InLine => JobState::InLine,
        blocking::Stage::BehindLookups => JobState::BehindLookups,
        blocking::Stage::Queued => JobState::Queued,
        blocking::Stage::RunBy(worker) => JobState::Running(worker),
    }
}

fn job_dump(job: JobSeen) -> JobDump {
    JobDump {
        id: job.id,
        work: job.work,
        spawned_at: job.spawned_at,
        state: job_state(job.stage),
        is_awaited: job.awaited_by.is_some(),
    }
}

fn duration(deadline: Nanos) -> Option<Duration> {
    (deadline < FAR_FUTURE).then(|| Duration::from_nanos(deadline))
}

fn dumped(task: &TaskSeen, now: Nanos) -> TaskDump {
    let waits = task.polled.filter(|_| task.stage != Stage::Running);
    TaskDump {
        polls: task.polled.map(|polled| polled.polls),
        waited: waits.map(|polled| Duration::from_nanos(now.saturating_sub(polled.last))),
        id: task.id,
        name: task.name.clone(),
        context: task.context.as_ref().and_then(Context::shown),
        spawned_at: task.spawned_at,
        state: match task.stage {
            Stage::Waiting => TaskState::Waiting,
            Stage::Queued => TaskState::Queued,
            Stage::Running => TaskState::Running,
            Stage::Ended => TaskState::Ended,
        },
        aborted: task.aborted,
        waits: Vec::new(),
    }
}
