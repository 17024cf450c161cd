//! The end that sends, and waits while the channel is full.

use std::fmt;
use std::time::Duration;

use super::chan::{Chan, Tx};
use super::error::{SendError, SendTimeoutError, TrySendError};
use super::permit::{OwnedPermit, Permit, PermitIterator};
use super::weak::WeakSender;
use crate::sync::blocking::block_on;
use crate::sync::permits::Refused;
use crate::sync::seen::Face;
use crate::time::timeout;

/// Sends values to the [`Receiver`](super::Receiver). Cloned, it is one sender more; the
/// channel ends when the last is gone.
///
/// # Examples
///
/// ```
/// use buzzer::sync::mpsc;
///
/// let (orders, queue) = mpsc::channel::<&str>(4);
/// let (more, weak) = (orders.clone(), orders.downgrade());
/// assert!(more.same_channel(&orders));
/// assert_eq!((orders.strong_count(), orders.weak_count()), (2, 1));
/// assert_eq!((orders.capacity(), orders.max_capacity()), (4, 4));
/// drop(queue);
/// assert!(orders.is_closed());
/// # drop(weak);
/// ```
pub struct Sender<T> {
    tx: Tx<T>,
}

impl<T> Sender<T> {
    pub(super) fn new(tx: Tx<T>) -> Self {
        Self { tx }
    }

    pub(super) fn tx(&self) -> &Tx<T> {
        &self.tx
    }

    /// Sends a value, when there is room for it and it is this one's turn.
    ///
    /// # Errors
    ///
    /// The value, if the receiver is gone or has closed the channel. That it is not an error
    /// does not say that it is ever received.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped has sent nothing, and the value is dropped with it. Whoever
    /// wants to keep it calls [`reserve`](Self::reserve) and then sends.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let (orders, mut queue) = buzzer::sync::mpsc::channel(1);
    /// orders.send("mocha").await?;
    /// assert_eq!(queue.recv().await, Some("mocha"));
    /// # Ok::<(), buzzer::sync::mpsc::error::SendError<_>>(())
    /// # }).unwrap();
    /// ```
    pub async fn send(&self, value: T) -> Result<(), SendError<T>> {
        match self.reserve().await {
            Ok(room) => {
                room.send(value);
                Ok(())
            }
            Err(SendError(())) => Err(SendError(value)),
        }
    }

    /// Waits until the receiver is gone or has closed the channel.
    ///
    /// # Cancel safety
    ///
    /// It can be dropped and called again.
    ///
    /// # Examples
    ///
    /// ```
    /// buzzer::block_on(async {
    ///     let (orders, queue) = buzzer::sync::mpsc::channel::<&str>(1);
    ///     buzzer::spawn(async move { drop(queue) });
    ///     orders.closed().await;
    /// });
    /// ```
    pub async fn closed(&self) {
        self.tx.closed().await;
    }

