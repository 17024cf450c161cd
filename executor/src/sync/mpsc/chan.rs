//! What the ends of a channel share, bounded or not.
//!
//! Owns [`Chan`], and its two ends as the public ones use them: [`Tx`] counts the senders,
//! [`Rx`] takes the values. Room is kept by [`Permits`]: a sender takes one for each value,
//! and the receiver gives it back when it has taken the value. Without a bound nobody asks
//! for any, and they only say whether the channel is closed.
//!
//! The receiver takes all that is there at once, by exchanging the queue for its own empty
//! one, and then gives it out value by value: so of a stream that runs, few values cost a
//! lock.
//!
//! # No wake is lost
//!
//! Queue and waker are under one lock. *The value first*: the receiver's look finds it. *The
//! look first*: the receiver has left its waker, and the send takes it. What else ends its
//! wait (the last sender's drop, the last permit given back to a closed channel) is done
//! before the lock is taken to fetch the waker, and looked at by the receiver under it.

use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll};

use super::error::TryRecvError;
use crate::machine::budget;
use crate::sync::notify::Notify;
use crate::sync::permits::Permits;
use crate::sync::seen::{Face, RECEIVER, Want};
use crate::sync::waiters::{Contained, locked};
use crate::sys::shared::{AtomicUsize, Mutex, MutexGuard};

/// The bound of a channel that has none.
const UNBOUNDED: usize = usize::MAX;
/// Places that an empty queue may keep: memory of a crowd is given back when it has gone.
const KEPT: usize = 1_024;

pub(super) struct Chan<T> {
    state: Mutex<State<T>>,
    /// Room that nobody has asked for. Closed by the receiver.
    pub(super) room: Permits,
    bound: usize,
    senders: AtomicUsize,
    weak_senders: AtomicUsize,
    /// Rung when the receiver closes.
    pub(super) closed: Notify,
}

struct State<T> {
    queue: VecDeque<T>,
    /// The receiver's, while it waits.
    receiver: Option<Contained>,
    /// The receiver takes no more than what there is, and what was promised room.
    is_closed: bool,
    /// The receiver is gone.
    is_gone: bool,
}

#[track_caller]
pub(super) fn channel<T>(bound: Option<usize>) -> (Tx<T>, Rx<T>) {
    let face = Face::channel(bound);
    let closed = Notify::of_the_close(face.beside());
    let chan = Arc::new(Chan {
        state: Mutex::new(State {
            queue: VecDeque::new(),
            receiver: None,
            is_closed: false,
            is_gone: false,
        }),
        room: Permits::new(bound.unwrap_or(0), face),
        bound: bound.unwrap_or(UNBOUNDED),
        senders: AtomicUsize::new(1),
        weak_senders: AtomicUsize::new(0),
        closed,
    });
    let batch = Mutex::new(VecDeque::new());
    (Tx(chan.clone()), Rx { chan, batch })
}

impl<T> Chan<T> {
    pub(super) fn bound(&self) -> usize {
        self.bound
    }

    pub(super) fn is_closed(&self) -> bool {
        self.room.is_closed()
    }

    /// Waits until the receiver closes.
    pub(super) async fn closed(&self) {
        let closed = self.closed.notified();
        if !self.is_closed() {
            closed.await;
        }
    }

    /// Sends a value for which there is room.
    pub(super) fn push(&self, value: T) {
        self.room.face().sends();
        let state = locked(&self.state);
        if state.is_gone {
            // Nobody will take it. Dropped with the lock released.
            drop(state);
            return drop(value);
        }
        self.push_locked(state, value);
    }

    /// Sends a value that needs no room; gives it back if the channel is closed.
    pub(super) fn push_unbounded(&self, value: T) -> Result<(), T> {
        self.room.face().sends();
        let state = locked(&self.state);
        if state.is_closed {
            return Err(value);
        }
        self.push_locked(state, value);
        Ok(())
    }

