//! Locks and channels, as a dump knows them.
//!
//! Owns [`SyncDump`], how it is read out of the table of `sync/seen/mod.rs`, and its words.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Display;
use std::mem::{Discriminant, discriminant};
use std::num::NonZero;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::{Dump, TaskDump, WaitFor};
use crate::machine::core::Core;
use crate::machine::scheduler::waker::Waiter;
use crate::record::ids::Id;
use crate::record::time::Nanos;
use crate::sync::seen::{self, By, Holder, Kind, Seen, Want};
use crate::trace::names::{Span, site};

/// One lock, channel or bell of [`sync`](crate::sync) that somebody waits for.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
/// use std::time::Duration;
/// use buzzer::runtime::Builder;
/// use buzzer::sync::{self, Mutex};
///
/// let runtime = Builder::new_current_thread().dump_waits(true).build()?;
/// let till = Rc::new(sync::named("till", Mutex::new(0)));
/// let tasks = [till.clone(), till].map(|till| {
///     runtime.spawn(async move {
///         let _locked = till.lock().await;
///         std::future::pending::<()>().await;
///     })
/// });
/// runtime.turn(Some(Duration::ZERO))?;
/// let dump = runtime.dump();
/// let till = dump.syncs().next().unwrap();
/// assert_eq!((till.kind(), till.name()), ("Mutex", Some("till")));
/// assert_eq!(till.holders()[0].task, Some(tasks[0].id()));
/// assert!(till.made_at().is_some() && dump.sync(till.id()).is_some());
/// assert!(till.last_sender().is_none() && till.last_receiver().is_none()); // Of channels.
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct SyncDump {
    id: u64,
    kind: Kind,
    bound: Option<NonZero<usize>>,
    made_at: Option<&'static Location<'static>>,
    name: Option<Arc<String>>,
    holders: Vec<SyncHolder>,
    sender: Option<Id>,
    receiver: Option<Id>,
    /// Whether anybody was seen to ask for a value, in any runtime.
    has_received: bool,
}

/// Who has locked, or has taken permits. Without a task and a job it is somebody outside of
/// this runtime. See [`SyncDump`].
///
/// Whoever takes a guard or a permit holds it, until it is given back: that it was moved to
/// another task is not known. Of several who hold permits of one semaphore, or read, one that
/// gives back what it has not taken counts as the oldest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SyncHolder {
    /// Which task of this runtime.
    pub task: Option<Id>,
    /// Which blocking job of this runtime.
    pub job: Option<Id>,
    /// How many permits it has; one for a lock.
    pub permits: usize,
    /// For how long the task has had them, by the clock of the runtime. `None` for others,
    /// and for a task that has not taken yet what was handed over to it: it has not been
    /// polled since, or not the future that has waited for it.
    pub held: Option<Duration>,
}

/// Who can end a wait.
#[derive(Clone, Copy)]
pub(super) enum Behind {
    Holds(SyncHolder),
    /// The last at the other end of a channel, and what it did.
    Last {
        task: Id,
        did: &'static str,
    },
}

impl Behind {
    pub(super) fn task(&self) -> Option<Id> {
        match self {
            Self::Holds(holder) => holder.task,
            Self::Last { task, .. } => Some(*task),
        }
    }
}

/// What is wanted of a lock, channel or bell. See [`SyncDump`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SyncWant {
    /// To have it, or so many permits of it; of a channel: room for so many values.
    Permits(usize),
    /// To be told; of a channel: a value.
    Told,
    /// That the other end of the channel is gone.
    Closed,
}

