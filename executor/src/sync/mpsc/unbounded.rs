//! A channel without a bound: its senders never wait.

use std::fmt;
use std::task::{Context, Poll};

use super::chan::{self, Rx, Tx};
use super::error::{SendError, TryRecvError};
use super::weak::WeakUnboundedSender;
use crate::sync::blocking::block_on;
use crate::sync::seen::Face;

/// Makes a channel without a bound. What is sent and not received takes memory, however much
/// it is; [`channel`](super::channel) holds the senders back.
///
/// # Examples
///
/// ```
/// use buzzer::sync::mpsc;
/// buzzer::block_on(async {
///     let (orders, mut queue) = mpsc::unbounded_channel();
///     orders.send("mocha").unwrap();
///     assert_eq!(queue.recv().await, Some("mocha"));
/// });
/// ```
#[track_caller]
pub fn unbounded_channel<T>() -> (UnboundedSender<T>, UnboundedReceiver<T>) {
    let (tx, rx) = chan::channel(None);
    (UnboundedSender { tx }, UnboundedReceiver { rx })
}

/// Sends values to the [`UnboundedReceiver`]. Cloned, it is one sender more; the channel ends
/// when the last is gone.
///
/// # Examples
///
/// ```
/// use buzzer::sync::mpsc;
///
/// # buzzer::block_on(async {
/// let (orders, queue) = mpsc::unbounded_channel();
/// orders.send("mocha").unwrap();
/// let (more, weak) = (orders.clone(), orders.downgrade());
/// assert!(more.same_channel(&orders));
/// assert_eq!((orders.strong_count(), orders.weak_count()), (2, 1));
/// drop(queue);
/// orders.closed().await;
/// assert!(orders.is_closed() && orders.send("latte").is_err());
/// # drop(weak);
/// # });
/// ```
pub struct UnboundedSender<T> {
    tx: Tx<T>,
}

/// Receives the values that the [`UnboundedSender`]s send, in their order.
///
/// # Examples
///
/// ```
/// use buzzer::sync::mpsc;
///
/// let (orders, mut queue) = mpsc::unbounded_channel();
/// assert!(queue.is_empty());
/// orders.send("mocha").unwrap();
/// assert_eq!(queue.len(), 1);
/// assert_eq!(queue.try_recv(), Ok("mocha"));
/// assert_eq!((queue.sender_strong_count(), queue.sender_weak_count()), (1, 0));
/// drop(orders);
/// assert!(queue.is_closed());
/// ```
pub struct UnboundedReceiver<T> {
    rx: Rx<T>,
}

impl<T> Unpin for UnboundedReceiver<T> {}

impl<T> UnboundedSender<T> {
    pub(super) fn new(tx: Tx<T>) -> Self {
        Self { tx }
    }

    /// Sends a value. It never waits, so it may be called anywhere.
    ///
    /// # Errors
    ///
    /// The value, if the receiver is gone or has closed the channel.
    ///
    /// # Examples
    ///
    /// ```
    /// let (orders, queue) = buzzer::sync::mpsc::unbounded_channel();
    /// orders.send("mocha").unwrap();
    /// drop(queue);
    /// assert_eq!(orders.send("latte").unwrap_err().0, "latte");
    /// ```
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.tx.push_unbounded(message).map_err(SendError)
    }

    /// Waits until the receiver is gone or has closed the channel.
    ///
    /// # Cancel safety
    ///
    /// It can be dropped and called again.
    pub async fn closed(&self) {
        self.tx.closed().await;
    }

    /// Whether the receiver is gone or has closed the channel.
    pub fn is_closed(&self) -> bool {
        self.tx.is_closed()
    }

    /// Whether both send to the same receiver.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.tx.same_channel(&other.tx)
    }

    /// A sender that does not keep the channel open.
    pub fn downgrade(&self) -> WeakUnboundedSender<T> {
        WeakUnboundedSender::new(self.tx.downgrade())
    }

    /// How many senders there are.
    pub fn strong_count(&self) -> usize {
        self.tx.senders()
    }

    /// How many senders there are that do not keep the channel open.
    pub fn weak_count(&self) -> usize {
        self.tx.weak_senders()
    }

    /// By which it is seen.
    pub(in crate::sync) fn each_face(&self, call: &mut dyn FnMut(&Face)) {
        self.tx.each_face(call);
    }
}

impl<T> Clone for UnboundedSender<T> {
    fn clone(&self) -> Self {
        Self::new(self.tx.clone())
    }
}

impl<T> fmt::Debug for UnboundedSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnboundedSender")
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

impl<T> UnboundedReceiver<T> {
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
    /// let (orders, mut queue) = buzzer::sync::mpsc::unbounded_channel();
    /// orders.send("mocha").unwrap();
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
    /// let (orders, mut queue) = buzzer::sync::mpsc::unbounded_channel();
    /// for order in ["mocha", "latte", "tea"] {
    ///     orders.send(order).unwrap();
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
        block_on("mpsc::UnboundedReceiver::blocking_recv", self.recv())
    }

    /// As [`recv_many`](Self::recv_many), by blocking the thread.
    ///
    /// # Panics
    ///
    /// As [`blocking_recv`](Self::blocking_recv).
    #[track_caller]
    pub fn blocking_recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        let recv = self.recv_many(buffer, limit);
        block_on("mpsc::UnboundedReceiver::blocking_recv_many", recv)
    }

    /// Has nobody send any more. What was sent can still be received.
    ///
    /// # Examples
    ///
    /// ```
    /// let (orders, mut queue) = buzzer::sync::mpsc::unbounded_channel();
    /// orders.send("mocha").unwrap();
    /// queue.close();
    /// assert!(orders.send("latte").is_err());
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

impl<T> fmt::Debug for UnboundedReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnboundedReceiver")
            .field("len", &self.len())
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
