//! Two customers and one barista: every turn of the loop counts.
//!
//!     cargo run -p buzzer-chapters --bin the_loop
//!     cargo run -p buzzer-chapters --bin the_loop -- 1     one poll in a turn at most

use std::{env, io};

use buzzer::runtime::Builder;
use buzzer::task;
use buzzer::time::{Duration, Instant, sleep};

async fn customer(name: &str, brewing: u64, opened: Instant) {
    println!(
        "{}s  {name} orders and sits down",
        opened.elapsed().as_secs()
    );
    sleep(Duration::from_secs(brewing)).await;
    println!("{}s  {name} has a coffee", opened.elapsed().as_secs());
}

async fn morning() -> io::Result<()> {
    let opened = Instant::now();
    let named = |name| task::Builder::new().name(name);
    let ada = named("Ada").spawn(customer("Ada", 2, opened))?;
    let grace = named("Grace").spawn(customer("Grace", 1, opened))?;
    ada.await?;
    grace.await?;
    Ok(())
}

fn main() -> io::Result<()> {
    let polls_in_a_turn = match env::args().nth(1) {
        Some(number) => number.parse().map_err(io::Error::other)?,
        None => 128,
    };
    let runtime = Builder::new_current_thread()
        .start_paused(true) // Nobody waits for real: the clock jumps.
        .event_interval(polls_in_a_turn)
        .build()?;
    runtime.block_on(morning())?;
    let counts = runtime.metrics();
    println!("{} polls in {} turns", counts.polls(), counts.turns());
    println!("{} times with nothing to do", counts.worker_park_count(0));
    Ok(())
}
