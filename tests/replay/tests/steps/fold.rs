//! What a recording says is so after each event, worked out apart from the page.

use std::collections::{BTreeMap, BTreeSet};

use buzzer::trace::{
    Cause, Direction, Event, Outcome, Phase, Record, Recording, SyncId, SyncStep, WaitsOn,
    WakeEffect,
};
use serde::Deserialize;

/// What the page shows, and what the fold expects it to show.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Shown {
    pub turn: u64,
    pub phase: i64,
    /// In order.
    pub queue: Vec<String>,
    pub polled: Vec<(String, Vec<String>)>,
    /// By task; with what each waits for, by name.
    pub sleeping: Vec<(String, Vec<String>)>,
    /// In order, with their deadlines.
    pub timers: Vec<(String, u64)>,
    /// With descriptor, interest, and readiness by direction: -1 is unknown.
    pub sources: Vec<(String, i32, [bool; 2], [i8; 2])>,
    pub workers: Vec<(u64, Option<String>)>,
    /// Locks and channels: what each is called, who holds how much, to whom it was handed,
    /// who stands in line, and whether it is closed.
    pub syncs: Vec<Sync>,
    /// Jobs without a worker, in order.
    pub jobs: Vec<String>,
    /// What was sent and not taken in, in order.
    pub inject: Vec<String>,
}

/// Asks the page for all that.
pub const SHOWN: &str = r"(() => {
  const all = (selector) => [...document.querySelectorAll(selector)].map((entry) => entry.dataset);
  const waits = (text) => text === '' ? [] : text.split(', ').sort();
  const phase = document.querySelector('#phases [aria-current]');
  const by = (a, b) => a[0] < b[0] ? -1 : 1;
  return {
    turn: Number(/turn ([\d,]+)/.exec(document.getElementById('position').textContent)?.[1].replace(/,/g, '') ?? 0),
    phase: phase ? Number(phase.dataset.phase) : -1,
    queue: all('#queue [data-task]').map((entry) => entry.task),
    polled: all('#polled [data-task]').map((entry) => [entry.task, waits(entry.waits)]),
    sleeping: all('#sleeping [data-task]').map((entry) => [entry.task, waits(entry.waits)]).sort(by),
    timers: all('#timers [data-timer]').map((entry) => [entry.timer, Number(entry.deadline)]),
    sources: all('#sources [data-source]').map((entry) => [entry.source, Number(entry.fd),
      entry.interest.split(' ').map((part) => part === '1'), entry.ready.split(' ').map(Number)]).sort(by),
    workers: all('#workers [data-worker]').map((entry) => [Number(entry.worker), entry.job || null]),
    syncs: all('#syncs [data-sync]').map((entry) => ({
      sync: Number(entry.sync), held: entry.held, handed: entry.handed,
      line: entry.line.split(' ').sort().join(' '), closed: entry.closed === 'true',
    })).sort((one, other) => one.sync - other.sync),
    jobs: all('#workers [data-queued]').map((entry) => entry.queued),
    inject: all('#inject [data-sent]').map((entry) => entry.sent),
  };
})()";

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Sync {
    sync: u32,
    /// `1:1 2:3` if task 1 has one permit and task 2 three.
    held: String,
    handed: String,
    line: String,
    closed: bool,
}

#[derive(Clone, Default)]
struct Lock {
    is_held: bool,
    held: Vec<(String, u32)>,
    handed: Vec<String>,
    closed: bool,
}

#[derive(Clone, Default)]
struct Source {
    fd: i32,
    interest: [bool; 2],
    ready: [i8; 2],
}

/// The states after each number of events: `states[0]` is before the first.
pub fn states(recording: &Recording) -> Vec<Shown> {
    let mut fold = Fold::default();
    for record in recording.before() {
        match &record.event {
            Event::Spawned { task, .. } => {
                fold.live.insert(task.to_string());
            }
            _ => fold.apply(record),
        }
    }
    let records = recording.records();
    let mut states = vec![fold.shown()];
    for (index, record) in records.iter().enumerate() {
        fold.take_in(index, records);
        fold.apply(record);
        states.push(fold.shown());
    }
    states
}

#[derive(Default)]
struct Fold {
    turn: u64,
    phase: Option<Phase>,
    queue: Vec<String>,
    polled: Option<String>,
    live: BTreeSet<String>,
    waits: BTreeSet<(String, String)>,
    timers: Vec<(String, u64)>,
    sources: BTreeMap<String, Source>,
    workers: BTreeMap<u64, Option<String>>,
    syncs: BTreeMap<u32, Lock>,
    jobs: Vec<String>,
    /// With the index of the record that takes it in.
    inject: Vec<(usize, String)>,
}

