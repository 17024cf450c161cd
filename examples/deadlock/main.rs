//! Three ways in which tasks wait for each other for ever, and the report that names
//! the circle: two locks taken in two orders, two channels that are full both ways, and
//! a semaphore whose permits are held by who awaits the task that wants them.
//!
//!     cargo run --example deadlock
//!     cargo run --example deadlock -- --picture FILE.svg     (the circles, drawn)
//!
//! No line of the tasks is wrong by itself, and no compiler finds it: each waits for
//! what another has. With `Builder::on_deadlock` the runtime says so at the moment at
//! which nothing can ever happen any more, here by a panic. `sync::named` and
//! `task::Builder::name` give what is in the report a name; without one it has the
//! place that made it.
//!
//! docs/deadlock.svg is the picture that this program makes.
//!
//! Next: ten_thousand_waits, why tasks wait and not threads.

#[path = "../common/mod.rs"]
mod common;
mod picture;

use std::ffi::OsStr;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::{env, fs};

use buzzer::runtime::{Builder, OnDeadlock};
use buzzer::sync::{self, Mutex, Semaphore, mpsc};
use buzzer::task::{self, JoinHandle};
use buzzer::time::{Duration, sleep};
use buzzer::trace::Dump;
use common::{ended, usage};

const SECOND: Duration = Duration::from_secs(1);

fn task(name: &str, future: impl Future<Output = ()> + 'static) -> io::Result<JoinHandle<()>> {
    task::Builder::new().name(name).spawn(future)
}

/// Each holds one lock, and wants the other's.
async fn two_locks() -> io::Result<()> {
    let accounts = Rc::new(sync::named("accounts", Mutex::new(100)));
    let journal = Rc::new(sync::named("journal", Mutex::new(Vec::new())));
    let (from, into) = (accounts.clone(), journal.clone());
    let transfer = task("transfer", async move {
        let mut accounts = from.lock().await;
        sleep(SECOND).await;
        into.lock().await.push(*accounts);
        *accounts -= 1;
    })?;
    let audit = task("audit", async move {
        let journal = journal.lock().await;
        sleep(SECOND).await;
        let accounts = accounts.lock().await;
        assert!(journal.iter().all(|line| line <= &*accounts));
    })?;
    transfer.await?;
    audit.await?;
    Ok(())
}

/// Each is about to send, and neither receives: both channels are full.
async fn two_channels() -> io::Result<()> {
    let (orders, mut ordered) = sync::named("orders", mpsc::channel(2));
    let (meals, mut served) = sync::named("meals", mpsc::channel(1));
    let kitchen = task("kitchen", async move {
        let _ = meals.send("bread").await;
        while let Some(order) = ordered.recv().await {
            // A starter and a main course.
            for course in [order, order] {
                let _ = meals.send(course).await;
            }
        }
    })?;
    let waiter = task("waiter", async move {
        while served.recv().await.is_some() {
            // A whole table at once.
            for order in ["soup", "fish", "rice", "cake", "soup"] {
                let _ = orders.send(order).await;
            }
        }
    })?;
    waiter.await?;
    kitchen.await?;
    Ok(())
}

/// One holds the permits that the other wants, and awaits its end.
async fn a_semaphore_and_a_join() -> io::Result<()> {
    let tables = Arc::new(sync::named("tables", Semaphore::new(2)));
    let host = task("host", async move {
        let reserved = tables.clone().acquire_many_owned(2).await;
        let guest = task("guest", async move {
            let _table = tables.acquire().await;
            sleep(SECOND).await;
        });
        let _ = guest.expect("the signature is tokio's").await;
        drop(reserved);
    })?;
    host.await?;
    Ok(())
}

/// Runs what comes to a deadlock; gives its report, and what the runtime knew then.
fn report(scenario: impl Future<Output = io::Result<()>>) -> io::Result<(String, Dump)> {
    let runtime = Builder::new_current_thread()
        .on_deadlock(OnDeadlock::Panic)
        .dump_waits(true)
        .start_paused(true) // Nobody wants to wait for that.
        .build()?;
    let run = AssertUnwindSafe(|| runtime.block_on(scenario));
    match panic::catch_unwind(run) {
        Ok(ended) => {
            ended?;
            Err(io::Error::other("the tasks have not locked each other out"))
        }
        Err(report) => {
            let report = report.downcast::<String>().unwrap_or_default();
            // What is stuck is there until the runtime goes.
            Ok((*report, runtime.dump()))
        }
    }
}

/// Prints the reports, or draws their circles into `picture`.
fn run(output: &mut impl Write, picture: Option<&OsStr>) -> io::Result<()> {
    // The panics are what is wanted here: they are printed below.
    panic::set_hook(Box::new(|_| {}));
    let reports = [
        ("Two locks, taken in two orders", report(two_locks())?),
        ("Two channels, full both ways", report(two_channels())?),
        ("A semaphore and a join", report(a_semaphore_and_a_join())?),
    ];
    let _ = panic::take_hook();
    if let Some(file) = picture {
        return fs::write(
            file,
            picture::of(&reports.map(|(title, (_, dump))| (title, dump))),
        );
    }
    for (index, (title, (report, _))) in reports.iter().enumerate() {
        let before = if index > 0 { "\n\n" } else { "" };
        writeln!(output, "{before}{title}\n\n{report}")?;
    }
    output.flush()
}

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let picture = match &arguments[..] {
        [] => None,
        [flag, file] if flag == "--picture" => Some(file.as_os_str()),
        _ => return usage("[--picture FILE.svg]"),
    };
    ended(run(&mut io::stdout().lock(), picture))
}
