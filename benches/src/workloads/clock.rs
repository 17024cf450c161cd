//! Timers: armed and dropped, many at a time, late, and held in memory.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::poll;

use super::{check, nanos_each, rt};
use crate::measure::median;

/// How many sleeps are armed in one poll of the task. A budgeted runtime may
/// answer "not now" when one poll asks for too much, and that would be a sleep
/// that was never armed. tokio's budget is 128.
const ARMED_PER_POLL: usize = 100;

/// Per sleep of 30 s that is polled once, and so armed, and then dropped.
pub fn arm_and_drop(times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let begin = Instant::now();
        let armed = rt::spawn(async move {
            let mut armed = 0;
            for _ in 0..times / ARMED_PER_POLL {
                for _ in 0..ARMED_PER_POLL {
                    let sleep = pin!(rt::sleep(Duration::from_secs(30)));
                    if poll!(sleep).is_pending() {
                        armed += 1;
                    }
                }
                rt::yield_now().await;
            }
            armed
        })
        .await?;
        let figure = nanos_each(begin, times);
        check("sleeps armed", armed, times as u64)?;
        Ok(figure)
    })
}

/// The whole time divided by the tasks, each sleeping for one of 1, 2, 3… µs,
/// every duration twice. No runtime can be done before the longest sleep is,
/// which comes to 500 ns a task.
pub fn many_sleeps(tasks: usize) -> anyhow::Result<f64> {
    // A prime number, so every duration occurs, and in no order.
    const STRIDE: usize = 61_813;

    let longest = tasks / 2;
    rt::runtime()?.block_on(async {
        let begin = Instant::now();
        let handles: Vec<_> = (0..tasks)
            .map(|i| {
                let duration = Duration::from_micros((1 + i * STRIDE % longest) as u64);
                rt::spawn(async move {
                    let begin = Instant::now();
                    rt::sleep(duration).await;
                    u64::from(begin.elapsed() >= duration)
                })
            })
            .collect();
        let mut slept = 0;
        for handle in handles {
            slept += handle.await?;
        }
        let figure = nanos_each(begin, tasks);
        check("tasks that slept in full", slept, tasks as u64)?;
        Ok(figure)
    })
}

/// How long after its deadline a lone sleep returns, at the median.
pub fn lateness(duration: Duration, times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let mut late = Vec::with_capacity(times);
        for _ in 0..times {
            let begin = Instant::now();
            rt::sleep(duration).await;
            let lateness = begin
                .elapsed()
                .checked_sub(duration)
                .context("a sleep returned early")?;
            late.push(lateness.as_nanos() as f64);
        }
        Ok(median(&mut late))
    })
}

/// For the program `weigh`: see [`Peer::hold`](crate::Peer).
///
/// The handles are dropped, so that what is counted is the task and its timer.
/// A million is a little below the next power of two, so tables that grow by
/// doubling are nearly full: that favours whoever keeps tasks in a table, and
/// it is a number one would choose anyway.
pub fn hold_sleepers(tasks: usize, observe: &mut dyn FnMut()) -> anyhow::Result<()> {
    const HOUR: Duration = Duration::from_secs(3600);
    // A static, since a counter that each task holds would be weighed too.
    static POLLED: AtomicUsize = AtomicUsize::new(0);

    rt::runtime()?.block_on(async {
        observe();
        for i in 0..tasks as u64 {
            drop(rt::spawn(async move {
                POLLED.fetch_add(1, Ordering::Relaxed);
                rt::sleep(HOUR + Duration::from_micros(i)).await;
            }));
        }
        // All on one thread: once the last has counted itself and we run
        // again, its poll is over and its sleep armed.
        while POLLED.load(Ordering::Relaxed) < tasks {
            rt::yield_now().await;
        }
        observe();
        Ok(())
    })
}