fn name_of(on: WaitsOn) -> String {
    match on {
        WaitsOn::Timer(timer) => format!("timer {timer}"),
        WaitsOn::Source(source, Direction::Read) => format!("read {source}"),
        WaitsOn::Source(source, Direction::Write) => format!("write {source}"),
        WaitsOn::Handle(task) => format!("handle {task}"),
        WaitsOn::Sync(sync) => format!("sync {sync}"),
    }
}

fn number(sync: &SyncId) -> u32 {
    sync.to_string().parse().unwrap()
}

/// What another thread or a job has sent.
fn sent(record: &Record) -> Option<(Cause, String)> {
    let (cause, what) = match &record.event {
        Event::Woken { task, cause, .. } => (*cause, format!("wake {task}")),
        Event::Spawned { task, by, .. } => (*by, format!("spawn {task}")),
        Event::Aborted { task, by, .. } => (*by, format!("abort {task}")),
        _ => return None,
    };
    matches!(cause, Cause::Job(_) | Cause::Thread(_)).then_some((cause, what))
}

impl Fold {
    /// The inject queue at the event of that index.
    fn take_in(&mut self, index: usize, records: &[Record]) {
        self.inject.retain(|(at, _)| *at != index);
        let done = match records[index].event {
            Event::Phase(Phase::Inject) => None,
            Event::JobFinished { job, .. } => Some(job),
            _ => return,
        };
        let mut taking_in = done.is_none() || self.phase == Some(Phase::Inject);
        for (at, record) in records.iter().enumerate().skip(index + 1) {
            if let Event::Phase(_) | Event::Turn { .. } = record.event {
                if done.is_none() {
                    break;
                }
                taking_in = matches!(record.event, Event::Phase(Phase::Inject));
            }
            let Some((cause, what)) = sent(record) else {
                continue;
            };
            let of_this = done.is_none_or(|job| cause == Cause::Job(job));
            if taking_in && of_this && !self.inject.iter().any(|(held, _)| *held == at) {
                self.inject.push((at, what));
            }
        }
    }

    fn end_wait(&mut self, name: &str) {
        self.waits.retain(|(_, on)| on != name);
    }

    fn enqueue(&mut self, task: String) {
        self.live.insert(task.clone());
        self.queue.retain(|queued| *queued != task);
        self.queue.push(task);
    }

    fn mark(&mut self, source: String, direction: Direction, ready: i8) {
        if let Some(source) = self.sources.get_mut(&source) {
            source.ready[direction as usize] = ready;
        }
    }

