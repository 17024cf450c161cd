//! What the steps do that depend on no other strand's turn: where only each strand's own
//! order is promised.
//!
//! Whatever the system is asked for takes real time, and a paused clock may jump meanwhile:
//! so it is held ([`hold`]).

use super::shared::Shared;
use super::step::{ms, told};
use super::strand::Strand;
use crate::own::race;
use program::{Fate, Fault, Limiter, Step};
use std::future::pending;
use std::panic::resume_unwind;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
#[allow(
    unused_imports,
    reason = "buzzer's files have these methods themselves"
)]
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::{spawn_blocking, spawn_local, yield_now};
use tokio::time::{sleep, timeout};
use tokio::{fs, select};

/// Keeps the paused clock where it is, by a job that ends when this is dropped.
pub(crate) struct Held(#[allow(dead_code, reason = "it is held")] mpsc::Sender<()>);

pub(crate) fn hold(shared: &Shared) -> Held {
    let (keep, kept) = mpsc::channel();
    if !shared.errs(Fault::JobsHoldNothing) {
        drop(spawn_blocking(move || kept.recv()));
    }
    Held(keep)
}

pub(crate) async fn step(strand: &Strand, step: &Step) {
    let shared = &strand.shared;
    match step {
        Step::Yield => {
            yield_now().await;
            strand.say("is back");
        }
        Step::Child(steps, meanwhile, fate) => {
            let body = strand.body(0, steps);
            let panics = matches!(fate, Fate::Panic);
            let child = spawn_local(async move {
                body.await;
                if panics {
                    resume_unwind(Box::new("as planned"));
                }
            });
            strand.body(1, meanwhile).await;
            match fate {
                Fate::Detach => return strand.say("detaches it"),
                Fate::Await | Fate::Panic => (),
                Fate::Abort(time) => {
                    sleep(ms(*time)).await;
                    child.abort();
                }
            }
            strand.say(&format!("its child {}", told(&child.await)));
        }
        Step::Limit(limiter, time, steps) => {
            let body = strand.body(0, steps);
            let limit = sleep(ms(*time));
            let is_in_time = match limiter {
                Limiter::Timeout => timeout(ms(*time), body).await.is_ok(),
                Limiter::Select => select! { () = body => true, () = limit => false },
                Limiter::Race => race(vec![body, Box::pin(limit)]).await == 0,
            };
            strand.say(["is too late", "is in time"][usize::from(is_in_time)]);
        }
        Step::Add(number) => {
            let mut sum = shared.sum.lock().await;
            yield_now().await;
            *sum += u32::from(*number);
            strand.say("has added");
        }
        Step::Enter(times) => {
            // More often than a poll has budget for.
            for _ in 0..=*times {
                drop(shared.gate.acquire().await);
            }
            strand.say("has come through the gate");
        }
        Step::Job(number) => {
            if shared.errs(Fault::JobsAreNotHeardOf) {
                let _held = hold(shared);
                pending::<()>().await;
            }
            let number = *number;
            let job = spawn_blocking(move || match number % 4 {
                0 => resume_unwind(Box::new("as planned")),
                _ => u32::from(number) + 1,
            });
            strand.say(&format!("its job {}", told(&job.await)));
        }
        Step::File(number) => of_files(strand, *number).await,
        Step::Process(number) => {
            let _held = hold(&strand.shared);
            let mut command = Command::new("/bin/sh");
            command.arg("-c").arg(format!("exit {}", number % 3));
            let status = command.stdin(Stdio::null()).status().await;
            strand.say(&format!("its child says {:?}", status.unwrap().code()));
        }
        Step::OtherRuntime(number) => elsewhere(strand, *number).await,
        _ => unreachable!("not alone"),
    }
}

/// A file is written, read at an offset, and read as a whole.
async fn of_files(strand: &Strand, number: u8) {
    let _held = hold(&strand.shared);
    let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
    let mut file = fs::File::create(&path).await.unwrap();
    let bytes: Vec<u8> = (0..number).collect();
    file.write_all(&bytes).await.unwrap();
    file.flush().await.unwrap();
    drop(file);
    let mut file = fs::File::open(&path).await.unwrap();
    let at = u64::from(number / 2);
    file.seek(std::io::SeekFrom::Start(at)).await.unwrap();
    let mut read = Vec::new();
    file.read_to_end(&mut read).await.unwrap();
    let whole = fs::read(&path).await.unwrap();
    strand.say(&format!("has read {read:?}, of {}", whole.len()));
}

/// Another runtime, on a thread of its own: it awaits a task that it has spawned here, and
/// then a task is awaited that was spawned there.
async fn elsewhere(strand: &Strand, number: u8) {
    let _held = hold(&strand.shared);
    let here = Handle::current();
    let (tells, told) = oneshot::channel();
    let (ends, has_ended) = oneshot::channel::<()>();
    let other = thread::spawn(move || {
        let there = Builder::new_current_thread().build().unwrap();
        there.block_on(async {
            let task = here.spawn(async move {
                yield_now().await;
                u32::from(number) + 1
            });
            let value = task.await.ok();
            drop(tells.send((value, Handle::current())));
            drop(has_ended.await);
        });
    });
    let (value, there) = told.await.unwrap();
    strand.say(&format!("was spawned from elsewhere: {value:?}"));
    let task = there.spawn(async move {
        yield_now().await;
        u32::from(number) + 2
    });
    strand.say(&format!("has spawned elsewhere: {:?}", task.await.ok()));
    drop(ends);
    other.join().unwrap();
}
