//! The document's program as each stage of the ladder has it, on the real machine, which
//! records what a stage can't show. A second lasts ten milliseconds.
//!
//!     cargo run -p buzzer-chapters --bin ladder -- 3      as stage 3 has it
//!     cargo run -p buzzer-chapters --bin ladder -- 0      before the ladder: it blocks

use std::future::poll_fn;
use std::path::PathBuf;
use std::task::{Poll, Waker};
use std::time::Duration;
use std::{env, fs, io, process, thread};

use buzzer::io::{AsyncReadExt, AsyncWriteExt};
use buzzer::net::UnixStream;
use buzzer::runtime::Builder;
use buzzer::sync::{mpsc, oneshot};
use buzzer::task::{self, JoinHandle};
use buzzer::{gather, time};

const SECOND: Duration = Duration::from_millis(10);

// ANCHOR: waits
/// How a stage waits for so many seconds.
async fn wait(stage: u32, seconds: u32) {
    match stage {
        0 => thread::sleep(seconds * SECOND),
        1 => asked(4 * seconds).await,
        2..=5 => elsewhere(move || thread::sleep(seconds * SECOND)).await,
        _ => time::sleep(seconds * SECOND).await,
    }
}
// ANCHOR_END: waits

/// Is ready when it is asked for so many times. Stage 1 asks unbidden; here a future has
/// to wake its task for that.
async fn asked(times: u32) {
    let mut left = times;
    poll_fn(|cx| {
        left -= 1;
        if left == 0 {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

async fn elsewhere<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> T {
    task::spawn_blocking(job).await.expect("no job panics")
}

async fn read_file(stage: u32) -> io::Result<String> {
    wait(stage, 2).await;
    let read = || fs::read_to_string(path());
    match stage {
        8.. => elsewhere(read).await,
        _ => read(), // Holds up everybody.
    }
}

fn path() -> PathBuf {
    env::temp_dir().join(format!("dummy_async-{}.txt", process::id()))
}

async fn other_work(stage: u32) -> &'static str {
    wait(stage, 1).await;
    "Other work completed"
}

#[track_caller]
fn named<T: 'static>(
    name: &str,
    future: impl Future<Output = T> + 'static,
) -> io::Result<JoinHandle<T>> {
    task::Builder::new().name(name).spawn(future)
}

// ANCHOR: stages
/// One task asks both: all that stages 1 and 2 have.
async fn in_one_task(stage: u32) -> io::Result<(String, &'static str)> {
    let (content, result) = gather!(read_file(stage), other_work(stage)).await;
    Ok((content?, result))
}

/// A task each, which keep promises made by hand, as in stages 3 and 4.
async fn with_promises(stage: u32) -> io::Result<(String, &'static str)> {
    let (keeps, content) = oneshot::channel();
    let (keeps_too, result) = oneshot::channel();
    named("file", async move { keeps.send(read_file(stage).await) })?;
    named("other work", async move {
        keeps_too.send(other_work(stage).await)
    })?;
    let content = content.await.expect("it is kept");
    Ok((content?, result.await.expect("it is kept")))
}

/// A task each, and their handles: from stage 5 on.
async fn with_handles(stage: u32) -> io::Result<(String, &'static str)> {
    let file = named("file", read_file(stage))?;
    let other = named("other work", other_work(stage))?;
    let (content, result) = gather!(file, other).await;
    Ok((content??, result?))
}
// ANCHOR_END: stages

// ANCHOR: more
/// What a stage is about, where the document's program has none of it.
async fn more(stage: u32) -> io::Result<()> {
    match stage {
        4 => woken_three_times().await,
        7 => echo().await,
        9 => troubles().await,
        _ => Ok(()),
    }
}

/// Three wakes before its turn, and one poll.
async fn woken_three_times() -> io::Result<()> {
    let (lends, waker) = oneshot::channel::<Waker>();
    let mut lends = Some(lends);
    let sleeper = named("woken three times", async move {
        poll_fn(|cx| match lends.take() {
            Some(lends) => {
                let _ = lends.send(cx.waker().clone());
                Poll::Pending
            }
            None => Poll::Ready(()),
        })
        .await;
    })?;
    let waker = waker.await.expect("it is lent");
    (0..3).for_each(|_| waker.wake_by_ref());
    Ok(sleeper.await?)
}

async fn echo() -> io::Result<()> {
    let (mut client, mut guest) = UnixStream::pair()?;
    let server = named("server", async move {
        let mut word = [0; 4];
        guest.read_exact(&mut word).await?;
        guest.write_all(&word).await
    })?;
    task::yield_now().await; // The server waits by now.
    client.write_all(b"ping").await?;
    let mut word = [0; 4];
    client.read_exact(&mut word).await?;
    server.await?
}

async fn troubles() -> io::Result<()> {
    let panics = named("panics", async { panic!("as the chapter wants it") })?;
    let aborted = named("aborted", std::future::pending::<()>())?;
    let (sender, mut words) = mpsc::unbounded_channel();
    (0..200).for_each(|number| sender.send(number).expect("there is a receiver"));
    drop(sender);
    named("left at the end", std::future::pending::<()>())?;
    task::yield_now().await;
    aborted.abort();
    // All is there already, so it never has to wait.
    let greedy = named(
        "greedy",
        async move { while words.recv().await.is_some() {} },
    )?;
    let (panicked, aborted, greedy) = gather!(panics, aborted, greedy).await;
    println!("a panic ended its task alone: {}", panicked.is_err());
    println!("aborted: {}", aborted.is_err());
    greedy.map_err(io::Error::other)
}
// ANCHOR_END: more

async fn program(stage: u32) -> io::Result<()> {
    let (content, result) = match stage {
        1 | 2 => in_one_task(stage).await?,
        3 | 4 => with_promises(stage).await?,
        _ => with_handles(stage).await?,
    };
    println!("Got content1: '{content:.10}'");
    println!("Other work result: '{result}'");
    more(stage).await
}

fn main() -> io::Result<()> {
    let stage = env::args().nth(1).unwrap_or_else(|| "5".to_owned());
    let stage = stage.parse().map_err(io::Error::other)?;
    let runtime = Builder::new_current_thread().build()?;
    fs::write(path(), "Hello Asynchronous World!")?;
    let ended = runtime.block_on(program(stage));
    fs::remove_file(path())?;
    ended
}