    fn push_locked(&self, mut state: MutexGuard<'_, State<T>>, value: T) {
        state.queue.push_back(value);
        if let Some(receiver) = state.receiver.take() {
            self.room.face().hands_over(RECEIVER);
            drop(state);
            receiver.wake();
        }
    }

    /// Gives back room that was promised and not used.
    pub(super) fn give_back(&self, count: usize) {
        self.room.give(count);
        self.wake_if_idle();
    }

    /// A receiver that has closed waits for the room that it has promised.
    pub(super) fn wake_if_idle(&self) {
        if self.is_closed() && self.is_idle() {
            self.wake_receiver();
        }
    }

    /// Whether no room is promised or used.
    fn is_idle(&self) -> bool {
        self.bound == UNBOUNDED || self.room.free() == self.bound
    }

    fn wake_receiver(&self) {
        let receiver = locked(&self.state).receiver.take();
        if let Some(receiver) = receiver {
            receiver.wake();
        }
    }

    pub(super) fn senders(&self) -> usize {
        self.senders.load(Acquire)
    }

    pub(super) fn weak_senders(&self) -> usize {
        self.weak_senders.load(Relaxed)
    }
}

/// The end that sends. The last one's drop tells the receiver.
pub(super) struct Tx<T>(Arc<Chan<T>>);

impl<T> Tx<T> {
    pub(super) fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn downgrade(&self) -> Weak<T> {
        self.0.weak_senders.fetch_add(1, Relaxed);
        Weak(self.0.clone())
    }
}

impl<T> Deref for Tx<T> {
    type Target = Chan<T>;

    #[inline]
    fn deref(&self) -> &Chan<T> {
        &self.0
    }
}

impl<T> Clone for Tx<T> {
    fn clone(&self) -> Self {
        self.0.senders.fetch_add(1, Relaxed);
        Self(self.0.clone())
    }
}

impl<T> Drop for Tx<T> {
    fn drop(&mut self) {
        if self.0.senders.fetch_sub(1, AcqRel) == 1 {
            self.0.room.face().closes();
            self.0.wake_receiver();
        }
    }
}

/// A sender that does not keep its channel open.
pub(super) struct Weak<T>(Arc<Chan<T>>);

impl<T> Weak<T> {
    pub(super) fn upgrade(&self) -> Option<Tx<T>> {
        let one_more = |senders: usize| (senders > 0).then(|| senders + 1);
        let counted = self.0.senders.fetch_update(AcqRel, Acquire, one_more);
        counted.ok().map(|_| Tx(self.0.clone()))
    }
}

impl<T> Deref for Weak<T> {
    type Target = Chan<T>;

    fn deref(&self) -> &Chan<T> {
        &self.0
    }
}

impl<T> Clone for Weak<T> {
    fn clone(&self) -> Self {
        self.0.weak_senders.fetch_add(1, Relaxed);
        Self(self.0.clone())
    }
}

impl<T> Drop for Weak<T> {
    fn drop(&mut self) {
        self.0.weak_senders.fetch_sub(1, Relaxed);
    }
}

/// The end that receives.
pub(super) struct Rx<T> {
    pub(super) chan: Arc<Chan<T>>,
    /// What was taken out of the queue and not given out yet. Its room counts as used. It
    /// is never locked but to be counted: who may take has it to itself. The lock is what
    /// makes a receiver `Sync` for values that are not.
    batch: Mutex<VecDeque<T>>,
}

/// What a look for values has found.
enum Look {
    Some,
    None,
    /// None, and there will be none any more.
    End,
}

/// What is behind a lock that nobody else can hold.
#[inline]
fn own<V>(lock: &mut Mutex<V>) -> &mut V {
    lock.get_mut().unwrap_or_else(PoisonError::into_inner)
}