    /// Sends a value if there is room.
    ///
    /// # Errors
    ///
    /// The value, if there is none, or the channel is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::sync::mpsc::{self, error::TrySendError};
    /// let (orders, queue) = mpsc::channel(1);
    /// orders.try_send("mocha").unwrap();
    /// assert_eq!(orders.try_send("latte"), Err(TrySendError::Full("latte")));
    /// # drop(queue);
    /// ```
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        match self.tx.room.try_take(1) {
            Ok(()) => {
                self.tx.push(message);
                Ok(())
            }
            Err(refused) => Err(try_error(refused, message)),
        }
    }

    /// Sends a value, but waits for room at most so long.
    ///
    /// # Errors
    ///
    /// The value, if the time is over or the channel is closed.
    ///
    /// # Panics
    ///
    /// Polled outside a runtime: it needs a clock.
    ///
    /// # Cancel safety
    ///
    /// As [`send`](Self::send).
    ///
    /// # Examples
    ///
    /// See [`SendTimeoutError`]; in time:
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let (orders, mut queue) = buzzer::sync::mpsc::channel(1);
    /// orders.send_timeout("mocha", std::time::Duration::from_secs(60)).await.unwrap();
    /// assert_eq!(queue.recv().await, Some("mocha"));
    /// # });
    /// ```
    pub async fn send_timeout(&self, value: T, limit: Duration) -> Result<(), SendTimeoutError<T>> {
        match timeout(limit, self.reserve()).await {
            Err(_) => Err(SendTimeoutError::Timeout(value)),
            Ok(Err(_)) => Err(SendTimeoutError::Closed(value)),
            Ok(Ok(room)) => {
                room.send(value);
                Ok(())
            }
        }
    }

    /// As [`send`](Self::send), by blocking the thread.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    ///
    /// # Panics
    ///
    /// On a thread that drives tasks: it would wait for them, and they for it.
    ///
    /// # Examples
    ///
    /// ```
    /// let (orders, mut queue) = buzzer::sync::mpsc::channel(1);
    /// std::thread::spawn(move || orders.blocking_send("mocha"));
    /// assert_eq!(buzzer::block_on(queue.recv()), Some("mocha"));
    /// ```
    #[track_caller]
    pub fn blocking_send(&self, value: T) -> Result<(), SendError<T>> {
        block_on("mpsc::Sender::blocking_send", self.send(value))
    }

    /// Whether the receiver is gone or has closed the channel.
    pub fn is_closed(&self) -> bool {
        self.tx.is_closed()
    }

    /// Waits for room for one value, and keeps it.
    ///
    /// # Errors
    ///
    /// If the receiver is gone or has closed the channel.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped gives up its place in the line.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let (orders, mut queue) = buzzer::sync::mpsc::channel(1);
    /// let room = orders.reserve().await.unwrap();
    /// assert!(orders.try_send("latte").is_err());
    /// room.send("mocha");
    /// assert_eq!(queue.recv().await, Some("mocha"));
    /// # });
    /// ```
    pub async fn reserve(&self) -> Result<Permit<'_, T>, SendError<()>> {
        self.take(1).await?;
        Ok(Permit::new(&self.tx))
    }

    /// Waits for room for `n` values, and keeps it.
    ///
    /// # Errors
    ///
    /// As [`reserve`](Self::reserve), and for more than the channel has room for.
    ///
    /// # Cancel safety
    ///
    /// As [`reserve`](Self::reserve).
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let (orders, mut queue) = buzzer::sync::mpsc::channel(2);
    /// for (room, order) in orders.reserve_many(2).await.unwrap().zip(["mocha", "latte"]) {
    ///     room.send(order);
    /// }
    /// assert_eq!(queue.len(), 2);
    /// # });
    /// ```
    pub async fn reserve_many(&self, n: usize) -> Result<PermitIterator<'_, T>, SendError<()>> {
        self.take(n).await?;
        Ok(PermitIterator::new(&self.tx, n))
    }

    /// Waits for room for one value, and keeps it and this sender. See [`OwnedPermit`].
    ///
    /// # Errors
    ///
    /// As [`reserve`](Self::reserve).
    ///
    /// # Cancel safety
    ///
    /// As [`reserve`](Self::reserve); the sender is dropped with the call. Clone it before,
    /// to keep one.
    pub async fn reserve_owned(self) -> Result<OwnedPermit<T>, SendError<()>> {
        self.take(1).await?;
        Ok(OwnedPermit::new(self))
    }

    async fn take(&self, count: usize) -> Result<(), SendError<()>> {
        if count > self.tx.bound() {
            return Err(SendError(()));
        }
        // A wait that is given up returns what it was given, and a receiver that has closed
        // may wait for just that.
        let waiting = Waiting(&self.tx);
        let taken = self.tx.room.take(count).await;
        if taken.is_ok() {
            std::mem::forget(waiting);
        }
        taken.map_err(|_| SendError(()))
    }

    /// Keeps room for one value, if there is some.
    ///
    /// # Errors
    ///
    /// If there is none, or the channel is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// let (orders, mut queue) = buzzer::sync::mpsc::channel(1);
    /// let room = orders.try_reserve().unwrap();
    /// assert!(orders.try_reserve().is_err()); // Full, though nothing was sent.
    /// room.send("mocha");
    /// assert_eq!(queue.try_recv(), Ok("mocha"));
    /// ```
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        match self.tx.room.try_take(1) {
            Ok(()) => Ok(Permit::new(&self.tx)),
            Err(refused) => Err(try_error(refused, ())),
        }
    }

    /// Keeps room for `n` values, if there is so much.
    ///
    /// # Errors
    ///
    /// As [`try_reserve`](Self::try_reserve).
    ///
    /// # Examples
    ///
    /// ```
    /// let (orders, _queue) = buzzer::sync::mpsc::channel(3);
    /// for (room, order) in orders.try_reserve_many(2).unwrap().zip(["mocha", "latte"]) {
    ///     room.send(order);
    /// }
    /// assert!(orders.try_reserve_many(2).is_err()); // All of it or none.
    /// ```
    pub fn try_reserve_many(&self, n: usize) -> Result<PermitIterator<'_, T>, TrySendError<()>> {
        if n > self.tx.bound() {
            return Err(TrySendError::Full(()));
        }
        match self.tx.room.try_take(n) {
            Ok(()) => Ok(PermitIterator::new(&self.tx, n)),
            Err(refused) => Err(try_error(refused, ())),
        }
    }

    /// Keeps room for one value, and this sender, if there is some. See [`OwnedPermit`].
    ///
    /// # Errors
    ///
    /// The sender, if there is none, or the channel is closed.
    pub fn try_reserve_owned(self) -> Result<OwnedPermit<T>, TrySendError<Self>> {
        match self.tx.room.try_take(1) {
            Ok(()) => Ok(OwnedPermit::new(self)),
            Err(refused) => Err(try_error(refused, self)),
        }
    }

    /// Whether both send to the same receiver.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.tx.same_channel(&other.tx)
    }

    /// How many values there is room for.
    ///
    /// # Examples
    ///
    /// ```
    /// let (orders, mut queue) = buzzer::sync::mpsc::channel(2);
    /// orders.try_send("mocha").unwrap();
    /// assert_eq!((orders.capacity(), orders.max_capacity()), (1, 2));
    /// queue.try_recv().unwrap();
    /// assert_eq!(orders.capacity(), 2);
    /// ```
    pub fn capacity(&self) -> usize {
        self.tx.room.free()
    }

    /// How many values there is room for at the most.
    pub fn max_capacity(&self) -> usize {
        self.tx.bound()
    }

    /// A sender that does not keep the channel open.
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender::new(self.tx.downgrade())
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

fn try_error<T>(refused: Refused, message: T) -> TrySendError<T> {
    match refused {
        Refused::Closed => TrySendError::Closed(message),
        Refused::TooFew => TrySendError::Full(message),
    }
}

struct Waiting<'a, T>(&'a Chan<T>);

impl<T> Drop for Waiting<'_, T> {
    fn drop(&mut self) {
        self.0.wake_if_idle();
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self::new(self.tx.clone())
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("capacity", &self.capacity())
            .field("max_capacity", &self.max_capacity())
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
