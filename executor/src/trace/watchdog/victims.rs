//! Who had to wait for a poll that held the loop.
//!
//! Owns the look for them, at the poll's end: whoever could run now and does not.

use std::collections::HashSet;
use std::time::Duration;

use super::{Kept, Victim};
use crate::machine::core::Core;
use crate::machine::scheduler::inspect::{Seen, Stage};
use crate::machine::scheduler::waker::Waiter;
use crate::record::ids::Id;
use crate::record::watch::Watch;
use crate::trace::dump::Owners;

/// Everyone who could have gone on during a poll of `slow` that took `held`. Sources
/// are ready if the reactor has just been asked.
pub(crate) fn of(core: &Core, watch: &Watch, slow: Id, held: Duration) -> Vec<Victim> {
    let seen = core.scheduler.seen(core.main_at.get().is_some());
    let mut victims = Victims {
        watch,
        slow,
        owners: Owners::of(&seen),
        found: Vec::new(),
    };
    for (_, seen) in &seen {
        if let Seen::Task(task) = seen
            && task.stage == Stage::Queued
        {
            victims.add(Some(task.id), Kept::InRunQueue, held);
        }
    }
    let recorder = core.recorder();
    let now = core.clock.now();
    let timers = core.timers.borrow();
    let mut due: Vec<_> = timers.armed().filter(|(_, at, _)| *at <= now).collect();
    due.sort_by_key(|(key, at, _)| (*at, key.armed()));
    for (key, at, waker) in due {
        let late = Duration::from_nanos(now - at);
        let timer = recorder.timer(key.armed());
        victims.woken(Waiter::of(waker), Kept::AtTimer(timer), late);
    }
    core.reactor.borrow().ready(|key, direction, waker| {
        let source = recorder.source(key.registered());
        let kept = Kept::AtSource(source, direction);
        victims.woken(Waiter::of(waker), kept, held);
    });
    let mut woken = HashSet::new();
    for sent in core.inject.sent() {
        match sent {
            // It may have been woken by many.
            Some(number) if !woken.insert(number) => {}
            Some(number) => victims.woken(Waiter::Task(number), Kept::InInjectQueue, held),
            None => victims.add(None, Kept::InInjectQueue, held),
        }
    }
    victims.found
}

struct Victims<'a> {
    watch: &'a Watch,
    slow: Id,
    owners: Owners<'a>,
    found: Vec<Victim>,
}

impl Victims<'_> {
    /// Whoever a waker leads to. That of a task that has ended leads to nobody.
    fn woken(&mut self, waiter: Waiter, kept: Kept, waited: Duration) {
        match self.owners.task(waiter) {
            Some((task, _)) => self.add(Some(task), kept, waited),
            None if waiter == Waiter::Foreign => self.add(None, kept, waited),
            None => {}
        }
    }

    /// Nobody is the victim of his own poll.
    fn add(&mut self, task: Option<Id>, by: Kept, waited: Duration) {
        if task == Some(self.slow) {
            return;
        }
        let about = task.and_then(|task| self.watch.about(task));
        self.found.push(Victim {
            task,
            about: about.unwrap_or_default(),
            by,
            waited,
        });
    }
}
