//! Timers: to the nanosecond, equal ones in order, moved, dropped, and none at all.
//!
//!     cargo run -p buzzer-chapters --bin timers

use std::io;
use std::pin::pin;

use buzzer::runtime::Builder;
use buzzer::task;
use buzzer::time::{Duration, Instant, sleep, sleep_until, timeout};

async fn say(what: &str, after: Duration, began: Instant) {
    sleep_until(began + after).await;
    println!("{:>13}  {what}", format!("{:?}", began.elapsed()));
}

async fn alarms() -> io::Result<()> {
    let began = Instant::now();
    let mut tasks = Vec::new();
    for (what, nanoseconds) in [
        ("the first to be armed", 300),
        ("no time at all", 0),
        ("a nanosecond", 1),
        ("as late, and armed after it", 300),
        ("half a second", 500_000_000),
    ] {
        let alarm = say(what, Duration::from_nanos(nanoseconds), began);
        tasks.push(task::Builder::new().name(what).spawn(alarm)?);
    }
    for task in tasks {
        task.await?;
    }

    let mut moved = pin!(sleep(Duration::from_secs(3600)));
    moved.as_mut().reset(began + Duration::from_secs(1));
    moved.await;
    println!(
        "{:>13}  an hour, moved to a second",
        format!("{:?}", began.elapsed())
    );

    let late = timeout(Duration::from_secs(1), sleep(Duration::from_secs(3600))).await;
    println!("{:>13}  {late:?}", format!("{:?}", began.elapsed()));
    Ok(())
}

fn main() -> io::Result<()> {
    let runtime = Builder::new_current_thread().start_paused(true).build()?;
    runtime.block_on(alarms())
}
