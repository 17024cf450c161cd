//! Timers, threads, the pool, signals, the standard streams, other ways to run a loop,
//! and who looks at it.

use std::io;
use std::panic::resume_unwind;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread::{Builder, JoinHandle};

use buzzer::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, stderr, stdin, stdout};
use buzzer::runtime::{self, Runtime};
use buzzer::signal::unix::{SignalKind, signal};
use buzzer::sync::{mpsc as channel, oneshot};
use buzzer::task::{spawn_blocking, yield_now};
use buzzer::time::{Duration, Instant, sleep, timeout};

use super::left::spawn;
use super::{Place, Said, sockets};

/// A thread of the program's own.
fn start<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    let own = |error| io::Error::other(format!("own thread: {error}"));
    Builder::new().spawn(work).map_err(own)
}

pub async fn timers() -> Said {
    let tasks = [3_000, 50, 700, 1_500].map(|micros| {
        spawn(async move {
            let (began, wait) = (Instant::now(), Duration::from_micros(micros));
            sleep(wait).await;
            began.elapsed() >= wait
        })
    });
    let mut on_time = 0;
    for task in tasks {
        on_time += u32::from(task.await?);
    }
    let never = timeout(Duration::from_millis(2), std::future::pending::<()>()).await;
    Ok(format!("{on_time} of 4 not early, never {}", never.is_ok()))
}

pub async fn threads() -> Said {
    let (sender, mut receiver) = channel::channel(1);
    let threads = [1, 2, 3].map(|of| {
        let sender = sender.clone();
        start(move || (0..20).all(|n| sender.blocking_send(of + n).is_ok()))
    });
    drop(sender);
    let mut sum = 0;
    while let Some(n) = receiver.recv().await {
        sum += n;
    }
    let mut whole = true;
    for thread in threads {
        whole &= thread?.join().unwrap_or_else(|panic| resume_unwind(panic));
    }
    Ok(format!("{sum} in all, each thread to its end: {whole}"))
}

pub async fn jobs() -> Said {
    let jobs = [0, 1, 2, 3].map(|n| spawn_blocking(move || n * 10));
    let mut sum = 0;
    for job in jobs {
        sum += job.await?;
    }
    Ok(format!("{sum}"))
}

/// Raised by a call that the library doesn't make.
fn raise(signal: SignalKind) {
    // SAFETY: it takes integers, and a value that is not looked at.
    let code = unsafe {
        let value = libc::sigval {
            sival_ptr: std::ptr::null_mut(),
        };
        libc::sigqueue(libc::getpid(), signal.as_raw_value(), value)
    };
    assert_eq!(code, 0, "own signal");
}

pub async fn signals() -> Said {
    let kinds = [SignalKind::user_defined1(), SignalKind::alarm()];
    let mut first = signal(kinds[0])?;
    let mut second = signal(kinds[1])?;
    let mut heard = 0;
    for _ in 0..3 {
        raise(kinds[0]);
        heard += u32::from(first.recv().await.is_some());
        raise(kinds[1]);
        heard += u32::from(second.recv().await.is_some());
    }
    Ok(format!("{heard} heard"))
}

pub async fn standard_streams() -> Said {
    let mut lines = BufReader::new(stdin()).lines();
    let first = lines.next_line().await?.unwrap_or_default();
    let second = lines.next_line().await?.unwrap_or_default();
    let end = lines.next_line().await?;
    stdout().write_all(b"to standard output\n").await?;
    stdout().flush().await?;
    stderr().write_all(b"to standard error\n").await?;
    Ok(format!("{first}, {second}, end: {}", end.is_none()))
}

pub fn two_runtimes() -> Said {
    let runtime = Runtime::new()?;
    let (sender, receiver) = oneshot::channel();
    let (handles, handle) = mpsc::channel();
    let other = start(move || -> Said {
        let runtime = Runtime::new()?;
        let _ = handles.send(runtime.handle().clone());
        runtime.block_on(async {
            let line = receiver.await.unwrap_or("nobody spoke");
            sleep(Duration::from_micros(200)).await;
            Ok(line.to_owned())
        })
    })?;
    let across = || -> Said {
        // Where the other could not make its runtime, its error is what is said.
        if let Ok(handle) = handle.recv() {
            runtime
                .block_on(async {
                    yield_now().await;
                    handle
                        .spawn(async move { sender.send("spoken across") })
                        .await
                })?
                .ok();
        }
        Ok(String::new())
    };
    let across = across();
    let said = other.join().unwrap_or_else(|panic| resume_unwind(panic))?;
    across.map(|_| said)
}

pub fn turns() -> Said {
    let runtime = Runtime::new()?;
    let task = runtime.spawn(async {
        sleep(Duration::from_millis(1)).await;
        let (sender, receiver) = oneshot::channel();
        let thread = start(move || sender.send("woken in a turn"))?;
        let line = receiver.await.unwrap_or("nobody woke it");
        let _ = thread.join();
        Ok(line.to_owned())
    });
    while !task.is_finished() {
        runtime.turn(None)?;
    }
    runtime.block_on(task)?
}

pub fn watched() -> Said {
    let (sender, receiver) = mpsc::channel();
    let runtime = runtime::Builder::new_current_thread()
        .watchdog(Duration::from_millis(5))
        .dump_on_signal(SignalKind::user_defined2())
        .ledger(true)
        .on_slow_poll(move |slow| {
            let _ = sender.send(slow.victims().is_some());
        })
        .build()?;
    let during = runtime.block_on(async {
        sleep(Duration::from_micros(100)).await;
        // Blocks the loop until the report has come.
        receiver.recv()
    });
    drop(runtime);
    Ok(format!("told during {}", during.is_ok()))
}

pub fn recorded() -> Said {
    let runtime = runtime::Builder::new_current_thread()
        .record(10_000)
        .build()?;
    runtime.block_on(job_and_sleep())?;
    let events = runtime.recording().records().len();
    Ok(format!("has events: {}", events > 0))
}

/// By `BUZZER_TRACE`, which the process has for this part: see `run.rs`.
pub fn traced() -> Said {
    let runtime = Runtime::new()?;
    runtime.block_on(job_and_sleep())?;
    drop(runtime);
    Ok("ran".to_owned())
}

async fn job_and_sleep() -> io::Result<()> {
    spawn_blocking(|| ()).await?;
    sleep(Duration::from_micros(100)).await;
    Ok(())
}

pub fn low_numbers(place: Rc<Place>) -> Said {
    let runtime = Runtime::new()?;
    runtime.block_on(sockets::low_numbers(place))
}
