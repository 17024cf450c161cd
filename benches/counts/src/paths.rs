//! The hot paths, each as often as it is asked for.

use std::future::poll_fn;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use anyhow::ensure;
use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::{TcpListener, TcpStream, UnixStream};
use buzzer::runtime::{Builder, Runtime};
use buzzer::sync::{Mutex, Notify, mpsc, oneshot};
use buzzer::task::{JoinHandle, yield_now};
use buzzer::time::sleep;
use clap::ValueEnum;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Debug)]
pub enum Path {
    /// Spawn a task that is ready at once, and take its output; of a hundred at a time
    SpawnToJoin,
    /// Spawn a task that is ready at once, and leave it alone
    Detach,
    /// A task wakes itself, and is polled
    WakeToPoll,
    /// A task yields, and has the others and the reactor have their turn
    Yield,
    /// A sleep on a paused clock
    ArmToFire,
    /// A sleep that is dropped
    ArmAndDrop,
    /// A task writes a byte to a socket, and another that waits for it reads it
    ReadinessToPoll,
    /// A connection is made, accepted, written to, read from and closed
    AcceptToFirstRead,
    /// Two tasks exchange a number over two channels of one place
    Channels,
    /// Two tasks ring for each other
    Bells,
    /// A mutex that nobody else wants
    Lock,
    /// A channel for one value is made, sent through and received from
    Oneshot,
    /// The same on a thread that has no runtime, which keeps no memory
    OneshotOutside,
}

/// Runs `path` so many times.
///
/// # Errors
///
/// If something went otherwise than it should.
pub fn run(path: Path, times: u64) -> anyhow::Result<()> {
    let runtime = runtime(path)?;
    runtime.block_on(async {
        match path {
            Path::SpawnToJoin => spawn_to_join(times).await,
            Path::Detach => detach(times).await,
            Path::WakeToPoll => Ok(buzzer::spawn(wake_to_poll(times)).await?),
            Path::Yield => Ok(buzzer::spawn(yields(times)).await?),
            Path::ArmToFire => Ok(buzzer::spawn(arm_to_fire(times)).await?),
            Path::ArmAndDrop => arm_and_drop(times),
            Path::ReadinessToPoll => readiness_to_poll(times).await,
            Path::AcceptToFirstRead => accept_to_first_read(times).await,
            Path::Channels => channels(times).await,
            Path::Bells => bells(times).await,
            Path::Lock => lock(times).await,
            Path::Oneshot => oneshots(times),
            Path::OneshotOutside => {
                let outside = thread::spawn(move || oneshots(times));
                outside.join().expect("it does not panic")
            }
        }
    })
}

fn runtime(path: Path) -> anyhow::Result<Runtime> {
    let mut builder = Builder::new_current_thread();
    builder.start_paused(path == Path::ArmToFire);
    Ok(builder.build()?)
}

async fn spawn_to_join(times: u64) -> anyhow::Result<()> {
    let mut handles: Vec<JoinHandle<u64>> = Vec::with_capacity(100);
    let mut sum = 0;
    for first in (0..times).step_by(100) {
        let numbers = first..(first + 100).min(times);
        handles.extend(numbers.map(|number| buzzer::spawn(async move { number })));
        for handle in handles.drain(..) {
            sum += handle.await?;
        }
    }
    ensure!(sum == times * (times - 1) / 2, "the outputs are not right");
    Ok(())
}

async fn detach(times: u64) -> anyhow::Result<()> {
    let count = Rc::new(std::cell::Cell::new(0));
    for number in 0..times {
        let count = count.clone();
        drop(buzzer::spawn(async move { count.set(count.get() + 1) }));
        if number % 100 == 99 {
            yield_now().await;
        }
    }
    yield_now().await;
    ensure!(count.get() == times, "{} have run", count.get());
    Ok(())
}

async fn wake_to_poll(times: u64) {
    let mut left = times;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

async fn yields(times: u64) {
    for _ in 0..times {
        yield_now().await;
    }
}

async fn arm_to_fire(times: u64) {
    for _ in 0..times {
        sleep(Duration::from_millis(1)).await;
    }
}

fn arm_and_drop(times: u64) -> anyhow::Result<()> {
    for _ in 0..times {
        let mut slept = std::pin::pin!(sleep(Duration::from_secs(30)));
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        ensure!(slept.as_mut().poll(&mut cx).is_pending(), "it waits");
    }
    Ok(())
}

async fn readiness_to_poll(times: u64) -> anyhow::Result<()> {
    let (mut here, mut there) = UnixStream::pair()?;
    let answers = buzzer::spawn(async move {
        for _ in 0..times {
            let byte = there.read_u8().await?;
            there.write_u8(byte).await?;
        }
        anyhow::Ok(())
    });
    let asks = buzzer::spawn(async move {
        for number in 0..times {
            let byte = number as u8;
            here.write_u8(byte).await?;
            ensure!(here.read_u8().await? == byte, "another byte came back");
        }
        Ok(())
    });
    asks.await??;
    answers.await?
}

async fn accept_to_first_read(times: u64) -> anyhow::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    for _ in 0..times {
        let mut guest = TcpStream::connect(address).await?;
        let (mut host, _) = listener.accept().await?;
        guest.write_u8(1).await?;
        ensure!(host.read_u8().await? == 1, "another byte came");
        // The guest's port is free again at once, for the host closes first.
        drop(host);
    }
    Ok(())
}

async fn channels(times: u64) -> anyhow::Result<()> {
    let (to, mut from) = mpsc::channel(1);
    let (back, mut answers) = mpsc::channel(1);
    let other = buzzer::spawn(async move {
        while let Some(number) = from.recv().await {
            back.send(number).await?;
        }
        anyhow::Ok(())
    });
    let asks = buzzer::spawn(async move {
        for number in 0..times {
            to.send(number).await?;
            ensure!(answers.recv().await == Some(number), "another number came");
        }
        Ok(())
    });
    asks.await??;
    other.await?
}

async fn bells(times: u64) -> anyhow::Result<()> {
    let (ping, pong) = (Rc::new(Notify::new()), Rc::new(Notify::new()));
    let (to_ping, at_pong) = (ping.clone(), pong.clone());
    let other = buzzer::spawn(async move {
        for _ in 0..times {
            at_pong.notified().await;
            to_ping.notify_one();
        }
    });
    let asks = buzzer::spawn(async move {
        for _ in 0..times {
            pong.notify_one();
            ping.notified().await;
        }
    });
    asks.await?;
    Ok(other.await?)
}

async fn lock(times: u64) -> anyhow::Result<()> {
    let count = Mutex::new(0);
    buzzer::spawn(async move {
        for _ in 0..times {
            *count.lock().await += 1;
        }
        ensure!(count.into_inner() == times, "not all were counted");
        Ok(())
    })
    .await?
}

fn oneshots(times: u64) -> anyhow::Result<()> {
    for number in 0..times {
        let (to, mut from) = oneshot::channel();
        // The receiver is there.
        let _ = to.send(number);
        ensure!(from.try_recv() == Ok(number), "another number came");
    }
    Ok(())
}
