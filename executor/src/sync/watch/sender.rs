//! The end that sends.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use super::error::SendError;
use super::{Receiver, Ref, Shared, VERSION};
use crate::sync::cooperative::cooperative;
use crate::sync::seen::Face;

/// Changes the value that the [`Receiver`]s look at. Cloned, it is one sender more; the
/// channel ends when the last is gone.
///
/// # Examples
///
/// ```
/// use buzzer::sync::watch;
///
/// let board = watch::Sender::new("closed");
/// let guest = board.subscribe();
/// assert_eq!((board.receiver_count(), board.sender_count()), (1, 1));
/// assert_eq!(board.send_replace("open"), "closed");
/// assert_eq!((*board.borrow(), *guest.borrow()), ("open", "open"));
/// assert!(board.same_channel(&board.clone()));
/// drop(guest);
/// assert!(board.is_closed()); // Nobody looks.
/// ```
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Sender<T> {
    /// A channel without a receiver: see [`subscribe`](Self::subscribe).
    #[track_caller]
    pub fn new(init: T) -> Self {
        super::channel(init).0
    }

    /// One more, that is counted.
    pub(super) fn counted(shared: Arc<Shared<T>>) -> Self {
        Self { shared }
    }

    /// Sends a value in place of the one that is there, and wakes who waits for a change. It
    /// never waits for a task.
    ///
    /// # Errors
    ///
    /// The value, if there is no receiver: then the old one stays.
    /// [`send_replace`](Self::send_replace) changes it all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// let (board, guest) = buzzer::sync::watch::channel("closed");
    /// board.send("open").unwrap();
    /// assert_eq!(*guest.borrow(), "open");
    /// drop(guest);
    /// assert_eq!(board.send("closed").unwrap_err().0, "closed");
    /// ```
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        if self.receiver_count() == 0 {
            return Err(SendError(value));
        }
        self.send_replace(value);
        Ok(())
    }

    /// Changes the value in place, also if there is no receiver, and wakes who waits for a
    /// change.
    ///
    /// # Panics
    ///
    /// If `modify` does. The value is then as that has left it, and nobody is woken.
    ///
    /// # Examples
    ///
    /// ```
    /// let (till, sum) = buzzer::sync::watch::channel(1);
    /// till.send_modify(|sum| *sum += 2);
    /// assert_eq!(*sum.borrow(), 3);
    /// ```
    pub fn send_modify<F>(&self, modify: F)
    where
        F: FnOnce(&mut T),
    {
        self.send_if_modified(|value| {
            modify(value);
            true
        });
    }

    /// Changes the value in place. Who waits for a change is woken if `modify` says that it
    /// is one; and that is what this gives.
    ///
    /// # Panics
    ///
    /// As [`send_modify`](Self::send_modify).
    ///
    /// # Examples
    ///
    /// ```
    /// let (till, sum) = buzzer::sync::watch::channel(1);
    /// let at_least = |least: i32| till.send_if_modified(|sum| {
    ///     let is_less = *sum < least;
    ///     *sum = least.max(*sum);
    ///     is_less
    /// });
    /// assert!(at_least(3) && !at_least(2));
    /// assert_eq!(*sum.borrow(), 3);
    /// ```
    pub fn send_if_modified<F>(&self, modify: F) -> bool
    where
        F: FnOnce(&mut T) -> bool,
    {
        let mut value = self.shared.write();
        if !modify(&mut value) {
            return false;
        }
        // Under the lock: so each value has its own.
        self.shared.state.fetch_add(VERSION, Release);
        drop(value);
        self.shared.changed.notify_waiters();
        true
    }

    /// Sends a value, also if there is no receiver; gives the one that was there.
    pub fn send_replace(&self, mut value: T) -> T {
        self.send_modify(|now| std::mem::swap(now, &mut value));
        value
    }

    /// The value that is there. See [`Ref`] for what not to do with it.
    pub fn borrow(&self) -> Ref<'_, T> {
        Ref {
            value: self.shared.read(),
            has_changed: false,
        }
    }

    /// Whether there is no receiver.
    pub fn is_closed(&self) -> bool {
        self.receiver_count() == 0
    }

    /// Waits until there is no receiver.
    ///
    /// # Cancel safety
    ///
    /// It can be dropped and called again.
    ///
    /// # Examples
    ///
    /// ```
    /// buzzer::block_on(async {
    ///     let (board, guest) = buzzer::sync::watch::channel("open");
    ///     buzzer::spawn(async move { drop(guest) });
    ///     board.closed().await;
    ///     assert!(board.is_closed());
    /// });
    /// ```
    pub async fn closed(&self) {
        cooperative(async {
            loop {
                // Before the look, so that it is told of what comes after it.
                let deserted = self.shared.deserted.notified();
                if self.is_closed() {
                    return;
                }
                deserted.await;
            }
        })
        .await;
    }

    /// One more receiver, that has seen the value that is there.
    pub fn subscribe(&self) -> Receiver<T> {
        self.shared.receivers.fetch_add(1, Relaxed);
        Receiver::counted(self.shared.clone(), self.shared.version())
    }

    /// How many receivers there are.
    pub fn receiver_count(&self) -> usize {
        self.shared.receivers()
    }

    /// How many senders there are.
    pub fn sender_count(&self) -> usize {
        self.shared.senders.load(Acquire)
    }

    /// Whether both change the same value.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// By which it is seen.
    pub(in crate::sync) fn each_face(&self, call: &mut dyn FnMut(&Face)) {
        self.shared.changed.each_face(call);
        self.shared.deserted.each_face(call);
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.shared.senders.fetch_add(1, Relaxed);
        Self::counted(self.shared.clone())
    }
}

impl<T: Default> Default for Sender<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if self.shared.senders.fetch_sub(1, AcqRel) == 1 {
            self.shared.close();
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("value", &self.shared.value)
            .field("receivers", &self.receiver_count())
            .finish_non_exhaustive()
    }
}
