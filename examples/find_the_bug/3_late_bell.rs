//! A bell rings each 10 ms, while four cooks look up what is in stock.
//!
//!     cargo run --example 3_late_bell
//!
//! Expected: the bell is late by a millisecond or two, for one thread does it all.
//! Seen: now and then it is late by some 200 ms. Everybody awaits, do they not?

use std::collections::HashMap;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use buzzer::task::Builder;
use buzzer::time::{Instant, MissedTickBehavior, interval, sleep};

/// A supplier, who is asked by another thread and takes his time.
struct Supplier {
    questions: Sender<(String, Sender<u32>)>,
}

impl Supplier {
    fn new() -> Self {
        let (questions, asked) = mpsc::channel::<(String, Sender<u32>)>();
        thread::spawn(move || {
            for (what, answer) in asked {
                thread::sleep(Duration::from_millis(200));
                let _ = answer.send(what.len() as u32); // Err: who asked is gone.
            }
        });
        Self { questions }
    }

    /// How many there are.
    fn ask(&self, what: &str) -> u32 {
        let (answer, answered) = mpsc::channel();
        let _ = self.questions.send((what.to_owned(), answer));
        answered.recv().unwrap_or(0)
    }
}

async fn cook(what: &'static str) {
    let mut stock = HashMap::from([("milk", 3), ("sugar", 9), ("beans", 1)]);
    let supplier = Supplier::new();
    for _ in 0..3 {
        sleep(Duration::from_millis(30)).await;
        let count = stock.entry(what).or_insert_with(|| supplier.ask(what));
        *count = count.saturating_sub(1);
        if *count == 0 {
            stock.remove(what);
        }
    }
}

fn main() {
    buzzer::block_on(async {
        let cooks = ["milk", "sugar", "beans", "cinnamon"].map(|what| {
            let cook = Builder::new().name(what).spawn(cook(what));
            cook.expect("a name can be given")
        });
        let bell = buzzer::spawn(async {
            let mut bell = interval(Duration::from_millis(10));
            bell.set_missed_tick_behavior(MissedTickBehavior::Skip);
            loop {
                let due = bell.tick().await;
                let late = Instant::now() - due;
                if late > Duration::from_millis(100) {
                    println!("the bell was late by {} ms", late.as_millis());
                }
            }
        });
        for cook in cooks {
            cook.await.expect("a cook does not panic");
        }
        bell.abort();
    });
}
