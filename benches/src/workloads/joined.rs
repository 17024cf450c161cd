//! Several futures in one task, and several tasks in one set.

use std::time::Instant;

use super::rt::sync::mpsc;
use super::rt::{JoinSet, select};
use super::{check, nanos_each, pass, rt, sum_up_to};

/// Per value that a task waits for on two channels at once. They get one by turns.
pub fn select_of_2(times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let ((first, mut a), (second, mut b)) = (mpsc::channel(1), mpsc::channel(1));
        let begin = Instant::now();
        let received = rt::spawn(async move {
            let mut sum = 0;
            loop {
                sum += select! {
                    Some(number) = a.recv() => number,
                    Some(number) = b.recv() => number,
                    else => return sum,
                };
            }
        });
        send_in_turn(&[first, second], times).await?;
        let sum = received.await?;
        let figure = nanos_each(begin, times);
        check("sum of values", sum, sum_up_to(times))?;
        Ok(figure)
    })
}

/// The same on eight.
pub fn select_of_8(times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let (to, from): (Vec<_>, Vec<_>) = (0..8).map(|_| mpsc::channel(1)).unzip();
        let begin = Instant::now();
        let received = rt::spawn(async move {
            let Ok([mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h]) =
                <[_; 8]>::try_from(from)
            else {
                return 0;
            };
            let mut sum = 0;
            loop {
                sum += select! {
                    Some(number) = a.recv() => number,
                    Some(number) = b.recv() => number,
                    Some(number) = c.recv() => number,
                    Some(number) = d.recv() => number,
                    Some(number) = e.recv() => number,
                    Some(number) = f.recv() => number,
                    Some(number) = g.recv() => number,
                    Some(number) = h.recv() => number,
                    else => return sum,
                };
            }
        });
        send_in_turn(&to, times).await?;
        drop(to);
        let sum = received.await?;
        let figure = nanos_each(begin, times);
        check("sum of values", sum, sum_up_to(times))?;
        Ok(figure)
    })
}

/// Sends one value at a time, and lets it be received before the next.
async fn send_in_turn(to: &[mpsc::Sender<u64>], times: usize) -> anyhow::Result<()> {
    for number in 1..=times {
        to[number % to.len()].send(number as u64).await?;
        pass().await;
    }
    Ok(())
}

/// Per task that is spawned into a set and taken out of it when it has ended.
pub fn join_set(tasks: usize, times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let mut set = JoinSet::new();
        let mut sum = 0;
        let begin = Instant::now();
        for _ in 0..times {
            for number in 1..=tasks as u64 {
                set.spawn_local(async move { number });
            }
            while let Some(number) = set.join_next().await {
                sum += number?;
            }
        }
        let figure = nanos_each(begin, tasks * times);
        check("sum of outputs", sum, times as u64 * sum_up_to(tasks))?;
        Ok(figure)
    })
}
