//! A channel of many senders and one receiver.
//!
//! Owns the two kinds: with a bound, where a full channel holds its senders back
//! ([`channel`]), and without ([`unbounded_channel`]), where they never wait. What is
//! common lies in `chan.rs` and `wait.rs`; `sender.rs`, `permit.rs` and `receiver.rs` are the
//! bounded kind's, `unbounded.rs` is the other.
//!
//! When the last sender is gone the receiver gets what was sent by then, and after that
//! `None`. When the receiver is gone the senders get errors, and what it has not received is
//! dropped.

mod chan;
pub mod error;
mod permit;
mod receiver;
mod sender;
mod unbounded;
mod wait;
mod weak;

use super::seen::Face;

pub use permit::{OwnedPermit, Permit, PermitIterator};
pub use receiver::Receiver;
pub use sender::Sender;
pub use unbounded::{UnboundedReceiver, UnboundedSender, unbounded_channel};
pub use weak::{WeakSender, WeakUnboundedSender};

use crate::sync::Semaphore;

/// Makes a channel for so many values that are sent and not received yet. Its ends may be in
/// different runtimes and on different threads.
///
/// # Panics
///
/// With a bound of 0, or of more than [`Semaphore::MAX_PERMITS`].
///
/// # Examples
///
/// ```
/// use buzzer::sync::mpsc;
///
/// buzzer::block_on(async {
///     let (orders, mut queue) = mpsc::channel(2);
///     buzzer::spawn(async move {
///         for order in ["mocha", "latte", "tea"] {
///             orders.send(order).await.unwrap();
///         }
///     });
///     let mut served = Vec::new();
///     while let Some(order) = queue.recv().await {
///         served.push(order);
///     }
///     assert_eq!(served, ["mocha", "latte", "tea"]);
/// });
/// ```
#[track_caller]
pub fn channel<T>(buffer: usize) -> (Sender<T>, Receiver<T>) {
    assert!(
        buffer > 0,
        "a channel needs room for one value at least. For a value that is handed over at once \
         there is `oneshot`"
    );
    assert!(
        buffer <= Semaphore::MAX_PERMITS,
        "a channel can't have room for {buffer} values; `unbounded_channel` has no bound"
    );
    let (tx, rx) = chan::channel(Some(buffer));
    (Sender::new(tx), Receiver::new(rx))
}

impl<T> chan::Chan<T> {
    /// By which it is seen.
    fn each_face(&self, call: &mut dyn FnMut(&Face)) {
        call(self.room.face());
        self.closed.each_face(call);
    }
}