    fn apply(&mut self, record: &Record) {
        match &record.event {
            Event::Turn { number } => (self.turn, self.phase) = (*number, None),
            Event::Phase(phase) => self.phase = Some(*phase),
            Event::MainStarted { .. } => self.enqueue("0".to_owned()),
            Event::Spawned { task, .. } => self.enqueue(task.to_string()),
            Event::PollBegan { task } => {
                let task = task.to_string();
                self.queue.retain(|queued| *queued != task);
                self.live.insert(task.clone());
                self.polled = Some(task);
            }
            Event::PollEnded {
                task,
                outcome,
                requeued,
            } => {
                let task = task.to_string();
                self.polled = None;
                if *outcome == Outcome::Pending {
                    if *requeued {
                        self.enqueue(task);
                    }
                    return;
                }
                self.queue.retain(|queued| *queued != task);
                self.live.remove(&task);
                self.waits.retain(|(waiting, _)| *waiting != task);
                self.end_wait(&format!("handle {task}"));
                if task == "0" {
                    self.phase = None;
                }
            }
            Event::Woken {
                task,
                effect: WakeEffect::Queued,
                ..
            }
            | Event::Aborted {
                task, queued: true, ..
            } => self.enqueue(task.to_string()),
            Event::Waits { task, on } => {
                self.waits.insert((task.to_string(), name_of(*on)));
            }
            Event::WaitDropped { on } => {
                // Of several that wait for it, it is the one that is polled.
                let on = name_of(*on);
                let polled = self.polled.clone().map(|task| (task, on.clone()));
                if !polled.is_some_and(|wait| self.waits.remove(&wait)) {
                    self.end_wait(&on);
                }
                // It was on its way to one who has given up.
                let sync = on.strip_prefix("sync ").map(|sync| sync.parse().unwrap());
                if let (Some(sync), Some(task)) = (sync, &self.polled)
                    && let Some(lock) = self.syncs.get_mut(&sync)
                {
                    lock.handed.retain(|other| other != task);
                }
            }
            Event::SyncMet { sync, kind, .. } => {
                let is_held = ["Mutex", "RwLock", "Semaphore", "OnceCell"].contains(&kind.name());
                let lock = Lock {
                    is_held,
                    ..Lock::default()
                };
                self.syncs.insert(number(sync), lock);
            }
            Event::SyncStepped { sync, step, .. } => {
                let name = format!("sync {sync}");
                let lock = self.syncs.get_mut(&number(sync)).unwrap();
                match step {
                    SyncStep::Taken(permits) => {
                        let task = self.polled.clone().unwrap();
                        lock.handed.retain(|other| *other != task);
                        lock.held.push((task, *permits));
                    }
                    SyncStep::Given { of, permits } => {
                        let mut left = *permits;
                        for (_, has) in lock.held.iter_mut().filter(|(h, _)| *h == of.to_string()) {
                            let given = left.min(*has);
                            *has -= given;
                            left -= given;
                        }
                        lock.held.retain(|(_, has)| *has > 0);
                    }
                    SyncStep::Handed { to } => {
                        if lock.is_held {
                            lock.handed.push(to.to_string());
                        }
                        self.waits.remove(&(to.to_string(), name));
                    }
                    SyncStep::ToldAll => self.end_wait(&name),
                    SyncStep::Closed => {
                        lock.closed = true;
                        self.end_wait(&name);
                    }
                }
            }
            Event::SyncGone { sync } => {
                self.syncs.remove(&number(sync));
                self.end_wait(&format!("sync {sync}"));
            }
            Event::SourceRegistered {
                source,
                fd,
                read,
                write,
            } => {
                let known = Source {
                    fd: *fd,
                    interest: [*read, *write],
                    ready: [-1, -1],
                };
                self.sources.insert(source.to_string(), known);
            }
            Event::SourceReady { source, direction } => {
                self.mark(source.to_string(), *direction, 1);
                self.end_wait(&name_of(WaitsOn::Source(*source, *direction)));
            }
            Event::SourceCleared { source, direction } => {
                self.mark(source.to_string(), *direction, 0);
            }
            Event::SourceClosed { source } => {
                self.sources.remove(&source.to_string());
                for direction in [Direction::Read, Direction::Write] {
                    self.end_wait(&name_of(WaitsOn::Source(*source, direction)));
                }
            }
            Event::TimerArmed {
                timer, deadline, ..
            } => self.timers.push((timer.to_string(), *deadline)),
            Event::TimerFired { timer } | Event::TimerDropped { timer } => {
                self.timers.retain(|(armed, _)| *armed != timer.to_string());
                self.end_wait(&format!("timer {timer}"));
            }
            Event::JobQueued { job, .. } => self.jobs.push(job.to_string()),
            Event::JobStarted { job, worker } => {
                self.jobs.retain(|queued| *queued != job.to_string());
                self.workers.insert(*worker, Some(job.to_string()));
            }
            Event::JobFinished { job, worker, .. } => {
                self.jobs.retain(|queued| *queued != job.to_string());
                self.workers.insert(*worker, None);
                self.end_wait(&format!("handle {job}"));
            }
            Event::JobCancelled { job } => {
                self.jobs.retain(|queued| *queued != job.to_string());
                self.end_wait(&format!("handle {job}"));
            }
            _ => {}
        }
    }

    fn waits_of(&self, task: &str) -> Vec<String> {
        let waits = self.waits.iter().filter(|(waiting, _)| waiting == task);
        waits.map(|(_, on)| on.clone()).collect()
    }

    fn sync(&self, sync: u32, lock: &Lock) -> Sync {
        let held = lock
            .held
            .iter()
            .map(|(task, permits)| format!("{task}:{permits}"));
        let on = format!("sync {sync}");
        let mut line: Vec<_> = self.waits.iter().filter(|(_, wait)| *wait == on).collect();
        line.sort();
        let line = line.into_iter().map(|(task, _)| task.clone());
        Sync {
            sync,
            held: held.collect::<Vec<_>>().join(" "),
            handed: lock.handed.join(" "),
            line: line.collect::<Vec<_>>().join(" "),
            closed: lock.closed,
        }
    }

    fn shown(&self) -> Shown {
        let with_waits = |task: &String| (task.clone(), self.waits_of(task));
        let sleeping = self
            .live
            .iter()
            .filter(|task| !self.queue.contains(task) && self.polled.as_ref() != Some(task));
        let mut timers = self.timers.clone();
        // Armed first is due first, if both are due at once.
        timers.sort_by_key(|(_, deadline)| *deadline);
        let sources = self
            .sources
            .iter()
            .map(|(name, source)| (name.clone(), source.fd, source.interest, source.ready));
        Shown {
            turn: self.turn,
            phase: self.phase.map_or(-1, |phase| phase as i64),
            queue: self.queue.clone(),
            polled: self.polled.iter().map(with_waits).collect(),
            sleeping: sleeping.map(with_waits).collect(),
            timers,
            sources: sources.collect(),
            workers: self.workers.clone().into_iter().collect(),
            syncs: self
                .syncs
                .iter()
                .map(|(sync, lock)| self.sync(*sync, lock))
                .collect(),
            jobs: self.jobs.clone(),
            inject: self.inject.iter().map(|(_, what)| what.clone()).collect(),
        }
    }
}
