//! The glass box: the dump, the watchdog, and a scenario in every order.

use std::sync::mpsc;

use buzzer::runtime::Builder;
use buzzer::signal::unix::SignalKind;
use buzzer::spawn;
use buzzer::task::yield_now;
use buzzer::testing::explore_all;
use buzzer::time::{Duration, sleep};

use super::Said;
use super::signals::raise;

/// Said on standard error.
pub fn dump_on_signal() -> Said {
    let runtime = Builder::new_current_thread()
        .dump_on_signal(SignalKind::user_defined2())
        .build()?;
    runtime.block_on(async {
        let task = spawn(std::future::pending::<()>());
        yield_now().await;
        raise(libc::SIGUSR2)?;
        sleep(Duration::from_millis(5)).await;
        task.abort();
        Ok("asked".to_owned())
    })
}

pub fn watchdog() -> Said {
    let (sender, receiver) = mpsc::channel();
    let runtime = Builder::new_current_thread()
        .watchdog(Duration::from_millis(5))
        .on_slow_poll(move |slow| {
            let _ = sender.send(slow.victims().is_some());
        })
        .build()?;
    let during = runtime.block_on(async {
        // Blocks the loop until the report has come.
        receiver.recv().unwrap()
    });
    drop(runtime);
    let after = receiver.iter().last();
    Ok(format!(
        "ended when first told {during}, when last {after:?}"
    ))
}

pub fn testing() -> Said {
    let orders = explore_all(|| async {
        let one = spawn(yield_now());
        let other = spawn(sleep(Duration::from_secs(60)));
        one.await.unwrap();
        other.await.unwrap();
    });
    Ok(format!("{orders} orders"))
}
