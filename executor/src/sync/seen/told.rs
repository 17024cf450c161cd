//! What the recorder is told of locks and channels.
//!
//! Owns the making of their events, in the recording of the runtime that this thread is in;
//! what is done elsewhere is not told. Of a channel it tells who had to wait and to whom was
//! handed something, and not each value: those that nobody waits for may be millions.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::{By, Holder, Kind, Seen, Waiting, Want};
use crate::machine::context;
use crate::machine::core::Core;
use crate::record::event::{Event, SyncStep, WaitsOn};
use crate::record::ids::{Id, SyncId};
use crate::record::origin;

/// The runtime that this thread is in.
pub(super) struct Here(Option<Rc<Core>>);

impl Here {
    pub(super) fn now() -> Self {
        Self(context::try_with(Rc::clone))
    }

    /// Whose code runs, if it is a task's.
    pub(super) fn by(&self) -> Option<By> {
        let core = self.0.as_ref()?;
        let running = core.scheduler.running();
        Some(By {
            runtime: core.scheduler.id(),
            task: running.unwrap_or_else(|| core.recorder().main()),
            at: core.clock.now(),
        })
    }

    /// Whose code runs.
    pub(super) fn holder(&self) -> Holder {
        let job = || origin::job().map_or(Holder::Thread, Holder::Job);
        self.by().map_or_else(job, Holder::Task)
    }

    /// If it is recorded.
    fn recorded(&self) -> Option<&Core> {
        self.0.as_deref().filter(|core| core.recorder().is_on())
    }
}

impl Seen {
    /// What it is called in the recording of `core`, if that tells of it.
    fn known_as(&self, core: &Core) -> Option<SyncId> {
        let here = core.scheduler.id();
        let known = self.told_as.iter().find(|(runtime, _)| *runtime == here);
        known.map(|(_, sync)| *sync)
    }

    /// As [`known_as`](Self::known_as); it tells of it from here on.
    fn met(&mut self, core: &Core) -> SyncId {
        self.known_as(core).unwrap_or_else(|| {
            let sync = core.recorder().next_sync();
            core.recorder().record(Event::SyncMet {
                sync,
                kind: self.kind,
                at: self.made_at,
                name: self.name.clone(),
            });
            self.told_as.push((core.scheduler.id(), sync));
            sync
        })
    }

    fn step(&mut self, core: &Core, step: SyncStep) {
        let sync = self.met(core);
        core.recorder().record(Event::SyncStepped { sync, step });
    }

    pub(super) fn tell_taken(&mut self, here: &Here, count: usize) {
        if let Some(core) = here.recorded() {
            self.step(core, SyncStep::Taken(few(count)));
        }
    }

    pub(super) fn tell_given(&mut self, here: &Here, holder: Holder, count: usize) {
        if let Some(core) = here.recorded()
            && let Holder::Task(holder) = holder
            && holder.runtime == core.scheduler.id()
        {
            let (of, permits) = (holder.task, few(count));
            self.step(core, SyncStep::Given { of, permits });
        }
    }

    /// Of who waits for the other end to go, nothing is told: that end is not known by the
    /// same number.
    pub(super) fn tell_waits(&mut self, here: &Here, want: Want) {
        if let Some(core) = here.recorded()
            && want != Want::Closed
        {
            let on = WaitsOn::Sync(self.met(core));
            core.recorder().waits(on);
        }
    }

    pub(super) fn tell_given_up(&mut self, here: &Here, waiting: Waiting) {
        if let Some(core) = here.recorded()
            && waiting.want != Want::Closed
            && let Some(by) = waiting.by.filter(|by| by.runtime == core.scheduler.id())
            && let Some(sync) = self.known_as(core)
        {
            core.recorder().wait_dropped(WaitsOn::Sync(sync));
            // That is taken for the wait of the task that runs, or else for those of all.
            let is_own = here.by().is_some_and(|running| running.task == by.task);
            self.tell_who_still_waits(core, sync, |task| !is_own || task == by.task);
        }
    }

    pub(super) fn tell_handed(&mut self, here: &Here, to: Option<By>) {
        if let Some(core) = here.recorded()
            && let Some(to) = to.filter(|to| to.runtime == core.scheduler.id())
        {
            let sync = self.met(core);
            let step = SyncStep::Handed { to: to.task };
            core.recorder().record(Event::SyncStepped { sync, step });
            self.tell_who_still_waits(core, sync, |task| task == to.task);
        }
    }

    /// A task may wait at several places of one line, and a recording knows one: what ends
    /// that is followed by who goes on to wait.
    fn tell_who_still_waits(&self, core: &Core, sync: SyncId, who: impl Fn(Id) -> bool) {
        let waits = self.waits.values();
        let waits = waits.filter(|waiting| waiting.want != Want::Closed);
        let by = waits.filter_map(|waiting| waiting.by);
        let here = by.filter(|by| by.runtime == core.scheduler.id());
        let tasks: BTreeSet<_> = here.map(|by| by.task).filter(|task| who(*task)).collect();
        let on = WaitsOn::Sync(sync);
        for task in tasks {
            core.recorder().record(Event::Waits { task, on });
        }
    }

    /// Only if somebody waits whom this recording knows.
    pub(super) fn tell_all(&mut self, here: &Here) {
        if let Some(core) = here.recorded() {
            let (known, here) = (self.known_as(core), core.scheduler.id());
            let mut waiting = self.waits.values();
            let is_waited_for = waiting.any(|waiting| {
                waiting.want != Want::Closed && waiting.by.is_some_and(|by| by.runtime == here)
            });
            if known.is_some() && is_waited_for {
                self.step(core, SyncStep::ToldAll);
            }
        }
    }

    /// Only of one that was told of before, and once.
    pub(super) fn tell_closed(&mut self, here: &Here) {
        if self.kind == Kind::OnceCell {
            return self.tell_all(here);
        }
        if let Some(core) = here.recorded()
            && self.known_as(core).is_some()
            && !std::mem::replace(&mut self.is_told_closed, true)
        {
            self.step(core, SyncStep::Closed);
        }
    }

    pub(super) fn tell_gone(&self) {
        if self.told_as.is_empty() {
            return;
        }
        if let Some(core) = Here::now().recorded()
            && let Some(sync) = self.known_as(core)
        {
            core.recorder().record(Event::SyncGone { sync });
        }
    }
}

/// Permits as an event has them.
fn few(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
