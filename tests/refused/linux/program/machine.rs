//! Timers, threads, the pool, the standard streams, and other ways to run a loop.

use std::io;
use std::panic::resume_unwind;
use std::sync::mpsc;
use std::thread::{Builder, JoinHandle};

use buzzer::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, stderr, stdin, stdout};
use buzzer::runtime::Runtime;
use buzzer::spawn;
use buzzer::task::{spawn_blocking, yield_now};
use buzzer::time::{Duration, Instant, sleep, timeout};

use super::{Said, own};
#[cfg(not(mio_unsupported_force_poll_poll))]
use crate::linux::poll::{descriptor_of, wait_for};

/// A thread of the program's own.
fn start<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    Builder::new().spawn(work).map_err(own("thread"))
}

pub async fn sleeps() -> Said {
    let mut tasks = Vec::new();
    for micros in [3_000, 50, 700, 1_500] {
        tasks.push(spawn(async move {
            let (began, wait) = (Instant::now(), Duration::from_micros(micros));
            sleep(wait).await;
            began.elapsed() >= wait
        }));
    }
    let mut on_time = 0;
    for task in tasks {
        on_time += u32::from(task.await.unwrap());
    }
    Ok(format!("{on_time} of 4 were not early"))
}

pub async fn timeouts() -> Said {
    let never = timeout(Duration::from_millis(2), std::future::pending::<()>()).await;
    let soon = timeout(Duration::from_secs(3_600), sleep(Duration::from_micros(1))).await;
    Ok(format!("never {}, soon {}", never.is_ok(), soon.is_ok()))
}

pub async fn wakes_from_threads() -> Said {
    let (sender, receiver) = async_channel::bounded(1);
    let threads: Vec<_> = (0..3)
        .map(|of| {
            let sender = sender.clone();
            let send = move || (0..50).for_each(|n| sender.send_blocking(of + n).unwrap());
            start(send)
        })
        .collect::<Result<_, _>>()?;
    drop(sender);
    let mut sum = 0;
    while let Ok(n) = receiver.recv().await {
        sum += n;
    }
    let whole = threads.into_iter().all(|thread| thread.join().is_ok());
    Ok(format!("{sum} in all, each thread to its end: {whole}"))
}

pub async fn blocking_jobs() -> Said {
    let jobs: Vec<_> = (0..4).map(|n| spawn_blocking(move || n * 10)).collect();
    let mut sum = 0;
    for job in jobs {
        sum += job.await?;
    }
    Ok(format!("{sum}"))
}

pub async fn standard_streams() -> Said {
    let mut lines = BufReader::new(stdin()).lines();
    let first = lines.next_line().await?.unwrap_or_default();
    let second = lines.next_line().await?.unwrap_or_default();
    let end = lines.next_line().await?;
    stdout().write_all(b"to standard output\n").await?;
    stderr().write_all(b"to standard error\n").await?;
    Ok(format!("{first}, {second}, end: {}", end.is_none()))
}

pub fn second_runtime() -> Said {
    let runtime = Runtime::new()?;
    let (sender, receiver) = async_channel::bounded(1);
    let (handles, handle) = mpsc::channel();
    let other = start(move || -> Said {
        let runtime = Runtime::new()?;
        handles.send(runtime.handle().clone()).unwrap();
        runtime.block_on(async {
            let line = receiver.recv().await.unwrap_or("nobody spoke");
            sleep(Duration::from_micros(200)).await;
            Ok(line.to_owned())
        })
    })?;
    // Where the other could not make its runtime, its error is what is said.
    if let Ok(handle) = handle.recv() {
        runtime.block_on(async {
            yield_now().await;
            handle.spawn(async move { sender.send("spoken across").await });
        });
    }
    other.join().unwrap_or_else(|panic| resume_unwind(panic))
}

pub fn turns() -> Said {
    let runtime = Runtime::new()?;
    let task = runtime.spawn(async {
        sleep(Duration::from_millis(1)).await;
        let (sender, receiver) = async_channel::bounded(1);
        let send = move || sender.send_blocking("woken in a turn");
        let thread = start(send)?;
        let line = receiver.recv().await.unwrap();
        thread.join().unwrap().unwrap();
        Ok(line.to_owned())
    });
    // Asked for once, before anything was refused.
    #[cfg(not(mio_unsupported_force_poll_poll))]
    let descriptor = descriptor_of(&runtime);
    while !task.is_finished() {
        // mio's poll(2) has no descriptor: there the turn itself waits.
        #[cfg(mio_unsupported_force_poll_poll)]
        runtime.turn(None)?;
        #[cfg(not(mio_unsupported_force_poll_poll))]
        {
            wait_for(descriptor);
            runtime.turn(Some(Duration::ZERO))?;
        }
    }
    runtime.block_on(task)?
}
