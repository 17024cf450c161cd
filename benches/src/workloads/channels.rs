//! Values from task to task.

use std::iter;
use std::time::Instant;

use super::rt::sync::{broadcast, mpsc, oneshot, watch};
use super::{check, nanos_each, pass, rt, sum_up_to};

/// Per round trip between two tasks, over two channels of one place.
pub fn ping_pong(times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let (to_pong, mut at_pong) = mpsc::channel(1);
        let (to_ping, mut at_ping) = mpsc::channel(1);
        let begin = Instant::now();
        let pong = rt::spawn(async move {
            while let Some(number) = at_pong.recv().await {
                to_ping.send(number + 1).await?;
            }
            anyhow::Ok(())
        });
        let ping = rt::spawn(async move {
            let mut sum = 0;
            for number in 0..times as u64 {
                to_pong.send(number).await?;
                sum += at_ping.recv().await.unwrap_or(0);
            }
            anyhow::Ok(sum)
        });
        let sum = ping.await??;
        pong.await??;
        let figure = nanos_each(begin, times);
        check("sum of answers", sum, sum_up_to(times))?;
        Ok(figure)
    })
}

/// Per value of a stream through a channel with so many places.
pub fn stream(places: usize, times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let (to, mut from) = mpsc::channel(places);
        let begin = Instant::now();
        let sent = rt::spawn(async move {
            for number in 1..=times as u64 {
                to.send(number).await?;
            }
            anyhow::Ok(())
        });
        let received = rt::spawn(async move {
            let mut sum = 0;
            while let Some(number) = from.recv().await {
                sum += number;
            }
            sum
        });
        sent.await??;
        let sum = received.await?;
        let figure = nanos_each(begin, times);
        check("sum of values", sum, sum_up_to(times))?;
        Ok(figure)
    })
}

/// Per value of a stream through a channel without a bound, of which so many are sent before
/// the receiver's turn.
pub fn unbounded_stream(burst: usize, times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let (to, mut from) = mpsc::unbounded_channel();
        let begin = Instant::now();
        let sent = rt::spawn(async move {
            for number in 1..=times as u64 {
                to.send(number)?;
                if number % burst as u64 == 0 {
                    pass().await;
                }
            }
            anyhow::Ok(())
        });
        let received = rt::spawn(async move {
            let mut sum = 0;
            while let Some(number) = from.recv().await {
                sum += number;
            }
            sum
        });
        sent.await??;
        let sum = received.await?;
        let figure = nanos_each(begin, times);
        check("sum of values", sum, sum_up_to(times))?;
        Ok(figure)
    })
}

/// Per channel for one value, made, sent through and received from at once.
pub fn sent_before(times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let begin = Instant::now();
        let sum = rt::spawn(async move {
            let mut sum = 0;
            for number in 1..=times as u64 {
                let (to, from) = oneshot::channel();
                // The receiver is there.
                let _ = to.send(number);
                sum += from.await?;
            }
            anyhow::Ok(sum)
        })
        .await??;
        let figure = nanos_each(begin, times);
        check("sum of values", sum, sum_up_to(times))?;
        Ok(figure)
    })
}

/// What two tasks hand each other: a number, and where to send the next.
struct Baton(u64, oneshot::Sender<Baton>);

/// Per channel for one value that a task waits for: of two tasks, each makes one for its
/// answer, and sends its other end through the one that it has got.
pub fn waited_for(times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let (to, from) = oneshot::channel();
        let (back, answer) = oneshot::channel();
        let begin = Instant::now();
        let other = rt::spawn(relay(from, times as u64));
        let _ = to.send(Baton(1, back));
        let sum = rt::spawn(relay(answer, times as u64)).await? + other.await?;
        let figure = nanos_each(begin, times);
        check("sum of numbers", sum, sum_up_to(times))?;
        Ok(figure)
    })
}

/// Gives back the sum of the numbers that came.
async fn relay(mut from: oneshot::Receiver<Baton>, last: u64) -> u64 {
    let mut sum = 0;
    while let Ok(Baton(number, to)) = from.await {
        sum += number;
        let (back, answer) = oneshot::channel();
        if number < last {
            let _ = to.send(Baton(number + 1, back));
        }
        from = answer;
    }
    sum
}

/// Per value that one task sets, and another waits for and looks at.
pub fn watched(times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let (to, mut from) = watch::channel(0);
        let begin = Instant::now();
        let received = rt::spawn(async move {
            let mut sum = 0;
            while from.changed().await.is_ok() {
                sum += *from.borrow_and_update();
            }
            sum
        });
        rt::spawn(async move {
            for number in 1..=times as u64 {
                to.send(number)?;
                pass().await;
            }
            anyhow::Ok(())
        })
        .await??;
        let sum = received.await?;
        let figure = nanos_each(begin, times);
        check("sum of values", sum, sum_up_to(times))?;
        Ok(figure)
    })
}

/// Per value and receiver, of values that go to so many, each of which waits for it.
pub fn broadcast_to(receivers: usize, times: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async {
        let (to, first) = broadcast::channel(16);
        let others = (1..receivers).map(|_| to.subscribe());
        let handles: Vec<_> = iter::once(first)
            .chain(others)
            .map(|mut from| {
                rt::spawn(async move {
                    let mut sum = 0;
                    while let Ok(number) = from.recv().await {
                        sum += number;
                    }
                    sum
                })
            })
            .collect();
        // So that all wait.
        pass().await;
        let begin = Instant::now();
        rt::spawn(async move {
            for number in 1..=times as u64 {
                // There are receivers.
                let _ = to.send(number);
                pass().await;
            }
        })
        .await?;
        let mut sum = 0;
        for handle in handles {
            sum += handle.await?;
        }
        let figure = nanos_each(begin, receivers * times);
        check("sum of values", sum, receivers as u64 * sum_up_to(times))?;
        Ok(figure)
    })
}
