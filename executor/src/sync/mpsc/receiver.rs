//! The end that receives, of a channel with a bound.

use std::fmt;
use std::task::{Context, Poll};

use super::chan::Rx;
use super::error::TryRecvError;
use crate::sync::blocking::block_on;

/// Receives the values that the [`Sender`](super::Sender)s send, in their order.
///
/// # Examples
///
/// ```
/// use buzzer::sync::mpsc;
///
/// let (orders, mut queue) = mpsc::channel(4);
/// assert!(queue.is_empty());
/// orders.try_send("mocha").unwrap();
/// assert_eq!((queue.len(), queue.capacity(), queue.max_capacity()), (1, 3, 4));
/// assert_eq!(queue.try_recv(), Ok("mocha"));
/// assert_eq!((queue.sender_strong_count(), queue.sender_weak_count()), (1, 0));
/// drop(orders);
/// assert!(queue.is_closed());
/// ```
pub struct Receiver<T> {
    rx: Rx<T>,
}

impl<T> Unpin for Receiver<T> {}

impl<T> Receiver<T> {
    pub(super) fn new(rx: Rx<T>) -> Self {
        Self { rx }
    }

    /// Receives the next value; `None` when all senders are gone, or the channel was
    /// [closed](Self::close), and nothing is left.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped has taken nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let (orders, mut queue) = buzzer::sync::mpsc::channel(1);
    /// orders.try_send("mocha").unwrap();
    /// drop(orders);
    /// assert_eq!(queue.recv().await, Some("mocha"));
    /// assert_eq!(queue.recv().await, None);
    /// # });
    /// ```
    pub async fn recv(&mut self) -> Option<T> {
        self.rx.recv().await
    }

    /// Receives up to `limit` values that are there, into the end of `buffer`; waits if there
    /// is none. Gives how many: 0 when nothing comes any more, or for a limit of 0.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped has taken nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let (orders, mut queue) = buzzer::sync::mpsc::channel(3);
    /// for order in ["mocha", "latte", "tea"] {
    ///     orders.try_send(order).unwrap();
    /// }
    /// let mut next = Vec::new();
    /// assert_eq!(queue.recv_many(&mut next, 2).await, 2);
    /// assert_eq!(next, ["mocha", "latte"]);
    /// # });
    /// ```
    pub async fn recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        self.rx.recv_many(buffer, limit).await
    }

    /// Receives the next value, if it is there.
    ///
    /// # Errors
    ///
    /// If none is there, or none comes any more.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.rx.try_recv()
    }

    /// As [`recv`](Self::recv), by blocking the thread.
    ///
    /// # Panics
    ///
    /// On a thread that drives tasks: it would wait for them, and they for it.
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Option<T> {
        block_on("mpsc::Receiver::blocking_recv", self.recv())
    }

    /// As [`recv_many`](Self::recv_many), by blocking the thread.
    ///
    /// # Panics
    ///
    /// As [`blocking_recv`](Self::blocking_recv).
    #[track_caller]
    pub fn blocking_recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        let recv = self.recv_many(buffer, limit);
        block_on("mpsc::Receiver::blocking_recv_many", recv)
    }

    /// Has nobody send any more. What was sent, and what was
    /// [promised](super::Sender::reserve) room, can still be received.
    ///
    /// # Examples
    ///
    /// ```
    /// let (orders, mut queue) = buzzer::sync::mpsc::channel(1);
    /// orders.try_send("mocha").unwrap();
    /// queue.close();
    /// assert!(orders.try_send("latte").is_err());
    /// assert_eq!(queue.blocking_recv(), Some("mocha"));
    /// assert_eq!(queue.blocking_recv(), None);
    /// ```
    pub fn close(&mut self) {
        self.rx.close();
    }

    /// Whether nobody can send any more: it was closed, or all senders are gone.
    pub fn is_closed(&self) -> bool {
        self.rx.is_closed()
    }

    /// Whether no value is there.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many values are there.
    pub fn len(&self) -> usize {
        self.rx.len()
    }

    /// How many values there is room for.
    pub fn capacity(&self) -> usize {
        self.rx.chan.room.free()
    }

    /// How many values there is room for at the most.
    pub fn max_capacity(&self) -> usize {
        self.rx.chan.bound()
    }

    /// As [`recv`](Self::recv), by hand: it wakes the task of the last poll.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.rx.poll_recv(cx)
    }

    /// As [`recv_many`](Self::recv_many), by hand: it wakes the task of the last poll.
    pub fn poll_recv_many(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Vec<T>,
        limit: usize,
    ) -> Poll<usize> {
        self.rx.poll_recv_many(cx, buffer, limit)
    }

    /// How many senders there are.
    pub fn sender_strong_count(&self) -> usize {
        self.rx.chan.senders()
    }

    /// How many senders there are that do not keep the channel open.
    pub fn sender_weak_count(&self) -> usize {
        self.rx.chan.weak_senders()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("len", &self.len())
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
