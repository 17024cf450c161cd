//! Parts of workloads that know no runtime: what is timed and checked, and futures that use
//! nothing but their waker.

use std::fs;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use async_channel::{Receiver, Sender};

/// The time since `begin`, divided among `times` operations.
pub fn nanos_each(begin: Instant, times: usize) -> f64 {
    begin.elapsed().as_nanos() as f64 / times as f64
}

/// Fails unless exactly the expected work was done.
///
/// # Errors
///
/// If it was not.
pub fn check(what: &str, done: u64, expected: u64) -> anyhow::Result<()> {
    ensure!(done == expected, "{what}: {done} in place of {expected}");
    Ok(())
}

/// This process's memory, as the kernel counts it.
///
/// # Errors
///
/// If the kernel does not say.
pub fn resident_bytes() -> anyhow::Result<usize> {
    let status = fs::read_to_string("/proc/self/status")?;
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"))
        .context("/proc/self/status does not give VmRSS")?;
    Ok(kilobytes.parse::<usize>()? * 1024)
}

/// 1 + 2 + … + n.
pub fn sum_up_to(n: usize) -> u64 {
    (n as u64) * (n as u64 + 1) / 2
}

/// Lets all tasks come that are queued now: one wake of its own, and nothing else.
pub async fn pass() {
    let mut has_passed = false;
    poll_fn(|cx| {
        if has_passed {
            return Poll::Ready(());
        }
        has_passed = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Gives back how many times it was polled again after waking itself.
pub async fn wake_itself(times: u64) -> u64 {
    let mut polls = 0;
    poll_fn(move |cx| {
        if polls == times {
            return Poll::Ready(polls);
        }
        polls += 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

/// Sends 0, 1, 2… and sums up the answers, each of which is one more.
///
/// # Errors
///
/// If who answers is gone.
pub async fn ping(times: usize, to: Sender<u64>, from: Receiver<u64>) -> anyhow::Result<u64> {
    let mut sum = 0;
    for number in 0..times as u64 {
        to.send(number).await?;
        sum += from.recv().await?;
    }
    Ok(sum)
}