impl SyncDump {
    /// A number of its own, in the process.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The name of its type: `Mutex`, `mpsc channel`.
    pub fn kind(&self) -> &'static str {
        self.kind.name()
    }

    /// The name that [`sync::named`](crate::sync::named) gave it.
    pub fn name(&self) -> Option<&str> {
        self.name.as_ref().map(|name| name.as_str())
    }

    /// Where in the program it was made; `None` if it lies in a `static`.
    pub fn made_at(&self) -> Option<&'static Location<'static>> {
        self.made_at
    }

    /// Who has locked it or has permits of it, the oldest first.
    pub fn holders(&self) -> &[SyncHolder] {
        &self.holders
    }

    /// The task of this runtime that has sent last.
    pub fn last_sender(&self) -> Option<Id> {
        self.sender
    }

    /// The task of this runtime that has asked for a value last.
    pub fn last_receiver(&self) -> Option<Id> {
        self.receiver
    }

    fn of(core: &Core, id: u64, seen: Seen) -> Self {
        let here = core.scheduler.id();
        let task = |by: By| (by.runtime == here).then_some(by.task);
        let now = core.clock.now();
        let holders = seen.held.into_iter().map(|(holder, permits)| {
            let mut known = SyncHolder {
                task: None,
                job: None,
                permits,
                held: None,
            };
            match holder {
                Holder::Task(by) => {
                    known.task = task(by);
                    let since = Duration::from_nanos(now.saturating_sub(by.at));
                    known.held = known.task.map(|_| since);
                }
                Holder::Job(id) => known.job = Some(id).filter(|id| id.runtime() == here.number()),
                Holder::Thread => {}
            }
            known
        });
        let handed = seen.handed.into_values().map(|(by, permits)| SyncHolder {
            task: task(by),
            job: None,
            permits,
            held: None,
        });
        Self {
            id,
            kind: seen.kind,
            bound: seen.bound,
            made_at: seen.made_at,
            name: seen.name,
            holders: holders.chain(handed).collect(),
            has_received: seen.receiver.is_some(),
            sender: seen.sender.and_then(task),
            receiver: seen.receiver.and_then(task),
        }
    }

    /// Those who can end a wait for it, as far as that is known.
    pub(super) fn behind(&self, want: SyncWant) -> Vec<Behind> {
        let last = |task: Option<Id>, did| {
            let last = task.map(|task| Behind::Last { task, did });
            last.into_iter().collect()
        };
        match (self.kind, want) {
            (Kind::Mpsc, SyncWant::Permits(_)) => last(self.receiver, "received from"),
            (Kind::Mpsc, SyncWant::Told) => last(self.sender, "sent to"),
            (_, SyncWant::Permits(_)) => {
                let holders = self.holders.iter().copied();
                holders.map(Behind::Holds).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What one of them did, and before whose name that stands.
    pub(super) fn did(&self, behind: Behind) -> String {
        let holder = match behind {
            Behind::Last { did, .. } => return format!("{did} last by "),
            Behind::Holds(holder) => holder,
        };
        let permits = match self.kind {
            Kind::Semaphore => format!("{} ", counted(holder.permits, "permit")),
            _ => String::new(),
        };
        match (holder.task, holder.job, holder.held) {
            (Some(_), _, Some(held)) => {
                let held = Span(held.as_nanos() as Nanos);
                format!("{permits}held for {held} by ")
            }
            (Some(_), _, None) => format!("{permits}handed over to "),
            (None, Some(_), _) => format!("{permits}held by "),
            (None, None, _) => format!("{permits}held outside this runtime"),
        }
    }

    /// What is waited for: `the Mutex made at src/main.rs:3:15`.
    pub(super) fn wanted(&self, want: SyncWant) -> impl Display {
        let made = match self.made_at {
            Some(at) => format!("made at {}", site(at)),
            None => "of a static".to_owned(),
        };
        let made = match self.name() {
            Some(name) => format!("'{}' {made}", name.escape_debug()),
            None => made,
        };
        let name = match self.bound {
            Some(bound) => {
                let places = counted(bound.get(), "place");
                format!("{} of {places} {made}", self.kind())
            }
            None => format!("{} {made}", self.kind()),
        };
        match (self.kind, want) {
            (_, SyncWant::Closed) => format!("the other end of the {name} to go"),
            (Kind::RwLock, SyncWant::Permits(1)) => format!("a reader's turn at the {name}"),
            (Kind::RwLock, _) => format!("a writer's turn at the {name}"),
            (Kind::Semaphore, SyncWant::Permits(count)) => {
                format!("{} of the {name}", counted(count, "permit"))
            }
            // Who has the receiver shows when he asks.
            (Kind::Mpsc, SyncWant::Permits(_)) if !self.has_received => {
                format!("room in the {name}, which is full, and from which nobody has received")
            }
            (Kind::Mpsc, SyncWant::Permits(_)) => format!("room in the {name}, which is full"),
            (Kind::Mpsc | Kind::Oneshot | Kind::Broadcast, _) => {
                format!("a value of the {name}")
            }
            (Kind::Watch, _) => format!("a change in the {name}"),
            (Kind::Barrier, _) => format!("the others at the {name}"),
            _ => format!("the {name}"),
        }
    }
}

/// Whom tasks wait for. What stands behind a lock or channel is told once, for its waiters
/// and its holders may both be many.
pub(super) struct Ahead<'a> {
    dump: &'a Dump,
    told: HashSet<(u64, Discriminant<SyncWant>)>,
}

impl<'a> Ahead<'a> {
    pub(super) fn new(dump: &'a Dump) -> Self {
        let told = HashSet::new();
        Self { dump, told }
    }

    /// The tasks that this one waits for, as far as that is known and was not told before:
    /// those themselves, and those that can end its wait for a lock or channel.
    pub(super) fn of(&mut self, task: &TaskDump) -> Vec<Id> {
        let mut ahead = Vec::new();
        for wait in &task.waits {
            match wait.on {
                WaitFor::Task(id) => ahead.push(id),
                WaitFor::Sync { sync, want } if self.told.insert((sync, discriminant(&want))) => {
                    let behind = self.dump.sync(sync).map(|sync| sync.behind(want));
                    ahead.extend(behind.iter().flatten().filter_map(Behind::task));
                }
                _ => {}
            }
        }
        ahead
    }
}

fn counted(count: usize, of: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {of}{s}")
}

/// All that tasks of this runtime wait for, and who they are.
pub(super) fn waited_for(core: &Core) -> (BTreeMap<u64, SyncDump>, Vec<(Waiter, WaitFor)>) {
    let (mut syncs, mut waits) = (BTreeMap::new(), Vec::new());
    for (id, seen) in seen::waited_for() {
        let before = waits.len();
        for waiting in seen.waits.values() {
            let (waiter, want) = (waiting.waiter, waiting.want);
            let is_here = |waiter| match waiter {
                Waiter::Task(number) => number.runtime() == core.scheduler.runtime(),
                Waiter::Foreign => false,
            };
            if is_here(waiter) {
                let want = match want {
                    Want::Permits(count) => SyncWant::Permits(count),
                    Want::Told => SyncWant::Told,
                    Want::Closed => SyncWant::Closed,
                };
                waits.push((waiter, WaitFor::Sync { sync: id, want }));
            }
        }
        if waits.len() > before {
            syncs.insert(id, SyncDump::of(core, id, seen));
        }
    }
    (syncs, waits)
}
