//! What does a task weigh, what one that sleeps, and what an idle connection? A process of its
//! own, because it counts every allocation and a process shows best what a million
//! tasks take.
//!
//! `weigh PEER waiters|sleepers|connections COUNT ECHO-LOAD` prints two numbers: the bytes
//! asked of the allocator, and those that became resident, between the moment before
//! the first one is made and the moment after the last one's task has been polled
//! once. `setting.rs` starts it, once per figure.

use std::env;
use std::path::Path;

use anyhow::{Context as _, bail};
use benches::parts::resident_bytes;
use benches::{BUZZER, Held, TOKIO};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [name, held, count, echo_load] = arguments.as_slice() else {
        bail!("usage: weigh PEER waiters|sleepers|connections COUNT ECHO-LOAD");
    };
    let peer = [&BUZZER, &TOKIO]
        .into_iter()
        .find(|peer| peer.name == name.as_str())
        .with_context(|| format!("there is no peer named {name}"))?;
    let held = match held.as_str() {
        "waiters" => Held::Waiters,
        "sleepers" => Held::Sleepers,
        "connections" => Held::Connections(Path::new(echo_load)),
        _ => bail!("{held} can't be weighed"),
    };
    let count = count
        .parse()
        .with_context(|| format!("{count} is not a number of them"))?;

    let mut seen = Vec::with_capacity(2);
    (peer.hold)(&held, count, &mut || {
        seen.push((ALLOCATOR.current_usage(), resident_bytes()));
    })?;
    let Ok([(live, resident), (live_after, resident_after)]) = <[_; 2]>::try_from(seen) else {
        bail!("the two moments were not both observed");
    };
    println!("{} {}", live_after - live, resident_after? - resident?);
    Ok(())
}
