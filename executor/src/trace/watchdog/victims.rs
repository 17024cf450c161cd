//! Who had to wait for a poll that held the loop.
//!
//! Owns the look for them, at the poll's end: whoever could run now and does not.

use std::time::Duration;

use super::{Kept, Victim};
use crate::context::Core;
use crate::ids::Id;
use crate::record::watch::{About, Watch};
use crate::scheduler::inspect::{Seen, Stage};
use crate::scheduler::waker::Waiter;
use crate::trace::dump::Owners;

/// Everyone who could have gone on during a poll of `slow` that took `held`. Sources
/// are ready if the reactor has just been asked.
pub(crate) fn of(core: &Core, watch: &Watch, slow: Id, held: Duration) -> Vec<Victim> {
    let seen = core.scheduler.seen(core.main_at.get().is_some());
    let owners = Owners::of(&seen);
    let mut victims = Vec::new();
    let mut add = |task: Option<Id>, by: Kept, waited: Duration| {
        let unknown = About {
            name: None,
            at: None,
        };
        let about = task.and_then(|task| watch.about(task)).unwrap_or(unknown);
        victims.push(Victim {
            task,
            about,
            by,
            waited,
        });
    };
    for (_, seen) in &seen {
        if let Seen::Task(task) = seen
            && task.stage == Stage::Queued
            && task.id != slow
        {
            add(Some(task.id), Kept::InRunQueue, held);
        }
    }
    let recorder = core.recorder();
    let owner = |waiter| Some(owners.task(waiter)?.0);
    let now = core.clock.now();
    let timers = core.timers.borrow();
    let mut due: Vec<_> = timers.armed().filter(|(_, at, _)| *at <= now).collect();
    due.sort_by_key(|(key, at, _)| (*at, key.armed()));
    for (key, at, waker) in due {
        let late = Duration::from_nanos(now - at);
        let timer = recorder.timer(key.armed());
        add(owner(Waiter::of(waker)), Kept::AtTimer(timer), late);
    }
    core.reactor.borrow().ready(|key, direction, waker| {
        let source = recorder.source(key.registered());
        add(
            owner(Waiter::of(waker)),
            Kept::AtSource(source, direction),
            held,
        );
    });
    for sent in core.inject.sent() {
        let task = sent.and_then(|number| owner(Waiter::Task(number)));
        add(task, Kept::InInjectQueue, held);
    }
    victims
}
