//! The workloads on buzzer. Owns the names by which they call it.

use std::time::Duration;

use anyhow::ensure;
use buzzer::runtime::Builder;
use buzzer::trace::TaskAccount;

use crate::Peer;
use crate::rows::Row;
use crate::setting::Setting;

pub(crate) mod rt {
    use std::os::fd::OwnedFd;

    use buzzer::io::unix::AsyncFd;

    pub use buzzer::io::{AsyncReadExt, AsyncWriteExt};
    pub use buzzer::net::{TcpListener, TcpStream};
    pub use buzzer::runtime::Runtime;
    pub use buzzer::task::{JoinSet, yield_now};
    pub use buzzer::time::sleep;
    pub use buzzer::{fs, io, select, spawn, sync};

    pub const NAME: &str = "buzzer";

    pub fn runtime() -> io::Result<Runtime> {
        Runtime::new()
    }

    /// The stream as hyper takes it.
    pub fn hyper_io(stream: TcpStream) -> TcpStream {
        stream
    }

    pub fn watched(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
        AsyncFd::new(descriptor)
    }

    pub async fn read(file: &mut fs::File, buffer: &mut [u8]) -> io::Result<usize> {
        file.read(buffer).await
    }
}

#[path = "workloads/mod.rs"]
mod workloads;

pub const PEER: Peer = Peer {
    name: rt::NAME,
    run,
    grow: workloads::growth::grow,
    hold: workloads::hold,
};

/// The events that are kept: as many as a program might keep.
const KEPT: usize = 10_000;

/// A watchdog's limit that no poll comes near.
const LIMIT: Duration = Duration::from_secs(1);

fn run(row: Row, setting: &Setting) -> anyhow::Result<f64> {
    match row {
        Row::YieldRecorded | Row::YieldLedger => {
            let times = setting.times(1_000_000);
            observed(row, times, |runtime| {
                workloads::tasks::self_wakes(runtime, 1, times)
            })
        }
        Row::SpawnRecorded | Row::SpawnLedger => {
            let times = setting.times(200);
            observed(row, 1_000 * times, |runtime| {
                workloads::tasks::spawn_and_await(runtime, 1_000, times)
            })
        }
        Row::YieldWatched => {
            let times = setting.times(1_000_000);
            watched(|runtime| workloads::tasks::self_wakes(runtime, 1, times))
        }
        _ => workloads::run(row, setting),
    }
}

/// What recording, or the ledger, adds to a work of so many operations, divided among
/// its events.
fn observed(
    row: Row,
    operations: usize,
    work: impl Fn(&rt::Runtime) -> anyhow::Result<f64>,
) -> anyhow::Result<f64> {
    let unobserved = work(&rt::runtime()?)?;
    let mut builder = Builder::new_current_thread();
    let runtime = match row {
        Row::YieldLedger | Row::SpawnLedger => builder.ledger(true),
        _ => builder.record(KEPT),
    }
    .build()?;
    let added = (work(&runtime)? - unobserved) * operations as f64;
    let recording = runtime.recording();
    let recorded = recording.dropped() + recording.records().len() as u64;
    let events = recorded + runtime.ledger().tasks().iter().map(booked).sum::<u64>();
    // Of each operation a poll's begin and end, and a wake or a spawn.
    ensure!(
        events >= 3 * operations as u64,
        "only {events} events of {operations} operations"
    );
    Ok(added / events as f64)
}

/// The events of tasks that a ledger has counted; it has also got the loop's, of which
/// there are few.
fn booked(task: &TaskAccount) -> u64 {
    task.tasks() + 2 * task.polls() + task.wakes().total() + task.wakes().redundant
}

/// What a watchdog adds to an operation of a work.
fn watched(work: impl Fn(&rt::Runtime) -> anyhow::Result<f64>) -> anyhow::Result<f64> {
    let unwatched = work(&rt::runtime()?)?;
    let runtime = Builder::new_current_thread().watchdog(LIMIT).build()?;
    // It is little: in a round that was disturbed there may seem to be less than none.
    Ok((work(&runtime)? - unwatched).max(0.0))
}
