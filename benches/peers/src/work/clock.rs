//! Sleeps.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use benches::measure::median;
use benches::parts::{check, nanos_each, resident_bytes};

use crate::peer::Peer;

/// Whether `P` has sleeps. To be asked within it.
fn has_sleeps<P: Peer>() -> bool {
    P::sleep(Duration::ZERO).is_some()
}

fn sleep<P: Peer>(duration: Duration) -> impl Future<Output = ()> + 'static {
    P::sleep(duration).expect("it has sleeps, as was asked before")
}

/// Per task that sleeps once, all at the same time. It ends 100 ms after it began at the
/// earliest.
pub(super) fn many_sleeps<P: Peer>(tasks: usize) -> anyhow::Result<Option<f64>> {
    P::block_on(async move {
        if !has_sleeps::<P>() {
            return Ok(None);
        }
        let mut handles = Vec::with_capacity(tasks);
        let began = Instant::now();
        for task in 0..tasks as u64 {
            // A prime, so that deadlines come in no order.
            let micros = 1 + task * 7_919 % 100_000;
            handles.push(P::spawn(async move {
                sleep::<P>(Duration::from_micros(micros)).await;
                1
            }));
        }
        let mut slept = 0;
        for handle in handles {
            slept += P::output(handle.await);
        }
        let figure = nanos_each(began, tasks);
        check("sleeps", slept, tasks as u64)?;
        Ok(Some(figure))
    })
}

/// Per sleep that is polled once and dropped.
pub(super) fn arm_and_drop<P: Peer>(times: usize) -> anyhow::Result<Option<f64>> {
    P::block_on(async move {
        if !has_sleeps::<P>() {
            return Ok(None);
        }
        let mut waited = 0;
        let began = Instant::now();
        for _ in 0..times {
            let mut slept = pin!(sleep::<P>(Duration::from_secs(30)));
            let mut cx = Context::from_waker(Waker::noop());
            waited += u64::from(slept.as_mut().poll(&mut cx) == Poll::Pending);
        }
        let figure = nanos_each(began, times);
        check("sleeps that wait", waited, times as u64)?;
        Ok(Some(figure))
    })
}

thread_local! {
    /// How many tasks sleep.
    static ASLEEP: Cell<usize> = const { Cell::new(0) };
}

/// How many bytes become resident with each task that sleeps, its handle not counted.
pub(super) fn weight<P: Peer>(tasks: usize) -> anyhow::Result<Option<f64>> {
    P::block_on(async move {
        if !has_sleeps::<P>() {
            return Ok(None);
        }
        let mut handles = Vec::new();
        // Written, so that what they lie in is resident before.
        handles.resize_with(tasks, || None);
        let before = resident_bytes()?;
        for handle in &mut handles {
            *handle = Some(P::spawn(async {
                let mut slept = pin!(sleep::<P>(Duration::from_secs(3_600)));
                poll_fn(|cx| {
                    let polled = slept.as_mut().poll(cx);
                    ASLEEP.set(ASLEEP.get() + usize::from(polled.is_pending()));
                    polled
                })
                .await;
            }));
        }
        // By a task, and not by a wake of its own: on monoio that waits for ever.
        while ASLEEP.get() < tasks {
            P::output(P::spawn(async {}).await);
        }
        let after = resident_bytes()?;
        check("tasks that sleep", ASLEEP.get() as u64, tasks as u64)?;
        Ok(Some((after - before) as f64 / tasks as f64))
    })
}

/// How much later than asked a sleep ends, at the median. One that is early is an error.
pub(super) fn lateness<P: Peer>(asked: Duration, times: usize) -> anyhow::Result<Option<f64>> {
    P::block_on(async move {
        if !has_sleeps::<P>() {
            return Ok(None);
        }
        let mut late = Vec::with_capacity(times);
        for _ in 0..times {
            let began = Instant::now();
            sleep::<P>(asked).await;
            let over = began.elapsed().checked_sub(asked);
            late.push(over.map_or(f64::NEG_INFINITY, |over| over.as_nanos() as f64));
        }
        let figure = median(&mut late);
        anyhow::ensure!(
            figure.is_finite(),
            "most of its sleeps of {asked:?} are early"
        );
        Ok(Some(figure))
    })
}
