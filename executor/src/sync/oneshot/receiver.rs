//! The end that receives.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::error::{RecvError, TryRecvError};
use crate::machine::budget;
use crate::sync::blocking::block_on;
use crate::sync::seen::{Face, RECEIVER, Want};
use crate::sync::waiters::Contained;
use crate::sys::handed::Taker;

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
///
/// # Examples
///
/// ```
/// use buzzer::sync::oneshot;
///
/// # buzzer::block_on(async {
/// let (order, mut coffee) = oneshot::channel();
/// assert!(coffee.is_empty() && !coffee.is_terminated());
/// order.send("mocha").unwrap();
/// assert!(!coffee.is_empty());
/// assert_eq!((&mut coffee).await, Ok("mocha"));
/// assert!(coffee.is_terminated());
/// # });
/// ```
#[must_use = "a receiver that is dropped closes its channel"]
pub struct Receiver<T> {
    /// `None` once it has given its value, or said that none comes.
    taker: Option<Taker<T, Contained, Face>>,
}

// Nothing of the program runs between two steps of it.
impl<T> UnwindSafe for Receiver<T> {}
impl<T> RefUnwindSafe for Receiver<T> {}

impl<T> Receiver<T> {
    pub(super) fn new(taker: Taker<T, Contained, Face>) -> Self {
        let taker = Some(taker);
        Self { taker }
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
        if let Some(sender) = self.taker.as_mut().and_then(Taker::refuse) {
            sender.wake();
        }
    }

    /// Whether it has given its value, or said that none comes: it must not be awaited
    /// again.
    pub fn is_terminated(&self) -> bool {
        self.taker.is_none()
    }

    /// Whether there is no value to be received now.
    pub fn is_empty(&self) -> bool {
        self.taker.as_ref().is_none_or(Taker::is_empty)
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
        let taker = self.taker.as_mut().ok_or(TryRecvError::Closed)?;
        let Poll::Ready(value) = taker.take() else {
            return Err(TryRecvError::Empty);
        };
        taker.beside().waits_no_more(RECEIVER);
        self.taker = None;
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

    #[inline]
    fn poll_value(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, RecvError>> {
        let taker = self.taker.as_mut().expect(
            "a `oneshot::Receiver` was polled after it had given its value: keep it, or ask \
             `is_terminated` before",
        );
        let polled = taker.poll_take(|| Contained::of(cx.waker()));
        match polled {
            Poll::Ready(_) => taker.beside().waits_no_more(RECEIVER),
            Poll::Pending => taker.beside().waits(RECEIVER, cx.waker(), Want::Told),
        }
        polled.map(|value| value.ok_or(RecvError(())))
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let value = ready!(budget::charge(cx, |cx| self.poll_value(cx)));
        self.taker = None;
        Poll::Ready(value)
    }
}

impl<T> Drop for Receiver<T> {
    #[inline]
    fn drop(&mut self) {
        self.close();
        if let Some(taker) = &self.taker {
            taker.beside().gives_up(RECEIVER);
        }
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
