//! What each task waits for.
//!
//! Owns the waits that have been found and have not come, nor been dropped.

use std::collections::HashMap;

use crate::ids::Id;
use crate::record::event::{Cause, Event, Outcome, WaitsOn};

#[derive(Default)]
pub(super) struct Waits(HashMap<Id, Vec<WaitsOn>>);

impl Waits {
    /// Takes in the next event; `polled` is whose poll it happens in.
    pub(super) fn follow(&mut self, event: &Event, polled: Option<Id>) {
        match event {
            Event::Waits { task, on } => {
                let waits = self.0.entry(*task).or_default();
                // It may be polled before what it waits for comes.
                if !waits.contains(on) {
                    waits.push(*on);
                }
            }
            Event::WaitDropped { on } => match polled {
                Some(task) => self.remove(task, *on),
                None => self
                    .0
                    .values_mut()
                    .for_each(|waits| waits.retain(|it| it != on)),
            },
            Event::Woken { task, cause, .. } => match cause {
                Cause::Timer(timer) => self.remove(*task, WaitsOn::Timer(*timer)),
                Cause::Source(source, direction) => {
                    self.remove(*task, WaitsOn::Source(*source, *direction));
                }
                // In the midst of its poll it wakes for another reason than its end.
                Cause::Task(ended) if polled != Some(*ended) => {
                    self.remove(*task, WaitsOn::Handle(*ended));
                }
                Cause::Job(job) => self.remove(*task, WaitsOn::Handle(*job)),
                Cause::Task(_) | Cause::Thread(_) | Cause::Outside => {}
            },
            Event::PollEnded { task, outcome, .. } if *outcome != Outcome::Pending => {
                self.0.remove(task);
            }
            _ => {}
        }
    }

    fn remove(&mut self, task: Id, on: WaitsOn) {
        if let Some(waits) = self.0.get_mut(&task) {
            waits.retain(|waits| *waits != on);
        }
    }

    pub(super) fn of(&self, task: Id) -> &[WaitsOn] {
        self.0.get(&task).map_or(&[], Vec::as_slice)
    }
}
