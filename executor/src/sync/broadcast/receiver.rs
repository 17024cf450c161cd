//! The end that receives.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Acquire;
use std::task::{Context, Poll};

use super::error::{RecvError, TryRecvError};
use super::{Contained, Place, Shared, Tail, locked};
use crate::machine::budget;
use crate::sync::blocking::block_on;
use crate::sync::seen::Want;
use crate::sync::waiters::Ticket;
use crate::sys::shared::MutexGuard;

/// Receives every value that is sent while it is there. Made by
/// [`channel`](super::channel) and [`Sender::subscribe`](super::Sender::subscribe).
///
/// # Examples
///
/// ```
/// use buzzer::sync::broadcast;
///
/// let (calls, mut guest) = broadcast::channel(4);
/// let other = calls.subscribe();
/// assert!(guest.is_empty() && guest.same_channel(&other));
/// calls.send("mocha").unwrap();
/// assert_eq!(guest.len(), 1);
/// assert_eq!(guest.try_recv(), Ok("mocha"));
/// assert_eq!((guest.sender_strong_count(), guest.sender_weak_count()), (1, 0));
/// drop(calls);
/// assert!(guest.is_closed());
/// ```
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    /// The position of the next value it is to see.
    next: u64,
}

/// What a look for the next value has found.
enum Look<'a, T> {
    Value(T),
    Lagged(u64),
    Closed,
    /// None yet. The tail is locked, so none comes before it is unlocked.
    Empty(MutexGuard<'a, Tail>),
}

/// Looks for the value at `next`, and moves that on.
fn look<'a, T: Clone>(shared: &'a Shared<T>, next: &mut u64) -> Look<'a, T> {
    loop {
        let place = locked(shared.place(*next));
        if place.position == *next {
            *next += 1;
            return Look::Value(see(place));
        }
        drop(place);
        let tail = locked(&shared.tail);
        let behind = tail.position - *next;
        match behind.checked_sub(shared.capacity()) {
            _ if behind == 0 && tail.is_closed => return Look::Closed,
            _ if behind == 0 => return Look::Empty(tail),
            // It was sent between the two looks.
            None | Some(0) => {}
            Some(missed) => {
                *next += missed;
                return Look::Lagged(missed);
            }
        }
    }
}

/// The value of a place, for one of those who have yet to see it. The last takes it.
fn see<T: Clone>(mut place: MutexGuard<'_, Place<T>>) -> T {
    const HERE: &str = "a value lies in its place until all have seen it";
    place.left -= 1;
    match place.left {
        0 => place.value.take().expect(HERE),
        _ => place.value.as_ref().expect(HERE).clone(),
    }
}

impl<T> Receiver<T> {
    pub(super) fn new(shared: Arc<Shared<T>>, next: u64) -> Self {
        Self { shared, next }
    }

    /// How many values it has yet to see, and those that it has missed by now.
    ///
    /// # Examples
    ///
    /// ```
    /// let (calls, first) = buzzer::sync::broadcast::channel(16);
    /// calls.send("mocha").unwrap();
    /// assert_eq!(first.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        (locked(&self.shared.tail).position - self.next) as usize
    }

    /// Whether it has seen all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether both receive from the same senders.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// How many senders there are.
    pub fn sender_strong_count(&self) -> usize {
        self.shared.senders.load(Acquire)
    }

    /// How many senders there are that do not keep the channel open.
    pub fn sender_weak_count(&self) -> usize {
        self.shared.weak_senders.load(Acquire)
    }

    /// Whether all senders are gone. There may be values to receive still.
    pub fn is_closed(&self) -> bool {
        self.sender_strong_count() == 0
    }
}

impl<T: Clone> Receiver<T> {
    /// One more receiver, of all that is sent from here on: not of what this one has yet to
    /// see.
    ///
    /// # Examples
    ///
    /// ```
    /// let (calls, mut first) = buzzer::sync::broadcast::channel(16);
    /// calls.send("mocha").unwrap();
    /// let mut second = first.resubscribe();
    /// calls.send("latte").unwrap();
    /// assert_eq!((first.try_recv(), second.try_recv()), (Ok("mocha"), Ok("latte")));
    /// ```
    #[track_caller]
    pub fn resubscribe(&self) -> Self {
        self.shared.subscribe()
    }

