//! The end that receives.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use super::error::{RecvError, TryRecvError};
use super::{Shared, State};
use crate::machine::budget;
use crate::machine::panics::wake_contained;
use crate::sync::blocking::block_on;
use crate::sync::seen::{RECEIVER, Want};
use crate::sync::waiters::locked;

/// Receives the value that the [`Sender`](super::Sender) sends: a future of it.
///
/// # Errors
///
/// Awaited, it gives [`RecvError`] if the sender is gone and has sent nothing.
///
/// # Panics
///
/// Polled again after it has given its value.
///
/// # Cancel safety
///
/// `&mut receiver` can be awaited, given up, and awaited again. Dropped, it tells the sender
/// that nobody wants the value any more.
#[must_use = "a receiver that is dropped closes its channel"]
pub struct Receiver<T> {
    /// `None` once it has given its value, or said that none comes.
    shared: Option<Arc<Shared<T>>>,
}

impl<T> Receiver<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        let shared = Some(shared);
        Self { shared }
    }

    /// Has the sender send nothing any more. What it has sent by now can still be received.
    ///
    /// # Examples
    ///
    /// ```
    /// let (order, mut coffee) = buzzer::sync::oneshot::channel();
    /// coffee.close();
    /// assert_eq!(order.send("mocha"), Err("mocha"));
    /// ```
    pub fn close(&mut self) {
        if let Some(shared) = &self.shared {
            close(locked(&shared.0));
        }
    }

    /// Whether it has given its value, or said that none comes: it must not be awaited
    /// again.
    pub fn is_terminated(&self) -> bool {
        self.shared.is_none()
    }

    /// Whether there is no value to be received now.
    pub fn is_empty(&self) -> bool {
        let shared = self.shared.as_ref();
        shared.is_none_or(|shared| locked(&shared.0).value.is_none())
    }

    /// The value, if it was sent.
    ///
    /// # Errors
    ///
    /// If it was not yet, or none comes any more.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::sync::oneshot::{self, error::TryRecvError};
    /// let (order, mut coffee) = oneshot::channel();
    /// assert_eq!(coffee.try_recv(), Err(TryRecvError::Empty));
    /// order.send("mocha").unwrap();
    /// assert_eq!(coffee.try_recv(), Ok("mocha"));
    /// assert_eq!(coffee.try_recv(), Err(TryRecvError::Closed));
    /// ```
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let shared = self.shared.as_ref().ok_or(TryRecvError::Closed)?;
        let mut state = locked(&shared.0);
        let value = state.value.take();
        if value.is_none() && !state.is_done && !state.is_closed {
            return Err(TryRecvError::Empty);
        }
        drop(state);
        shared.1.waits_no_more(RECEIVER);
        self.shared = None;
        value.ok_or(TryRecvError::Closed)
    }

    /// Waits for the value by blocking the thread.
    ///
    /// # Errors
    ///
    /// If none comes.
    ///
    /// # Panics
    ///
    /// On a thread that drives tasks: it would wait for them, and they for it.
    ///
    /// # Examples
    ///
    /// ```
    /// let (order, coffee) = buzzer::sync::oneshot::channel();
    /// let barista = std::thread::spawn(move || coffee.blocking_recv());
    /// order.send("mocha").unwrap();
    /// assert_eq!(barista.join().unwrap(), Ok("mocha"));
    /// ```
    #[track_caller]
    pub fn blocking_recv(self) -> Result<T, RecvError> {
        block_on("oneshot::Receiver::blocking_recv", self)
    }

    fn poll_value(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, RecvError>> {
        let shared = self.shared.as_mut().expect(
            "a `oneshot::Receiver` was polled after it had given its value: keep it, or ask \
             `is_terminated` before",
        );
        // Who is alone needs neither lock nor waker: the sender is gone, or has sent.
        if let Some(alone) = Arc::get_mut(shared) {
            alone.1.waits_no_more(RECEIVER);
            let state = alone.0.get_mut().unwrap_or_else(PoisonError::into_inner);
            return Poll::Ready(state.value.take().ok_or(RecvError(())));
        }
        // Cloned before the lock: a foreign waker's clone is the program's code.
        let waker = cx.waker().clone();
        let mut state = locked(&shared.0);
        if !state.is_done && !state.is_closed {
            let replaced = state.receiver.replace(waker);
            drop(state);
            drop(replaced);
            shared.1.waits(RECEIVER, cx.waker(), Want::Told);
            return Poll::Pending;
        }
        let value = state.value.take();
        drop(state);
        shared.1.waits_no_more(RECEIVER);
        Poll::Ready(value.ok_or(RecvError(())))
    }
}

/// Tells the sender that nobody wants the value any more.
fn close<T>(mut state: MutexGuard<'_, State<T>>) {
    state.is_closed = true;
    let sender = state.sender.take();
    drop(state);
    if let Some(sender) = sender {
        wake_contained(sender);
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let value = ready!(budget::charge(cx, |cx| self.poll_value(cx)));
        self.shared = None;
        Poll::Ready(value)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let Some(shared) = self.shared.take() else {
            return;
        };
        let mut state = locked(&shared.0);
        let left = (state.value.take(), state.receiver.take());
        close(state);
        shared.1.gives_up(RECEIVER);
        drop(left);
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("is_terminated", &self.is_terminated())
            .field("is_empty", &self.is_empty())
            .finish_non_exhaustive()
    }
}
