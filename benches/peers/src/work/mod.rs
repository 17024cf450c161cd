//! The work of each row, in one source for all runtimes.
//!
//! Each checks from results that all of it was done. What is made for it is not timed,
//! except where that is the row.

mod children;
mod clock;
mod files;
mod gather;
mod jobs;
mod reads;
mod sockets;
mod tasks;

use std::time::{Duration, Instant};

use benches::parts::nanos_each;

use crate::peer::Peer;
use crate::rows::Row;
use crate::system::NoSuchThing;
use files::Stand;

pub(crate) use sockets::serve;

/// What one operation of a row takes, in nanoseconds: in the order of [`Row::lines`].
pub type Figures = Vec<f64>;

/// The figures of `row` on `P`, with all counts divided by `shrink`; `None` if `P` does not
/// have what it needs.
pub(crate) fn run<P: Peer>(row: Row, shrink: usize) -> anyhow::Result<Option<Figures>> {
    let times = |count: usize| (count / shrink).max(1);
    let figure = match row {
        Row::Spawn => tasks::spawn_and_await::<P>(1_000, times(1_000)).map(Some),
        Row::Wakes1 => tasks::self_wakes::<P>(1, times(5_000_000)).map(Some),
        Row::Wakes1000 => tasks::self_wakes::<P>(1_000, times(5_000)).map(Some),
        Row::Channel => tasks::ping_pong::<P>(times(300_000)).map(Some),
        Row::Thread => return tasks::thread_ping_pong::<P>(times(10_000)).map(Some),
        Row::Sleeps => clock::many_sleeps::<P>(times(200_000)),
        Row::Arm => clock::arm_and_drop::<P>(times(1_000_000)),
        Row::Sleeper => clock::weight::<P>(times(500_000)),
        Row::Late100Micros => clock::lateness::<P>(Duration::from_micros(100), times(1_000)),
        Row::Late10Millis => clock::lateness::<P>(Duration::from_millis(10), times(50)),
        Row::Runtime => Ok(make_runtimes::<P>(times(5_000))),
        Row::Job => jobs::in_turn::<P>(1, times(20_000)),
        Row::Jobs64 => jobs::in_turn::<P>(64, times(20_000)),
        Row::Gather10 => gather::of::<P>(10, times(100_000)).map(Some),
        Row::Gather1000 => gather::of::<P>(1_000, times(1_000)).map(Some),
        Row::Gather100000 => gather::of::<P>(100_000, times(10)).map(Some),
        Row::Files => if_any(files::whole::<P>(1, Stand::Cached, shrink)),
        Row::Files64 => if_any(files::whole::<P>(64, Stand::Cached, shrink)),
        Row::FilesCold => if_any(files::whole::<P>(1, Stand::Cold, shrink)),
        Row::FilesCold64 => if_any(files::whole::<P>(64, Stand::Cold, shrink)),
        Row::FilesPool => if_any(files::whole_by_pool::<P>(1, shrink)),
        Row::FilesPool64 => if_any(files::whole_by_pool::<P>(64, shrink)),
        Row::Large => if_any(reads::by_blocks::<P>(shrink)),
        Row::TenBytes => if_any(reads::by_ten_bytes::<P>(times(100_000))),
        Row::TenBytesBuffered => if_any(reads::by_ten_bytes_buffered::<P>(times(100_000))),
        Row::Lines => if_any(reads::lines::<P>(shrink)),
        Row::Entries => if_any(reads::entries::<P>(shrink)),
        Row::Children => if_any(children::in_turn::<P>(times(1_000))),
        // Of buzzer alone, and measured in a place of its own.
        Row::WakesRecorded
        | Row::SpawnRecorded
        | Row::WakesLedger
        | Row::SpawnLedger
        | Row::WakesWatched => Ok(None),
        // Done by `serve`, for who has sockets.
        Row::Accept
        | Row::Echo1
        | Row::Echo50
        | Row::Echo500
        | Row::Echo10000
        | Row::Unix
        | Row::Udp
        | Row::StreamIn
        | Row::StreamOut
        | Row::Http => Ok(None),
    };
    Ok(figure?.map(|figure| vec![figure]))
}

/// `None` in the place of [`NoSuchThing`].
fn if_any(figure: anyhow::Result<f64>) -> anyhow::Result<Option<f64>> {
    match figure {
        Err(error) if error.is::<NoSuchThing>() => Ok(None),
        figure => figure.map(Some),
    }
}

fn make_runtimes<P: Peer>(times: usize) -> Option<f64> {
    let began = Instant::now();
    (0..times)
        .all(|_| P::make())
        .then(|| nanos_each(began, times))
}
