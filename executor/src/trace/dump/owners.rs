//! From a waker back to the task that it is of.
//!
//! Owns [`Owners`]. The dump and the watchdog ask it.

use std::collections::HashMap;

use crate::machine::scheduler::inspect::Seen;
use crate::machine::scheduler::number::TaskNumber;
use crate::machine::scheduler::waker::Waiter;
use crate::record::ids::Id;

/// Gathers nest seldom more than twice; a chain longer than this is broken off.
const DEEPEST: usize = 64;

/// The table's slots, by what a waker says.
pub(crate) struct Owners<'a>(HashMap<TaskNumber, &'a Seen>, HashMap<usize, &'a Seen>);

impl<'a> Owners<'a> {
    pub(crate) fn of(seen: &'a [(TaskNumber, Seen)]) -> Self {
        let by_number = seen.iter().map(|(number, seen)| (*number, seen));
        let by_slot = seen.iter().map(|(number, seen)| (number.index(), seen));
        Self(by_number.collect(), by_slot.collect())
    }

    /// The task that a waker leads to, through the groups whose child it is of; and the
    /// position in the outermost of them, which is the one that the task's own code
    /// shows.
    pub(crate) fn task(&self, waiter: Waiter) -> Option<(Id, Option<usize>)> {
        let (mut waiter, mut child) = (waiter, None);
        for _ in 0..DEEPEST {
            let Waiter::Task(number) = waiter else {
                return None;
            };
            match self.0.get(&number)? {
                Seen::Task(task) => return Some((task.id, child)),
                Seen::Child {
                    group, position, ..
                } => {
                    let Seen::Group { parent } = self.1.get(group)? else {
                        return None;
                    };
                    (waiter, child) = ((*parent)?, Some(*position));
                }
                Seen::Group { .. } => return None,
            }
        }
        None
    }
}
