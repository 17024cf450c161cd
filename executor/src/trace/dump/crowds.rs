//! Tasks in their hundreds, as the dump tells them.
//!
//! Owns the summary of those that are too many to be printed one by one, and the words for
//! what a task does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Formatter};

use super::{TaskDump, TaskState, WaitFor};
use crate::record::ids::Direction;
use crate::trace::names::{Count, site};

/// What a task does, in the place of what it waits for.
pub(super) fn state(state: TaskState) -> &'static str {
    match state {
        TaskState::Waiting => "waits for",
        TaskState::Queued => "in the run queue",
        TaskState::Running => "is being polled",
        TaskState::Ended => "has ended; nobody has taken its output",
    }
}

/// The tasks that are too many to be printed: by where they were spawned and what they
/// do, the largest crowd first.
pub(super) fn summary(f: &mut Formatter<'_>, rest: &[&TaskDump]) -> fmt::Result {
    let mut crowds: BTreeMap<(Option<String>, String), u64> = BTreeMap::new();
    for task in rest {
        let at = task.spawned_at.map(|at| site(at).to_string());
        *crowds.entry((at, doing(task))).or_default() += 1;
    }
    if rest.is_empty() {
        return Ok(());
    }
    write!(f, "\n\nand {} more:", Count(rest.len() as u64))?;
    let mut crowds: Vec<_> = crowds.into_iter().collect();
    crowds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for ((at, doing), count) in crowds {
        let at = at.unwrap_or_else(|| "an unknown place".to_owned());
        write!(f, "\n- {} of {at}: {doing}", Count(count))?;
    }
    Ok(())
}

/// What a task does, without the particulars.
fn doing(task: &TaskDump) -> String {
    if task.state != TaskState::Waiting {
        return state(task.state).to_owned();
    }
    let kinds: BTreeSet<_> = task.waits.iter().map(|wait| kind(&wait.on)).collect();
    let kinds: Vec<_> = kinds.into_iter().collect();
    format!("wait for {}", kinds.join(" and "))
}

fn kind(on: &WaitFor) -> &'static str {
    match on {
        WaitFor::Deadline { .. } => "a deadline",
        WaitFor::Source {
            direction: Direction::Read,
            ..
        } => "a descriptor to become readable",
        WaitFor::Source {
            direction: Direction::Write,
            ..
        } => "a descriptor to become writable",
        WaitFor::Task(_) => "a task",
        WaitFor::Job { .. } => "a job",
        WaitFor::Sync { .. } => "a lock or channel",
        WaitFor::Outside => "something outside the runtime",
    }
}
