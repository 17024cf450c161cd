//! Tasks, their wakes, and two of them talking.

use std::future::pending;
use std::thread;
use std::time::Instant;

use async_channel::bounded;

use super::{check, nanos_each, pass, rt, sum_up_to};
use crate::parts::{ping, wake_itself};

/// Per task: spawned, polled once, awaited.
pub fn spawn_and_await(runtime: &rt::Runtime, tasks: usize, times: usize) -> anyhow::Result<f64> {
    runtime.block_on(async {
        let mut handles = Vec::with_capacity(tasks);
        let mut sum = 0;
        let begin = Instant::now();
        for _ in 0..times {
            handles.extend((1..=tasks as u64).map(|i| rt::spawn(async move { i })));
            for handle in handles.drain(..) {
                sum += handle.await?;
            }
        }
        let figure = nanos_each(begin, tasks * times);
        check("sum of outputs", sum, times as u64 * sum_up_to(tasks))?;
        Ok(figure)
    })
}

/// Per wake, of tasks that are always ready again. The wake goes through the
/// waker and the run queue; the runtime's own `yield_now` is another row,
/// since it may do more.
pub fn self_wakes(runtime: &rt::Runtime, tasks: usize, times: usize) -> anyhow::Result<f64> {
    runtime.block_on(async {
        let begin = Instant::now();
        let handles: Vec<_> = (0..tasks)
            .map(|_| rt::spawn(wake_itself(times as u64)))
            .collect();
        let mut wakes = 0;
        for handle in handles {
            wakes += handle.await?;
        }
        let figure = nanos_each(begin, tasks * times);
        check("wakes", wakes, (tasks * times) as u64)?;
        Ok(figure)
    })
}

/// Per `yield_now` of a lone task.
pub fn yield_now(times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let begin = Instant::now();
        let yields = rt::spawn(async move {
            let mut yields = 0;
            for _ in 0..times {
                rt::yield_now().await;
                yields += 1;
            }
            yields
        })
        .await?;
        let figure = nanos_each(begin, times);
        check("yields", yields, times as u64)?;
        Ok(figure)
    })
}

/// Per round trip between two tasks.
pub fn ping_pong(times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let (to_pong, at_pong) = bounded(1);
        let (to_ping, at_ping) = bounded(1);
        let begin = Instant::now();
        let pong = rt::spawn(async move {
            while let Ok(number) = at_pong.recv().await {
                to_ping.send(number + 1).await?;
            }
            anyhow::Ok(())
        });
        let sum = rt::spawn(ping(times, to_pong, at_ping)).await??;
        pong.await??;
        let figure = nanos_each(begin, times);
        check("sum of answers", sum, sum_up_to(times))?;
        Ok(figure)
    })
}

/// For the program `weigh`: see [`Peer::hold`](crate::Peer). The handles are dropped.
pub fn hold_waiters(tasks: usize, observe: &mut dyn FnMut()) -> anyhow::Result<()> {
    rt::runtime()?.block_on(async {
        observe();
        for _ in 0..tasks {
            drop(rt::spawn(pending::<()>()));
        }
        rt::spawn(pass()).await?;
        observe();
        Ok(())
    })
}

/// Per round trip between a task and a thread that blocks.
pub fn thread_ping_pong(times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let (to_pong, at_pong) = bounded(1);
        let (to_ping, at_ping) = bounded(1);
        let begin = Instant::now();
        let pong = thread::spawn(move || {
            while let Ok(number) = at_pong.recv_blocking() {
                to_ping.send_blocking(number + 1)?;
            }
            anyhow::Ok(())
        });
        let sum = rt::spawn(ping(times, to_pong, at_ping)).await??;
        // The channel is closed by now, so the thread is at its end.
        pong.join().expect("the thread's loop does not panic")?;
        let figure = nanos_each(begin, times);
        check("sum of answers", sum, sum_up_to(times))?;
        Ok(figure)
    })
}