    /// Receives the next value.
    ///
    /// # Errors
    ///
    /// [`RecvError::Lagged`] if it was too slow: it goes on with the oldest value that there
    /// is. [`RecvError::Closed`] when all senders are gone and it has seen everything.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped has taken nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::sync::broadcast::{self, error::RecvError};
    /// # buzzer::block_on(async {
    /// let (calls, mut first) = broadcast::channel(2);
    /// for order in 1..=3 {
    ///     calls.send(order).unwrap();
    /// }
    /// assert_eq!(first.recv().await, Err(RecvError::Lagged(1)));
    /// assert_eq!(first.recv().await, Ok(2));
    /// # });
    /// ```
    pub async fn recv(&mut self) -> Result<T, RecvError> {
        Recv {
            receiver: self,
            at: None,
        }
        .await
    }

    /// Receives the next value, if it is there.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv), and if it was not sent yet.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        match look(&self.shared, &mut self.next) {
            Look::Value(value) => Ok(value),
            Look::Lagged(missed) => Err(TryRecvError::Lagged(missed)),
            Look::Closed => Err(TryRecvError::Closed),
            Look::Empty(_) => Err(TryRecvError::Empty),
        }
    }

    /// As [`recv`](Self::recv), by blocking the thread.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Panics
    ///
    /// On a thread that drives tasks: it would wait for them, and they for it.
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Result<T, RecvError> {
        block_on("broadcast::Receiver::blocking_recv", self.recv())
    }
}

struct Recv<'a, T> {
    receiver: &'a mut Receiver<T>,
    /// Where it waits.
    at: Option<Ticket>,
}

impl<T: Clone> Recv<'_, T> {
    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, RecvError>> {
        // Before the lock.
        let waker = Contained::of(cx.waker());
        let Receiver { shared, next } = &mut *self.receiver;
        let received = match look(shared, next) {
            Look::Value(value) => Ok(value),
            Look::Lagged(missed) => Err(RecvError::Lagged(missed)),
            Look::Closed => Err(RecvError::Closed),
            Look::Empty(mut tail) => {
                let (at, left) = match self.at {
                    Some(at) if !tail.waiters.is_told(at) => {
                        (at, tail.waiters.set_waker(at, waker))
                    }
                    // Into the line anew: it was told of a value that it has seen.
                    told => {
                        let left = told.and_then(|at| {
                            shared.face.waits_no_more(at.key());
                            tail.waiters.leave(at)
                        });
                        (tail.waiters.enter((), Some(waker)), left)
                    }
                };
                shared.face.waits(at.key(), cx.waker(), Want::Told);
                self.at = Some(at);
                drop(tail);
                drop(left);
                return Poll::Pending;
            }
        };
        if let Some(at) = self.at {
            // The place is its own until it is dropped.
            self.receiver.shared.face.waits_no_more(at.key());
        }
        Poll::Ready(received)
    }
}

impl<T: Clone> Future for Recv<'_, T> {
    type Output = Result<T, RecvError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        budget::charge(cx, |cx| self.poll_recv(cx))
    }
}

impl<T> Drop for Recv<'_, T> {
    fn drop(&mut self) {
        if let Some(at) = self.at {
            let mut tail = locked(&self.receiver.shared.tail);
            let left = tail.waiters.leave(at);
            self.receiver.shared.face.gives_up(at.key());
            drop(tail);
            drop(left);
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut tail = locked(&self.shared.tail);
        tail.receivers -= 1;
        let is_last = tail.receivers == 0;
        let end = tail.position;
        drop(tail);
        if is_last {
            self.shared.deserted.notify_waiters();
        }
        // What it has yet to see waits for one fewer.
        let oldest = end.saturating_sub(self.shared.capacity());
        for position in self.next.max(oldest)..end {
            let mut place = locked(self.shared.place(position));
            if place.position == position {
                place.left -= 1;
                let is_seen = place.left == 0;
                let seen = place.value.take_if(|_| is_seen);
                drop(place);
                drop(seen);
            }
        }
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
