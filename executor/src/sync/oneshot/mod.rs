//! A channel for one value.
//!
//! Owns [`channel`]. `sender.rs` and `receiver.rs` are the ends; between them lies a cell of
//! `sys/handed/mod.rs`, whose head argues why no wake is lost.

pub mod error;
mod receiver;
mod sender;

use super::seen::{Face, Kind};
use crate::sys::handed;

pub use receiver::Receiver;
pub use sender::Sender;

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
    let (giver, taker) = handed::ends(Face::here(Kind::Oneshot));
    (Sender::new(giver), Receiver::new(taker))
}
