//! Two cooks and two knives, each with one and waiting for the other's.
//!
//!     cargo run -p buzzer-chapters --bin glass_box
//!     BUZZER_LEDGER=1 cargo run -p buzzer-chapters --bin glass_box

use std::io;
use std::rc::Rc;

use buzzer::runtime::{Builder, OnDeadlock};
use buzzer::sync::{Mutex, named};
use buzzer::task;
use buzzer::time::{Duration, sleep};

async fn cook(first: Rc<Mutex<()>>, second: Rc<Mutex<()>>) {
    let _first = first.lock().await;
    sleep(Duration::from_secs(1)).await; // Peels.
    let _second = second.lock().await;
}

async fn kitchen() -> io::Result<()> {
    let bread = Rc::new(named("bread knife", Mutex::new(())));
    let paring = Rc::new(named("paring knife", Mutex::new(())));
    let named = |name| task::Builder::new().name(name);
    let ada = named("Ada").spawn(cook(bread.clone(), paring.clone()))?;
    let grace = named("Grace").spawn(cook(paring, bread))?;
    ada.await?;
    grace.await?;
    Ok(())
}

fn main() -> io::Result<()> {
    let runtime = Builder::new_current_thread()
        .start_paused(true)
        .on_deadlock(OnDeadlock::Panic)
        .build()?;
    runtime.block_on(kitchen())
}
