//! Children that nobody waits for any more: they are not to stay zombies.
//!
//! Owns the list of those that no runtime waits for. `child.rs` hands over what is
//! dropped; `command.rs` sweeps the list before it adds to the process's children.

use std::sync::{Mutex, PoisonError};

use crate::context;
use crate::io::source::Source;
use crate::reactor::readiness::Direction;
use crate::scheduler::run;
use crate::sys::process::PidFd;

/// Those left when their runtime was dropped, or that were dropped outside of it.
static ORPHANS: Mutex<Vec<PidFd>> = Mutex::new(Vec::new());

/// Waits for those that have ended, without waiting for the others.
pub(super) fn sweep() {
    let mut orphans = ORPHANS.lock().unwrap_or_else(PoisonError::into_inner);
    orphans.retain(|orphan| !is_gone(orphan));
}

/// Whether there is nothing left to wait for. An error says that somebody else has
/// waited for it.
fn is_gone(child: &PidFd) -> bool {
    !matches!(child.wait(), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
}

/// Sees to it that `child` is waited for: by a task of this runtime if it is the
/// one that the child is registered in.
pub(super) fn reap(child: Source<PidFd>) {
    if is_gone(child.get()) {
        return;
    }
    let is_here = child.is_here();
    let orphan = Orphan(Some(child));
    let scheduler = context::try_with(|core| core.scheduler.clone());
    if let Some(scheduler) = scheduler
        && is_here
    {
        // While the runtime is being dropped this drops the orphan at once.
        drop(run::spawn_on(&scheduler, orphan.end(), None));
    }
}

/// Dropped before its end, it goes to the list.
struct Orphan(Option<Source<PidFd>>);

impl Orphan {
    async fn end(mut self) {
        if let Some(child) = &self.0 {
            // Whatever it says, there is nothing left to wait for.
            let _ = child.async_io(Direction::Read, PidFd::wait).await;
        }
        self.0 = None;
    }
}

impl Drop for Orphan {
    fn drop(&mut self) {
        let Some(child) = self.0.take() else { return };
        let child = child.into_inner();
        let mut orphans = ORPHANS.lock().unwrap_or_else(PoisonError::into_inner);
        orphans.push(child);
        orphans.retain(|orphan| !is_gone(orphan));
    }
}
