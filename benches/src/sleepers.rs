//! What does a sleeping task weigh? A process of its own, because it counts
//! every allocation and a process shows best what a million tasks take.
//!
//! `sleepers PEER TASKS` prints two numbers: the bytes asked of the allocator,
//! and those that became resident, between the moment before the first task is
//! spawned and the moment after the last has been polled once. `main.rs`
//! starts it, once per figure.

use std::env;
use std::fs;

use anyhow::{Context as _, bail};
use benches::PEERS;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [name, tasks] = arguments.as_slice() else {
        bail!("usage: sleepers PEER TASKS");
    };
    let peer = PEERS
        .iter()
        .find(|peer| peer.name == name.as_str())
        .with_context(|| format!("there is no peer named {name}"))?;
    let tasks = tasks
        .parse()
        .with_context(|| format!("{tasks} is not a number of tasks"))?;

    let mut seen = Vec::with_capacity(2);
    (peer.hold_sleepers)(tasks, &mut || {
        seen.push((ALLOCATOR.current_usage(), resident_bytes()));
    })?;
    let Ok([(live, resident), (live_after, resident_after)]) = <[_; 2]>::try_from(seen) else {
        bail!("the two moments were not both observed");
    };
    println!("{} {}", live_after - live, resident_after? - resident?);
    Ok(())
}

/// This process's memory, as the kernel counts it.
fn resident_bytes() -> anyhow::Result<usize> {
    let status = fs::read_to_string("/proc/self/status")?;
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"))
        .context("/proc/self/status does not give VmRSS")?;
    Ok(kilobytes.parse::<usize>()? * 1024)
}
