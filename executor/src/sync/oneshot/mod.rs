//! A channel for one value.
//!
//! Owns what the two ends share. `sender.rs` and `receiver.rs` are the ends.
//!
//! # No wake is lost
//!
//! Value, ends and wakers are under one lock. *The value first*: the poll that comes after it
//! takes it. *The poll first*: it has left its waker before it releases the lock, and the
//! send finds that. The same of each end's drop.

pub mod error;
mod receiver;
mod sender;

use std::sync::{Arc, Mutex};
use std::task::Waker;

use super::seen::{Face, Kind};

pub use receiver::Receiver;
pub use sender::Sender;

/// What the ends share.
struct Shared<T>(Mutex<State<T>>, Face);

struct State<T> {
    value: Option<T>,
    /// The sender has sent, or is gone. Set once.
    is_done: bool,
    /// The receiver takes nothing that was not sent by then. Set once.
    is_closed: bool,
    /// Who waits for the value, and who for the close. Each is taken when it is woken.
    receiver: Option<Waker>,
    sender: Option<Waker>,
}

/// Makes a channel for one value. Its ends may be in different runtimes and on different
/// threads.
///
/// # Examples
///
/// ```
/// use buzzer::sync::oneshot;
///
/// buzzer::block_on(async {
///     let (order, coffee) = oneshot::channel();
///     buzzer::spawn(async move { order.send("mocha").unwrap() });
///     assert_eq!(coffee.await.unwrap(), "mocha");
/// });
/// ```
#[track_caller]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let state = Mutex::new(State {
        value: None,
        is_done: false,
        is_closed: false,
        receiver: None,
        sender: None,
    });
    let shared = Arc::new(Shared(state, Face::here(Kind::Oneshot)));
    (Sender::new(shared.clone()), Receiver::new(shared))
}
