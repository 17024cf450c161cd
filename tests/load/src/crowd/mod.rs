//! A crowd: one server, and ten thousand connections of several processes.
//!
//! Owns the command `crowd`. Five processes hold a fifth of the connections each, session
//! after session: two are clients on buzzer, one is on tokio, two have no runtime. In every
//! round one of them is killed, so that its connections are reset in the midst of what they
//! do, and another one comes. What a session carries, in which manner, and how it ends
//! follows from its number: in lockstep, in a flood, slowly; half-closed, closed, reset. All
//! bytes are checked on both sides. Both sides tell of each session when it has ended, and
//! the two accounts have to agree. In the end the server has no descriptor, source, task,
//! timer or memory left that it had not before.
//!
//! - `stream.rs`: what a session carries; `records.rs`: what is told of it
//! - `server.rs`: the process that answers
//! - `caller.rs`, `client.rs`, `on_buzzer.rs`, `on_tokio.rs`, `by_poll.rs`: those that ask
//! - `processes.rs`: their life, and what they tell

mod by_poll;
mod caller;
mod on_buzzer;
mod on_tokio;
mod processes;
mod records;
mod server;
mod stream;

use std::process;
use std::time::{Duration, Instant};

use crate::opened::make_room;
use processes::Processes;
pub use server::serve;

/// What the clients are written with, each a fifth of the connections.
const KINDS: [&str; 5] = ["buzzer", "poll", "tokio", "poll", "buzzer"];

/// Addresses that the server listens on, so that no pair of them runs out of ports.
const LISTENERS: u64 = 16;

#[derive(Clone, Copy)]
pub enum Length {
    /// A round is over when there were twice as many sessions as there are connections.
    Rounds(u64),
    /// A round is a minute.
    Minutes(u64),
}

pub fn run(connections: u64, length: Length) {
    // Beside the connections it is the programs' own descriptors, and the listeners.
    if let Err(limit) = make_room(connections + 256) {
        let skipped = format!("crowd: skipped, a process may have {limit} descriptors only");
        assert_ne!(
            std::env::var("BUZZER_TEST_LOAD").as_deref(),
            Ok("require"),
            "{skipped}"
        );
        println!("{skipped}");
        return;
    }
    let each = connections / KINDS.len() as u64;
    let mut crowd = Processes::start(KINDS, each, LISTENERS);
    let (Length::Rounds(rounds) | Length::Minutes(rounds)) = length;
    for round in 0..rounds {
        match length {
            Length::Rounds(_) => crowd.go_on_for(2 * connections),
            Length::Minutes(_) => crowd.go_on_until(Instant::now() + Duration::from_secs(60)),
        }
        crowd.replace(round as usize % KINDS.len());
    }
    // Those that came last do their part, too.
    crowd.go_on_for(connections);
    let (book, killed) = crowd.end();
    println!(
        "figure: {} connections of {} processes, {rounds} of which were killed, {} sessions whole \
         and {} cut by their clients, {} MB checked on both sides, {} cut by the kills of {killed}",
        each * KINDS.len() as u64,
        KINDS.len(),
        book.clean,
        book.cut,
        book.bytes / 1_000_000,
        book.close(killed)
    );
}

/// One process of clients.
pub fn call(kind: &str, number: u64, connections: u64, addresses: &[&str]) {
    end_by_any_panic();
    let caller = caller::Caller::new(number, addresses);
    match kind {
        "buzzer" => on_buzzer::call(caller, connections),
        "tokio" => on_tokio::call(caller, connections),
        "poll" => by_poll::call(&caller, connections),
        _ => panic!("there is no client {kind}"),
    }
}

/// A panic is not only that of one task.
fn end_by_any_panic() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tell(panic);
        process::exit(1);
    }));
}
