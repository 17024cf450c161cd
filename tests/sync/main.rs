//! `buzzer::sync`: what it promises beyond what the contrast suite compares with tokio.
//!
//! - `orders.rs`: small programs in every order of their tasks
//! - `cancelled.rs`: each wait, dropped at each of its suspensions
//! - `threads.rs`: threads that do not wait for each other's turn
//! - `elsewhere.rs`: other runtimes, other wakers, threads that block
//! - `types.rs`: what may be sent, shared and moved, beside tokio's
//! - `deadlocks.rs`: what the dump and the deadlock report say of them
//! - `holders.rs`: who holds what
//! - `names.rs`: what `named` calls them
//! - `cells.rs`: what is set once, as a value
//! - `words.rs`: errors and panics
//! - `shown.rs`: `Debug` and `Display`

#[path = "../support/asleep.rs"]
mod asleep;
#[path = "../support/caught.rs"]
mod caught;
#[path = "../support/child.rs"]
mod child;
#[path = "../support/counting.rs"]
mod counting;
#[path = "../support/foreign.rs"]
mod foreign;

mod cancelled;
mod cells;
mod deadlocks;
mod elsewhere;
mod holders;
mod names;
mod orders;
mod recorded;
mod shown;
mod threads;
mod types;
mod words;
