//! Children that nobody waits for any more: they are not to stay zombies.
//!
//! Owns those that were dropped before their end. `child.rs` hands them over;
//! `command.rs` sweeps before it adds to the process's children.
//!
//! A task of its runtime waits for a dropped child by a descriptor, and then for
//! another. There are [`WATCHED`] at most in the process, so that children which are
//! left to themselves don't use up its descriptors. The others are looked at now and
//! then.

use std::io;
use std::sync::{Arc, PoisonError};

use super::end::End;
use crate::machine::context;
use crate::machine::scheduler::run;
use crate::sys::locks::{Mutex, MutexGuard};
use crate::sys::process::Process;

/// How many are waited for at a time. Most programs leave fewer behind.
const WATCHED: usize = 8;

/// What the task is called by those who watch the program, which has not spawned it.
const NAME: &str = "waits for a dropped child";

static ORPHANS: Mutex<Orphans> = Mutex::new(Orphans {
    unwatched: Vec::new(),
    watchers: 0,
});

struct Orphans {
    /// Those beyond [`WATCHED`], and those that no runtime waits for: they were dropped
    /// outside of it, or left by it.
    unwatched: Vec<Arc<Process>>,
    /// The tasks that wait for one each.
    watchers: usize,
}

fn lock() -> MutexGuard<'static, Orphans> {
    // Nothing under the lock panics.
    ORPHANS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Orphans {
    fn sweep(&mut self) {
        self.unwatched.retain(|orphan| !is_gone(orphan));
    }
}

/// Waits for those that have ended, without waiting for the others.
pub(super) fn sweep() {
    lock().sweep();
}

/// Whether there is nothing left to wait for. An error says that somebody else has
/// waited for it.
fn is_gone(child: &Process) -> bool {
    !matches!(child.wait(), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

/// Sees to it that `child` is waited for: by a task, if this thread `is_home`, in the
/// child's runtime.
pub(super) fn reap(child: Arc<Process>, is_home: bool) {
    let scheduler = context::try_with(|core| core.scheduler.clone());
    let mut orphans = lock();
    orphans.sweep();
    if is_gone(&child) {
        return;
    }
    match scheduler.filter(|_| is_home && orphans.watchers < WATCHED) {
        Some(scheduler) => {
            orphans.watchers += 1;
            drop(orphans);
            // While the runtime is being dropped this drops the watcher at once.
            let name = Some(Arc::new(NAME.to_owned()));
            drop(run::spawn_on(
                &scheduler,
                Watcher(Some(child)).watch(),
                name,
            ));
        }
        None => orphans.unwatched.push(child),
    }
}

/// Waits for one child after the other. Dropped before its end it leaves its child to the
/// others.
struct Watcher(Option<Arc<Process>>);

impl Watcher {
    async fn watch(mut self) {
        while let Some(child) = &self.0 {
            let Ok(end) = End::of(child) else { return };
            // Whatever it says, there is nothing left to wait for.
            let _ = end.wait(child).await;
            let mut orphans = lock();
            orphans.sweep();
            // The last that was dropped: who has run for long is likely to run on.
            self.0 = orphans.unwatched.pop();
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut orphans = lock();
        orphans.watchers -= 1;
        orphans.unwatched.extend(self.0.take());
        orphans.sweep();
    }
}
