//! Room in a channel that is kept for a value.

use std::fmt;
use std::iter::FusedIterator;

use super::Sender;
use super::chan::Chan;

/// Room for one value. Dropped, it is room for others.
///
/// # Examples
///
/// ```
/// use buzzer::sync::mpsc;
///
/// # buzzer::block_on(async {
/// let (orders, mut queue) = mpsc::channel(1);
/// let room = orders.reserve().await.unwrap();
/// room.send("mocha"); // Neither waits nor fails.
/// assert_eq!(queue.recv().await, Some("mocha"));
/// # });
/// ```
#[must_use = "room that is dropped at once was waited for in vain"]
pub struct Permit<'a, T> {
    chan: &'a Chan<T>,
}

/// Room for several values, one after the other. What is not used when it is dropped is room
/// for others.
///
/// # Examples
///
/// ```
/// use buzzer::sync::mpsc;
///
/// # buzzer::block_on(async {
/// let (orders, mut queue) = mpsc::channel(2);
/// for (room, order) in orders.reserve_many(2).await.unwrap().zip(["mocha", "latte"]) {
///     room.send(order);
/// }
/// assert_eq!(queue.recv().await, Some("mocha"));
/// assert_eq!(queue.recv().await, Some("latte"));
/// # });
/// ```
#[must_use = "room that is dropped at once was waited for in vain"]
pub struct PermitIterator<'a, T> {
    chan: &'a Chan<T>,
    left: usize,
}

/// Room for one value, and the sender to send it with.
///
/// # Examples
///
/// ```
/// use buzzer::sync::mpsc;
///
/// # buzzer::block_on(async {
/// let (orders, mut queue) = mpsc::channel(2);
/// let room = orders.clone().reserve_owned().await.unwrap();
/// assert!(room.same_channel_as_sender(&orders));
/// let other = orders.clone().try_reserve_owned().unwrap();
/// assert!(room.same_channel(&other));
/// let back = room.send("mocha"); // The sender, once more.
/// assert_eq!(queue.recv().await, Some("mocha"));
/// other.release();
/// assert_eq!(back.capacity(), 2);
/// # });
/// ```
#[must_use = "room that is dropped at once was waited for in vain"]
pub struct OwnedPermit<T> {
    /// `None` once it was used.
    sender: Option<Sender<T>>,
}

impl<'a, T> Permit<'a, T> {
    pub(super) fn new(chan: &'a Chan<T>) -> Self {
        Self { chan }
    }

    /// Sends the value. It never waits, and succeeds also where the receiver has closed the
    /// channel meanwhile: the room was promised.
    pub fn send(self, value: T) {
        let chan = self.chan;
        std::mem::forget(self);
        chan.push(value);
    }
}

impl<'a, T> PermitIterator<'a, T> {
    pub(super) fn new(chan: &'a Chan<T>, left: usize) -> Self {
        Self { chan, left }
    }
}

impl<'a, T> Iterator for PermitIterator<'a, T> {
    type Item = Permit<'a, T>;

    fn next(&mut self) -> Option<Permit<'a, T>> {
        self.left = self.left.checked_sub(1)?;
        Some(Permit::new(self.chan))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T> ExactSizeIterator for PermitIterator<'_, T> {}
impl<T> FusedIterator for PermitIterator<'_, T> {}

impl<T> OwnedPermit<T> {
    pub(super) fn new(sender: Sender<T>) -> Self {
        let sender = Some(sender);
        Self { sender }
    }

    fn sender(&self) -> &Sender<T> {
        self.sender.as_ref().expect("a permit is used once")
    }

    fn take(&mut self) -> Sender<T> {
        self.sender.take().expect("a permit is used once")
    }

    /// Sends the value, as [`Permit::send`], and gives the sender back.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let (orders, mut queue) = buzzer::sync::mpsc::channel(1);
    /// let room = orders.reserve_owned().await.unwrap();
    /// let orders = room.send("mocha");
    /// assert_eq!(queue.recv().await, Some("mocha"));
    /// # drop(orders);
    /// # });
    /// ```
    pub fn send(mut self, value: T) -> Sender<T> {
        let sender = self.take();
        sender.tx().push(value);
        sender
    }

    /// Gives the room to others, and the sender back.
    pub fn release(mut self) -> Sender<T> {
        let sender = self.take();
        sender.tx().give_back(1);
        sender
    }

    /// Whether both are of the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.sender().same_channel(other.sender())
    }

    /// Whether it is of the sender's channel.
    pub fn same_channel_as_sender(&self, sender: &Sender<T>) -> bool {
        self.sender().same_channel(sender)
    }
}

impl<T> Drop for Permit<'_, T> {
    fn drop(&mut self) {
        self.chan.give_back(1);
    }
}

impl<T> Drop for PermitIterator<'_, T> {
    fn drop(&mut self) {
        if self.left > 0 {
            self.chan.give_back(self.left);
        }
    }
}

impl<T> Drop for OwnedPermit<T> {
    fn drop(&mut self) {
        if let Some(sender) = &self.sender {
            sender.tx().give_back(1);
        }
    }
}

impl<T> fmt::Debug for Permit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for PermitIterator<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PermitIterator")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for OwnedPermit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPermit")
            .field("sender", &self.sender)
            .finish()
    }
}
