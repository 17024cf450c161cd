//! A channel that gives every value to every receiver.
//!
//! Owns what the ends share: a ring of the latest values, each with the number of receivers
//! that have yet to see it. `sender.rs` and `receiver.rs` are the ends.
//!
//! A receiver that falls behind by more than the ring holds is told how many values it has
//! missed, and goes on with the oldest that there is. So no receiver holds up the others,
//! and no sender waits.
//!
//! # No wake is lost
//!
//! Who waits is in line under the lock of `Tail`, under which values get their places, too.
//! *A value first*: the look, under that lock, finds that the end has moved. *The look
//! first*: the send finds the waiter in the line.
//!
//! # Locks
//!
//! A place of the ring may be locked while the tail is, never the other way round. A value
//! is cloned under the lock of its place, since it need not be `Sync`: a `Clone` that
//! receives from the same channel would wait for itself.

pub mod error;
mod receiver;
mod sender;
mod weak;

use std::sync::Arc;

pub use receiver::Receiver;
pub use sender::Sender;
pub use weak::WeakSender;

use super::notify::Notify;
use super::seen::{Face, Kind};
use super::waiters::{Contained, ToldAll, Waiters, locked};
use crate::sys::shared::{AtomicUsize, Mutex};

struct Shared<T> {
    /// As many as a power of two.
    ring: Box<[Mutex<Place<T>>]>,
    tail: Mutex<Tail>,
    senders: AtomicUsize,
    weak_senders: AtomicUsize,
    /// Rung when the last receiver is gone.
    deserted: Notify,
    face: Face,
}

/// A place of the ring.
struct Place<T> {
    /// The how-manieth value it is for. The value lies at the remainder of it.
    position: u64,
    /// Receivers that have yet to see it.
    left: usize,
    /// `None` once all have.
    value: Option<T>,
}

struct Tail {
    /// Of the next value.
    position: u64,
    receivers: usize,
    /// The last sender is gone.
    is_closed: bool,
    waiters: Waiters<()>,
}

impl<T> Shared<T> {
    fn capacity(&self) -> u64 {
        self.ring.len() as u64
    }

    fn place(&self, position: u64) -> &Mutex<Place<T>> {
        &self.ring[(position & (self.capacity() - 1)) as usize]
    }

    /// Wakes who was told of a value, or of the end.
    fn wake(&self, told: ToldAll) {
        told.wake(&self.tail, |tail| &mut tail.waiters);
    }

    fn subscribe(self: &Arc<Self>) -> Receiver<T> {
        let mut tail = locked(&self.tail);
        assert!(
            tail.receivers < usize::MAX >> 2,
            "a channel has too many receivers"
        );
        tail.receivers += 1;
        Receiver::new(self.clone(), tail.position)
    }
}

/// Makes a channel that keeps the latest values: so many, rounded up to a power of two. Its
/// ends may be in different runtimes and on different threads.
///
/// # Panics
///
/// With a capacity of 0, or of more than `usize::MAX / 2`.
///
/// # Examples
///
/// ```
/// use buzzer::sync::broadcast;
///
/// buzzer::block_on(async {
///     let (calls, mut first) = broadcast::channel(16);
///     let mut second = calls.subscribe();
///     calls.send("mocha is ready").unwrap();
///     assert_eq!(first.recv().await, Ok("mocha is ready"));
///     assert_eq!(second.recv().await, Ok("mocha is ready"));
/// });
/// ```
#[track_caller]
pub fn channel<T: Clone>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let sender = Sender::new(capacity);
    let receiver = sender.subscribe();
    (sender, receiver)
}
