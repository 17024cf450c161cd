//! Locks and bells: free ones, and such that many tasks want.

use std::rc::Rc;
use std::time::Instant;

use super::rt::sync::{Mutex, Notify, Semaphore};
use super::{check, nanos_each, pass, rt, sum_up_to};

/// Per lock and unlock of a mutex that nobody else wants.
pub fn free_mutex(times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let begin = Instant::now();
        let count = rt::spawn(async move {
            let count = Mutex::new(0);
            for _ in 0..times {
                *count.lock().await += 1;
            }
            *count.lock().await
        })
        .await?;
        let figure = nanos_each(begin, times);
        check("locks", count, times as u64)?;
        Ok(figure)
    })
}

/// Per time that a mutex goes from one task to the next in line, each of which holds it over
/// an await. Who has given it back lets the others come before it asks again: else a mutex
/// that goes to whoever asks first would never be handed over.
pub fn handed_mutex(tasks: usize, times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let count = Rc::new(Mutex::new(0));
        let begin = Instant::now();
        let handles: Vec<_> = (0..tasks)
            .map(|_| {
                let count = count.clone();
                rt::spawn(async move {
                    for _ in 0..times {
                        let mut held = count.lock().await;
                        *held += 1;
                        pass().await;
                        drop(held);
                        pass().await;
                    }
                })
            })
            .collect();
        for handle in handles {
            handle.await?;
        }
        let figure = nanos_each(begin, tasks * times);
        let count = *count.lock().await;
        check("locks", count, (tasks * times) as u64)?;
        Ok(figure)
    })
}

/// Per permit taken and given back, of which there are enough.
pub fn free_semaphore(times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let begin = Instant::now();
        let count = rt::spawn(async move {
            let permits = Semaphore::new(10);
            let mut count = 0;
            for _ in 0..times {
                let _permit = permits.acquire().await?;
                count += 1;
            }
            anyhow::Ok(count)
        })
        .await??;
        let figure = nanos_each(begin, times);
        check("permits", count, times as u64)?;
        Ok(figure)
    })
}

/// Per task, of which so many at a time may hold a permit, each over an await. Each asks once:
/// else permits that go to whoever asks first would stay with those who have them.
pub fn limited(permits: usize, tasks: usize, times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let permits = Rc::new(Semaphore::new(permits));
        let mut handles = Vec::with_capacity(tasks);
        let mut count = 0;
        let begin = Instant::now();
        for _ in 0..times {
            handles.extend((0..tasks).map(|_| {
                let permits = permits.clone();
                rt::spawn(async move {
                    let _permit = permits.acquire().await?;
                    pass().await;
                    anyhow::Ok(1)
                })
            }));
            for handle in handles.drain(..) {
                count += handle.await??;
            }
        }
        let figure = nanos_each(begin, tasks * times);
        check("permits", count, (tasks * times) as u64)?;
        Ok(figure)
    })
}

/// Per round trip between two tasks that ring for each other.
pub fn bells(times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let (ping, pong) = (Rc::new(Notify::new()), Rc::new(Notify::new()));
        let (to_ping, at_pong) = (ping.clone(), pong.clone());
        let begin = Instant::now();
        let ponged = rt::spawn(async move {
            let mut told = at_pong.notified();
            let mut sum = 0;
            for number in 1..=times as u64 {
                told.await;
                // Before the answer, for not every bell keeps what nobody waits for.
                told = at_pong.notified();
                sum += number;
                to_ping.notify_one();
            }
            sum
        });
        let pinged = rt::spawn(async move {
            let mut sum = 0;
            for number in 1..=times as u64 {
                let told = ping.notified();
                pong.notify_one();
                told.await;
                sum += number;
            }
            sum
        });
        let sum = ponged.await? + pinged.await?;
        let figure = nanos_each(begin, times);
        check("sum of numbers", sum, 2 * sum_up_to(times))?;
        Ok(figure)
    })
}
