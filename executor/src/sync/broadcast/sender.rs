//! The end that sends.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

use super::error::SendError;
use super::{Face, Kind, Notify, Place, Receiver, Shared, Tail, Waiters, WeakSender, locked};
use crate::sys::shared::{AtomicUsize, Mutex};

/// Sends values to all [`Receiver`]s. Cloned, it is one sender more; the channel ends when
/// the last is gone.
///
/// # Examples
///
/// ```
/// use buzzer::sync::broadcast;
///
/// let calls = broadcast::Sender::new(4);
/// let mut guest = calls.subscribe();
/// assert_eq!(calls.receiver_count(), 1);
/// assert!(calls.is_empty());
/// calls.send("mocha").unwrap();
/// assert_eq!(calls.len(), 1); // Somebody has yet to see it.
/// assert_eq!(guest.try_recv(), Ok("mocha"));
/// assert!(calls.is_empty());
///
/// let (more, weak) = (calls.clone(), calls.downgrade());
/// assert!(more.same_channel(&calls));
/// assert_eq!((calls.strong_count(), calls.weak_count()), (2, 1));
/// # drop(weak);
/// ```
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Sender<T> {
    /// A channel without a receiver: see [`subscribe`](Self::subscribe).
    ///
    /// # Panics
    ///
    /// As [`channel`](super::channel).
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "a broadcast channel keeps one value at least");
        assert!(
            capacity <= usize::MAX >> 1,
            "a broadcast channel can't keep {capacity} values"
        );
        let capacity = capacity.next_power_of_two();
        let face = Face::here(Kind::Broadcast);
        // As if the ring had gone round once, with nothing in it.
        let place = |at: usize| Place {
            position: (at as u64).wrapping_sub(capacity as u64),
            left: 0,
            value: None,
        };
        Self {
            shared: Arc::new(Shared {
                ring: (0..capacity).map(|at| Mutex::new(place(at))).collect(),
                tail: Mutex::new(Tail {
                    position: 0,
                    receivers: 0,
                    is_closed: false,
                    waiters: Waiters::new(),
                }),
                senders: AtomicUsize::new(1),
                weak_senders: AtomicUsize::new(0),
                deserted: Notify::of_the_close(face.beside()),
                face,
            }),
        }
    }

    /// One more, of a channel that is open and counts it.
    pub(super) fn counted(shared: Arc<Shared<T>>) -> Self {
        Self { shared }
    }

    /// Sends a value to all receivers that there are now, and says how many those are. It
    /// never waits: if the channel is full, the oldest value goes.
    ///
    /// # Errors
    ///
    /// The value, if there is no receiver.
    ///
    /// # Examples
    ///
    /// ```
    /// let (calls, first) = buzzer::sync::broadcast::channel(16);
    /// assert_eq!(calls.send("mocha").unwrap(), 1);
    /// drop(first);
    /// assert_eq!(calls.send("latte").unwrap_err().0, "latte");
    /// ```
    pub fn send(&self, value: T) -> Result<usize, SendError<T>> {
        let mut tail = locked(&self.shared.tail);
        let receivers = tail.receivers;
        if receivers == 0 {
            return Err(SendError(value));
        }
        let position = tail.position;
        tail.position += 1;
        let mut place = locked(self.shared.place(position));
        place.position = position;
        place.left = receivers;
        let overwritten = place.value.replace(value);
        drop(place);
        if !tail.waiters.is_empty() {
            self.shared.face.tells_all();
        }
        let told = tail.waiters.tell_all();
        drop(tail);
        self.shared.wake(told);
        drop(overwritten);
        Ok(receivers)
    }

    /// One more receiver, of all that is sent from here on.
    #[track_caller]
    pub fn subscribe(&self) -> Receiver<T> {
        self.shared.subscribe()
    }

    /// A sender that does not keep the channel open.
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender::new(self.shared.clone())
    }

    /// How many values some receiver has yet to see.
    ///
    /// # Examples
    ///
    /// ```
    /// let (calls, mut first) = buzzer::sync::broadcast::channel(16);
    /// calls.send("mocha").unwrap();
    /// assert_eq!(calls.len(), 1);
    /// first.try_recv().unwrap();
    /// assert_eq!(calls.len(), 0);
    /// ```
    pub fn len(&self) -> usize {
        let tail = locked(&self.shared.tail);
        // Who has yet to see one has yet to see those behind it: so the seen ones are first.
        let (mut seen, mut unseen) = (0, self.shared.capacity());
        while seen < unseen {
            let middle = seen + (unseen - seen) / 2;
            // The oldest lies where the next will.
            let place = self.shared.place(tail.position.wrapping_add(middle));
            match locked(place).left {
                0 => seen = middle + 1,
                _ => unseen = middle,
            }
        }
        (self.shared.capacity() - seen) as usize
    }

    /// Whether all receivers have seen all values.
    pub fn is_empty(&self) -> bool {
        let tail = locked(&self.shared.tail);
        let last = self.shared.place(tail.position.wrapping_sub(1));
        locked(last).left == 0
    }

    /// How many receivers there are.
    pub fn receiver_count(&self) -> usize {
        locked(&self.shared.tail).receivers
    }

    /// Whether both send to the same receivers.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
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
    ///     let (calls, first) = buzzer::sync::broadcast::channel::<&str>(16);
    ///     buzzer::spawn(async move { drop(first) });
    ///     calls.closed().await;
    /// });
    /// ```
    pub async fn closed(&self) {
        loop {
            // Before the look, so that it is told of what comes after it.
            let deserted = self.shared.deserted.notified();
            if self.receiver_count() == 0 {
                return;
            }
            deserted.await;
        }
    }

    /// How many senders there are.
    pub fn strong_count(&self) -> usize {
        self.shared.senders.load(Acquire)
    }

    /// How many senders there are that do not keep the channel open.
    pub fn weak_count(&self) -> usize {
        self.shared.weak_senders.load(Acquire)
    }

    /// By which it is seen.
    pub(in crate::sync) fn each_face(&self, call: &mut dyn FnMut(&Face)) {
        call(&self.shared.face);
        self.shared.deserted.each_face(call);
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.shared.senders.fetch_add(1, Relaxed);
        Self::counted(self.shared.clone())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if self.shared.senders.fetch_sub(1, AcqRel) > 1 {
            return;
        }
        let mut tail = locked(&self.shared.tail);
        tail.is_closed = true;
        self.shared.face.closes();
        let told = tail.waiters.tell_all();
        drop(tail);
        self.shared.wake(told);
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("len", &self.len())
            .field("receivers", &self.receiver_count())
            .finish_non_exhaustive()
    }
}
