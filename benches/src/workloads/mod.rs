//! The work of every row, in one source for all runtimes: `on_buzzer.rs` and
//! `on_tokio.rs` each compile this folder, with `rt` meaning their runtime.
//!
//! Every workload makes its runtime, does its work inside `block_on`, and
//! checks from results, not from having got there, that all of it was done.
//! Making the runtime and its first allocations are not timed, except where
//! they are the row.

use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::rt;
use crate::Held;
use crate::parts::{check, nanos_each, pass, sum_up_to};
use crate::rows::Row;
use crate::setting::Setting;

mod channels;
mod clock;
mod echo;
mod files;
pub(super) mod growth;
mod http;
mod joined;
mod locks;
mod memory;
pub(super) mod tasks;

/// One operation's nanoseconds or bytes.
pub fn run(row: Row, setting: &Setting) -> anyhow::Result<f64> {
    match row {
        Row::Spawn => tasks::spawn_and_await(&rt::runtime()?, 1_000, setting.times(1_000)),
        Row::Yield1 => tasks::self_wakes(&rt::runtime()?, 1, setting.times(5_000_000)),
        Row::Yield1000 => tasks::self_wakes(&rt::runtime()?, 1_000, setting.times(2_000)),
        Row::Channel => tasks::ping_pong(setting.times(300_000)),
        Row::Arm => clock::arm_and_drop(setting.times(1_000_000)),
        Row::Sleeps => clock::many_sleeps(setting.times(200_000)),
        Row::Bytes => Ok(setting.weigh_sleepers(rt::NAME)?.live),
        Row::Files => files::one_by_one(setting.files()?),
        Row::Files64 => files::many_at_a_time(64, setting.files()?),
        Row::Large => files::by_blocks(setting.files()?),
        Row::TenBytes => files::by_ten_bytes(setting.times(100_000), setting.files()?),
        Row::Runtime => make_runtimes(setting.times(5_000)),
        Row::YieldNow => tasks::yield_now(setting.times(500_000)),
        Row::Resident => Ok(setting.weigh_sleepers(rt::NAME)?.resident),
        Row::Late100Micros => clock::lateness(Duration::from_micros(100), setting.times(500)),
        Row::Late10Millis => clock::lateness(Duration::from_millis(10), setting.times(50)),
        Row::Thread => tasks::thread_ping_pong(setting.times(5_000)),
        Row::Echo50 | Row::Echo500 | Row::EchoAmongIdle => {
            let counts = row.echo(setting).context("it is no echo row")?;
            echo::echo(counts, setting)
        }
        Row::Http => http::hello(setting.wrk_time()),
        Row::IdleBytes => Ok(setting.weigh_connections(rt::NAME)?.live),
        Row::YieldRecorded | Row::SpawnRecorded | Row::YieldLedger | Row::SpawnLedger => {
            anyhow::bail!("only buzzer records")
        }
        Row::YieldWatched => anyhow::bail!("only buzzer has a watchdog"),
        Row::Lock => locks::free_mutex(setting.times(2_000_000)),
        Row::LockHanded => locks::handed_mutex(100, setting.times(5_000)),
        Row::Permit => locks::free_semaphore(setting.times(2_000_000)),
        Row::PermitHanded => locks::limited(10, 1_000, setting.times(500)),
        Row::Notify => locks::bells(setting.times(500_000)),
        Row::Oneshot => channels::sent_before(setting.times(1_000_000)),
        Row::OneshotAwaited => channels::waited_for(setting.times(500_000)),
        Row::Mpsc => channels::ping_pong(setting.times(300_000)),
        Row::MpscStream => channels::stream(64, setting.times(1_000_000)),
        Row::MpscUnbounded => channels::unbounded_stream(64, setting.times(1_000_000)),
        Row::Watch => channels::watched(setting.times(500_000)),
        Row::Broadcast => channels::broadcast_to(100, setting.times(10_000)),
        Row::Select2 => joined::select_of_2(setting.times(500_000)),
        Row::Select8 => joined::select_of_8(setting.times(300_000)),
        Row::JoinSet => joined::join_set(1_000, setting.times(500)),
        Row::Numbers => memory::numbers(setting.times(1_000_000)),
        Row::Copy => memory::copies(setting.times(4_096)),
    }
}

/// See [`Peer::hold`](crate::Peer).
pub fn hold(held: &Held<'_>, count: usize, observe: &mut dyn FnMut()) -> anyhow::Result<()> {
    match held {
        Held::Waiters => tasks::hold_waiters(count, observe),
        Held::Sleepers => clock::hold_sleepers(count, observe),
        Held::Connections(echo_load) => echo::hold_connections(count, echo_load, observe),
    }
}

fn make_runtimes(times: usize) -> anyhow::Result<f64> {
    let begin = Instant::now();
    for _ in 0..times {
        drop(rt::runtime()?);
    }
    Ok(nanos_each(begin, times))
}
