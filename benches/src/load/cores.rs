//! Which core is the server's, and which are the load's. Used by `load/mod.rs` only.

use std::process::{Child, Command};

use anyhow::Context as _;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// While it lives, its thread has one core, and the load the others. Where a
/// process may use one core only there is nothing to divide.
#[derive(Debug)]
pub(super) struct Cores {
    before: CpuSet,
    load: CpuSet,
}

impl Cores {
    pub(super) fn divide() -> anyhow::Result<Cores> {
        let before = sched_getaffinity(None)?;
        let mut load = before;
        if before.count() > 1
            && let Some(first) = (0..CpuSet::MAX_CPU).find(|&core| before.is_set(core))
        {
            load.unset(first);
            let mut server = CpuSet::new();
            server.set(first);
            sched_setaffinity(None, &server)?;
        }
        Ok(Cores { before, load })
    }

    /// Starts a process on the load's cores.
    pub(super) fn start(&self, command: &mut Command) -> anyhow::Result<Child> {
        // A child inherits the cores of the thread that starts it.
        let server = sched_getaffinity(None)?;
        sched_setaffinity(None, &self.load)?;
        let child = command.spawn();
        sched_setaffinity(None, &server)?;
        child.with_context(|| format!("starting {}", command.get_program().display()))
    }
}

impl Drop for Cores {
    fn drop(&mut self) {
        // It was allowed before. If it is not any more, the rows that follow run
        // where they may.
        let _ = sched_setaffinity(None, &self.before);
    }
}