/// Takes all that is in the queue, when the batch is used up.
fn refill<T>(chan: &Chan<T>, batch: &mut VecDeque<T>, state: &mut State<T>) -> Look {
    if state.queue.is_empty() {
        let is_end = chan.senders() == 0 || (state.is_closed && chan.is_idle());
        return if is_end { Look::End } else { Look::None };
    }
    if batch.capacity() > KEPT.max(8 * state.queue.len()) {
        *batch = VecDeque::new();
    }
    std::mem::swap(batch, &mut state.queue);
    Look::Some
}

impl<T> Rx<T> {
    #[inline]
    fn batch(&mut self) -> &mut VecDeque<T> {
        own(&mut self.batch)
    }

    #[inline]
    fn next(&mut self) -> Option<T> {
        let value = self.batch().pop_front()?;
        self.freed(1);
        Some(value)
    }

    /// The room of values that were given out.
    #[inline]
    fn freed(&self, count: usize) {
        if self.chan.bound != UNBOUNDED {
            self.chan.room.give(count);
        }
    }

    #[inline]
    pub(super) fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.chan.room.face().receives();
        budget::charge(cx, |cx| match self.next() {
            Some(value) => Poll::Ready(Some(value)),
            None => self.poll_refill(cx).map(|()| self.next()),
        })
    }

    /// Ready when there is a value, or there will be none any more.
    fn poll_refill(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // Before the lock.
        let waker = Contained::of(cx.waker());
        let mut state = locked(&self.chan.state);
        match refill(&self.chan, own(&mut self.batch), &mut state) {
            Look::Some | Look::End => {
                self.chan.room.face().waits_no_more(RECEIVER);
                Poll::Ready(())
            }
            Look::None => {
                let replaced = state.receiver.replace(waker);
                let face = self.chan.room.face();
                face.waits(RECEIVER, cx.waker(), Want::Told);
                drop(state);
                drop(replaced);
                Poll::Pending
            }
        }
    }

    pub(super) fn poll_recv_many(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Vec<T>,
        limit: usize,
    ) -> Poll<usize> {
        self.chan.room.face().receives();
        budget::charge(cx, |cx| {
            let taken = self.take_up_to(buffer, limit);
            if taken > 0 || limit == 0 {
                return Poll::Ready(taken);
            }
            let ready = self.poll_refill(cx);
            ready.map(|()| self.take_up_to(buffer, limit))
        })
    }

    fn take_up_to(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        let mut taken = 0;
        while taken < limit {
            if self.batch().is_empty() && !matches!(self.look(), Look::Some) {
                break;
            }
            let batch = self.batch();
            let some = batch.len().min(limit - taken);
            buffer.extend(batch.drain(..some));
            taken += some;
        }
        self.freed(taken);
        taken
    }

    fn look(&mut self) -> Look {
        let mut state = locked(&self.chan.state);
        refill(&self.chan, own(&mut self.batch), &mut state)
    }

    pub(super) fn try_recv(&mut self) -> Result<T, TryRecvError> {
        if let Some(value) = self.next() {
            return Ok(value);
        }
        match self.look() {
            Look::End => {
                // A poll by hand may have begun to.
                self.chan.room.face().waits_no_more(RECEIVER);
                Err(TryRecvError::Disconnected)
            }
            Look::None | Look::Some => self.next().ok_or(TryRecvError::Empty),
        }
    }

    pub(super) fn len(&self) -> usize {
        locked(&self.batch).len() + locked(&self.chan.state).queue.len()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.chan.is_closed() || self.chan.senders() == 0
    }

    pub(super) fn close(&mut self) {
        locked(&self.chan.state).is_closed = true;
        self.chan.room.close();
        self.chan.closed.notify_waiters();
    }
}

impl<T> Drop for Rx<T> {
    fn drop(&mut self) {
        self.close();
        let mut state = locked(&self.chan.state);
        state.is_gone = true;
        let left = (std::mem::take(&mut state.queue), state.receiver.take());
        drop(state);
        self.chan.room.face().waits_no_more(RECEIVER);
        let batch = std::mem::take(self.batch());
        self.freed(batch.len() + left.0.len());
        drop(batch);
        drop(left);
    }
}
