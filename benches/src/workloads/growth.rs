//! Operations with many of a kind alive. Each does one pass that is not timed, so that what
//! the runtime keeps has its size by then.

use std::future::ready;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use futures::poll;
use rustix::event::{EventfdFlags, eventfd};
use rustix::io::write;

use super::{check, nanos_each, pass, rt};
use crate::growth::Operation;
use crate::load::allow_descriptors;
use crate::parts::wake_itself;

/// See [`Peer::grow`](crate::Peer).
pub fn grow(operation: Operation, alive: usize, passes: usize) -> anyhow::Result<f64> {
    rt::runtime()?.block_on(async move {
        match operation {
            Operation::Spawn => spawns(alive, passes).await,
            Operation::Wake => wakes(alive, passes).await,
            Operation::Timer => timers(alive, passes).await,
            Operation::Source => sources(alive, passes).await,
        }
    })
}

/// Per task of many that are spawned, and then awaited.
async fn spawns(alive: usize, passes: usize) -> anyhow::Result<f64> {
    let mut handles = Vec::with_capacity(alive);
    let mut ended = 0;
    let mut began = Instant::now();
    for done in 0..=passes {
        if done == 1 {
            began = Instant::now();
        }
        handles.extend((0..alive).map(|_| rt::spawn(ready(1))));
        for handle in handles.drain(..) {
            ended += handle.await?;
        }
    }
    let figure = nanos_each(began, alive * passes);
    check("tasks that ended", ended, (alive * (passes + 1)) as u64)?;
    Ok(figure)
}

/// Per wake of many tasks, by turns.
async fn wakes(alive: usize, passes: usize) -> anyhow::Result<f64> {
    let tasks = (0..alive).map(|_| rt::spawn(wake_itself(passes as u64 + 2)));
    let tasks: Vec<_> = tasks.collect();
    // The queue is first in, first out: one wake of this task is one of each.
    let timed = rt::spawn(async move {
        pass().await;
        let began = Instant::now();
        for _ in 0..passes {
            pass().await;
        }
        nanos_each(began, alive * passes)
    });
    let figure = timed.await?;
    let mut wakes = 0;
    for task in tasks {
        wakes += task.await?;
    }
    check("wakes", wakes, (alive * (passes + 2)) as u64)?;
    Ok(figure)
}

/// How many sleeps are polled in one poll of a task, which a budget may end.
const AT_ONCE: usize = 100;

/// Per sleep of many that are armed, in no order of their deadlines, and then fire. That
/// they are waited for in between is not timed.
async fn timers(alive: usize, passes: usize) -> anyhow::Result<f64> {
    // So long does arming take at most, or some would fire before all are armed.
    let armed_by = Duration::from_millis(10) + Duration::from_micros(2) * alive as u32;
    let mut took = Duration::ZERO;
    let (mut waited, mut fired) = (0, 0);
    for done in 0..=passes {
        let sleeps = (0..alive as u64).map(|index| {
            // A prime, so that deadlines come in no order.
            let after = Duration::from_nanos(index * 7_919 % alive as u64);
            Box::pin(rt::sleep(armed_by + after))
        });
        let mut sleeps: Vec<_> = sleeps.collect();
        let began = Instant::now();
        for some in sleeps.chunks_mut(AT_ONCE) {
            for sleep in some {
                waited += u64::from(poll!(sleep.as_mut()).is_pending());
            }
            pass().await;
        }
        let arming = began.elapsed();
        // tokio counts in milliseconds.
        thread::sleep((armed_by + Duration::from_millis(3)).saturating_sub(arming));
        let began = Instant::now();
        // The first has all of them fire.
        for sleep in sleeps {
            sleep.await;
            fired += 1;
        }
        if done > 0 {
            took += arming + began.elapsed();
        }
    }
    check("sleeps that waited", waited, (alive * (passes + 1)) as u64)?;
    check("sleeps that fired", fired, (alive * (passes + 1)) as u64)?;
    Ok(took.as_nanos() as f64 / (alive * passes) as f64)
}

/// Per source of many that are registered, and then become ready, each with a task that
/// waits for it. How these are made, and the events, is not timed.
async fn sources(alive: usize, passes: usize) -> anyhow::Result<f64> {
    allow_descriptors(alive)?;
    let mut took = Duration::ZERO;
    let mut polled = 0;
    for done in 0..=passes {
        let flags = EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC;
        let events: Vec<_> = (0..alive)
            .map(|_| eventfd(0, flags))
            .collect::<Result<_, _>>()?;
        let began = Instant::now();
        let sources = events.into_iter().map(rt::watched);
        let sources: Rc<[_]> = sources.collect::<Result<_, _>>()?;
        let registering = began.elapsed();
        let tasks = (0..alive).map(|index| {
            let sources = sources.clone();
            rt::spawn(async move { sources[index].readable().await.map(|_| 1) })
        });
        let tasks: Vec<_> = tasks.collect();
        // Behind all of them in the queue.
        rt::spawn(pass()).await?;
        for source in &*sources {
            write(source.get_ref(), &1_u64.to_ne_bytes())?;
        }
        let began = Instant::now();
        for task in tasks {
            polled += task.await??;
        }
        if done > 0 {
            took += registering + began.elapsed();
        }
    }
    check(
        "tasks that were polled",
        polled,
        (alive * (passes + 1)) as u64,
    )?;
    Ok(took.as_nanos() as f64 / (alive * passes) as f64)
}
