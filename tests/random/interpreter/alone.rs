//! What the steps do that depend on no other strand's turn: where only each strand's own
//! order is promised.
//!
//! Whatever the system is asked for takes real time, and a paused clock may jump meanwhile:
//! so it is held ([`hold`]).

use super::of_jobs;
use super::shared::Shared;
use super::step::{ms, told};
use super::strand::Strand;
use crate::own::race;
use program::{AwayEnd, Fate, Fault, FileStep, Limiter, Step};
use std::future::pending;
use std::io::SeekFrom;
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
        Step::Job(number, fate) => {
            if shared.errs(Fault::JobsAreNotHeardOf) {
                let _held = hold(shared);
                pending::<()>().await;
            }
            of_jobs::job(strand, *number, *fate).await;
        }
        Step::JobQueue(fates) => of_jobs::queue(strand, fates).await,
        Step::JobSet(count, end) => of_jobs::set(strand, *count, *end).await,
        Step::File(steps) => of_files(strand, steps).await,
        Step::Process(number) => {
            let _held = hold(&strand.shared);
            let mut command = Command::new("/bin/sh");
            command.arg("-c").arg(format!("exit {}", number % 3));
            let status = command.stdin(Stdio::null()).status().await;
            strand.say(&format!("its child says {:?}", status.unwrap().code()));
        }
        Step::OtherRuntime(number, end) => elsewhere(strand, *number, *end).await,
        _ => unreachable!("not alone"),
    }
}

/// A file is written and read at its position, which moves, as the steps say; and then read
/// as a whole.
async fn of_files(strand: &Strand, steps: &[FileStep]) {
    let _held = hold(&strand.shared);
    let path = tempfile::NamedTempFile::new().unwrap().into_temp_path();
    let mut options = fs::OpenOptions::new();
    let mut file = options.read(true).write(true).open(&path).await.unwrap();
    let mut next = 0u8;
    for step in steps {
        let told = match *step {
            FileStep::Write(count) => {
                let bytes: Vec<_> = (next..).take(count.into()).collect();
                next += count;
                format!("{:?}", file.write(&bytes).await.unwrap())
            }
            FileStep::Read(count) => {
                let mut bytes = vec![0; count.into()];
                let count = file.read(&mut bytes).await.unwrap();
                format!("{:?}", &bytes[..count])
            }
            FileStep::ReadToEnd => {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes).await.unwrap();
                format!("{bytes:?}")
            }
            FileStep::Seek(to) => {
                let at = file.seek(SeekFrom::Start(to.into())).await;
                format!("{at:?}")
            }
            FileStep::SeekFromEnd(back) => {
                let at = file.seek(SeekFrom::End(-i64::from(back))).await;
                format!("{:?}", at.map_err(|error| error.kind()))
            }
            FileStep::SetLen(_) if strand.shared.errs(Fault::LengthsStay) => "()".into(),
            FileStep::SetLen(length) => format!("{:?}", file.set_len(length.into()).await.unwrap()),
            FileStep::Length => {
                // tokio's file doesn't wait for its writes here.
                file.flush().await.unwrap();
                format!("{}", file.metadata().await.unwrap().len())
            }
        };
        strand.say(&format!("{step:?}: {told}"));
    }
    file.flush().await.unwrap();
    drop(file);
    let whole = fs::read(&path).await.unwrap();
    strand.say(&format!("has written {whole:?}"));
}

/// Another runtime, on a thread of its own: it spawns a task here and waits for its end, and
/// then one is spawned there.
async fn elsewhere(strand: &Strand, number: u8, end: AwayEnd) {
    let _held = hold(&strand.shared);
    let aborts = matches!(end, AwayEnd::Abort) && !strand.shared.errs(Fault::AbortsStayHere);
    let here = Handle::current();
    let (tells, told_of) = oneshot::channel();
    let (ends, has_ended) = oneshot::channel::<()>();
    let other = thread::spawn(move || {
        let there = Builder::new_current_thread().build().unwrap();
        there.block_on(async {
            let task = here.spawn(async move {
                if aborts {
                    pending::<()>().await;
                }
                yield_now().await;
                u32::from(number) + 1
            });
            if aborts {
                task.abort();
            }
            drop(tells.send((told(&task.await), Handle::current())));
            drop(has_ended.await);
        });
    });
    let (text, there) = told_of.await.unwrap();
    strand.say(&format!("a task from elsewhere {text}"));
    let (gives, value) = oneshot::channel();
    let stays = matches!(end, AwayEnd::Abort | AwayEnd::Leave);
    let task = there.spawn(async move {
        yield_now().await;
        if stays {
            pending::<()>().await;
        }
        let _ = gives.send(u32::from(number) + 2);
    });
    let mut ends = Some(ends);
    let text = match end {
        AwayEnd::Await => told(&task.await),
        AwayEnd::Abort => {
            task.abort();
            told(&task.await)
        }
        AwayEnd::Detach => {
            drop(task);
            "is let go"
        }
        // It goes with its runtime.
        AwayEnd::Leave => {
            drop(ends.take());
            told(&task.await)
        }
    };
    strand.say(&format!("a task elsewhere {text}: {:?}", value.await.ok()));
    drop(ends);
    other.join().unwrap();
}
