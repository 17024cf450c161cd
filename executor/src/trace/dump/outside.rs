//! The words for what a task waits for outside the runtime.
//!
//! Owns what kinds of things that may be, and what to do next. Which of them it is, or
//! whether anybody has the task's waker still, is not known here: a waker is a number,
//! which is copied and forgotten without a count. To count them, each clone and each drop
//! would have to reach the runtime, from any thread.

use std::fmt::{self, Formatter};

use super::{Dump, WaitFor};

pub(super) const WHAT: &str = "something outside the runtime: a future made by hand, another \
                               crate's channel or lock, a scope's handle, another executor";

const NEXT: &str = "
What is outside the runtime is to wake the task by the waker of its latest poll. Whether
anybody has that still can't be seen from here. Look at the future that the task awaits:
one made by hand (by `poll_fn`, say) has to keep a waker for each task that waits, and to
wake it when there is something new. BUZZER_TRACE=story tells of each poll and each wake.";

/// Once for all who wait for such a thing.
pub(super) fn advise(dump: &Dump, f: &mut Formatter<'_>) -> fmt::Result {
    let mut waits = dump.tasks.iter().flat_map(|task| &task.waits);
    match waits.any(|wait| wait.on == WaitFor::Outside) {
        true => write!(f, "\n{NEXT}"),
        false => Ok(()),
    }
}
