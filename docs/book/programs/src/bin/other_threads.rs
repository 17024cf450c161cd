//! What comes in from outside: a value, a task, and the result of a job.
//!
//!     cargo run -p buzzer-chapters --bin other_threads

use std::{io, thread};

use buzzer::runtime::{Builder, Handle};
use buzzer::sync::oneshot;
use buzzer::task::{self, spawn_blocking};
use buzzer::time::{Duration, Instant, sleep};

fn here() -> String {
    match thread::current().name() {
        Some(name) => format!("thread {name:?}"),
        None => "a thread without a name".to_owned(),
    }
}

async fn front_of_the_house() -> io::Result<()> {
    println!("the loop runs on {}", here());

    let (sender, receiver) = oneshot::channel();
    let handle = Handle::current();
    let kitchen = thread::Builder::new().name("kitchen".to_owned());
    let kitchen = kitchen.spawn(move || {
        let cooked = here();
        let task = handle.spawn(async { here() });
        sender.send((cooked, task)).expect("somebody waits");
    })?;
    let (cooked, task) = receiver.await.expect("it is sent");
    println!("a value comes from {cooked}");
    println!("a task spawned there runs on {}", task.await?);
    kitchen.join().expect("the kitchen is fine");

    let began = Instant::now();
    let named = task::Builder::new().name("a minute");
    let minute = named.spawn(async move {
        sleep(Duration::from_secs(60)).await;
        began.elapsed()
    })?;
    let washing = spawn_blocking(move || {
        thread::sleep(Duration::from_millis(20));
        here()
    });
    println!("a job runs on {}", washing.await?);
    println!("the clock stood still meanwhile: {:?}", began.elapsed());
    println!("and then it jumped: {:?}", minute.await?);
    Ok(())
}

fn main() -> io::Result<()> {
    let runtime = Builder::new_current_thread().start_paused(true).build()?;
    runtime.block_on(front_of_the_house())
}
