//! Six tasks, and all the ways in which a task can end.
//!
//!     cargo run -p buzzer-chapters --bin a_tasks_life

use std::future::pending;
use std::{io, panic};

use buzzer::runtime::Builder;
use buzzer::task::{self, JoinError, JoinHandle, yield_now};
use buzzer::time::{Duration, sleep};

/// Says when it is dropped.
struct Cup(&'static str);

impl Drop for Cup {
    fn drop(&mut self) {
        println!("    {}'s cup is washed", self.0);
    }
}

fn spawn<F: Future + 'static>(name: &str, future: F) -> io::Result<JoinHandle<F::Output>> {
    task::Builder::new().name(name).spawn(future)
}

async fn shop() -> io::Result<()> {
    let ada = spawn("Ada", async { "espresso" })?;
    let grace = spawn("Grace", async {
        yield_now().await; // Woken while it is polled: queued again.
        "latte"
    })?;
    let edsger = spawn("Edsger", async {
        sleep(Duration::from_secs(1)).await; // Waiting, until the timer.
        "mocha"
    })?;
    let spilled = spawn("Barbara", async {
        let _cup = Cup("Barbara");
        if true {
            panic!("spilled");
        }
        "tea"
    })?;
    let left = spawn("Donald", async {
        let _cup = Cup("Donald");
        pending::<&str>().await // It would wait for ever.
    })?;
    drop(spawn("Tony", async {
        sleep(Duration::from_millis(500)).await;
        println!("    Tony drinks, though nobody asks for him");
    })?);
    yield_now().await; // All have been polled once.
    left.abort();

    show("Ada", ada.await);
    show("Grace", grace.await);
    show("Barbara", spilled.await);
    show("Donald", left.await);
    show("Edsger", edsger.await);
    Ok(())
}

fn show(name: &str, result: Result<&str, JoinError>) {
    match result {
        Ok(drink) => println!("{name}: {drink}"),
        Err(error) if error.is_panic() => println!("{name}: a panic"),
        Err(error) => println!("{name}: cancelled is {}", error.is_cancelled()),
    }
}

fn main() -> io::Result<()> {
    panic::set_hook(Box::new(|_| {})); // The handle tells of it.
    let runtime = Builder::new_current_thread().start_paused(true).build()?;
    runtime.block_on(shop())
}
