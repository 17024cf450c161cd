//! Tasks, their wakes, and two of them talking.

use std::thread;
use std::time::Instant;

use async_channel::bounded;
use benches::load::processor_nanos;
use benches::parts::{check, nanos_each, ping, sum_up_to, wake_itself};

use super::Figures;
use crate::peer::Peer;

/// Per task: spawned, polled once, awaited.
pub(super) fn spawn_and_await<P: Peer>(tasks: usize, times: usize) -> anyhow::Result<f64> {
    P::block_on(async move {
        let mut handles = Vec::with_capacity(tasks);
        let mut sum = 0;
        let began = Instant::now();
        for _ in 0..times {
            handles.extend((1..=tasks as u64).map(|number| P::spawn(async move { number })));
            for handle in handles.drain(..) {
                sum += P::output(handle.await);
            }
        }
        let figure = nanos_each(began, tasks * times);
        check("sum of outputs", sum, times as u64 * sum_up_to(tasks))?;
        Ok(figure)
    })
}

/// Per wake, of tasks that are always ready again.
pub(super) fn self_wakes<P: Peer>(tasks: usize, times: usize) -> anyhow::Result<f64> {
    P::block_on(async move {
        let began = Instant::now();
        let tasks_made = (0..tasks).map(|_| P::spawn(wake_itself(times as u64)));
        let handles: Vec<_> = tasks_made.collect();
        let mut wakes = 0;
        for handle in handles {
            wakes += P::output(handle.await);
        }
        let figure = nanos_each(began, tasks * times);
        check("wakes", wakes, (tasks * times) as u64)?;
        Ok(figure)
    })
}

/// Per round trip between two tasks.
pub(super) fn ping_pong<P: Peer>(times: usize) -> anyhow::Result<f64> {
    P::block_on(async move {
        let (to_pong, at_pong) = bounded(1);
        let (to_ping, at_ping) = bounded(1);
        let began = Instant::now();
        let pong = P::spawn(async move {
            while let Ok(number) = at_pong.recv().await {
                to_ping.send(number + 1).await?;
            }
            anyhow::Ok(())
        });
        let ping = P::spawn(ping(times, to_pong, at_ping));
        let sum = P::output(ping.await)?;
        P::output(pong.await)?;
        let figure = nanos_each(began, times);
        check("sum of answers", sum, sum_up_to(times))?;
        Ok(figure)
    })
}

/// Per round trip between a task and a thread that blocks: the time that it takes, and that
/// of the processor, of both together.
pub(super) fn thread_ping_pong<P: Peer>(times: usize) -> anyhow::Result<Figures> {
    P::block_on(async move {
        let (to_pong, at_pong) = bounded(1);
        let (to_ping, at_ping) = bounded(1);
        let (began, processor) = (Instant::now(), processor_nanos());
        let pong = thread::spawn(move || {
            while let Ok(number) = at_pong.recv_blocking() {
                to_ping.send_blocking(number + 1)?;
            }
            anyhow::Ok(())
        });
        let ping = P::spawn(ping(times, to_pong, at_ping));
        let sum = P::output(ping.await)?;
        // The channel is closed by now, so the thread is at its end.
        pong.join().expect("the thread's loop does not panic")?;
        let wall = nanos_each(began, times);
        let processor = (processor_nanos() - processor) / times as f64;
        check("sum of answers", sum, sum_up_to(times))?;
        Ok(vec![wall, processor])
    })
}
