//! The end that sends.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::Shared;
use crate::machine::budget;
use crate::machine::panics::wake_contained;
use crate::sync::seen::{Face, RECEIVER, SENDER, Want};
use crate::sync::waiters::locked;

/// Sends one value to the [`Receiver`](super::Receiver). Dropped, it says that none comes.
pub struct Sender<T> {
    /// `None` once it has sent.
    shared: Option<Arc<Shared<T>>>,
}

impl<T> Sender<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        let shared = Some(shared);
        Self { shared }
    }

    fn shared(&self) -> &Shared<T> {
        self.shared
            .as_ref()
            .expect("a sender that has sent is gone")
    }

    /// Sends the value. It never waits.
    ///
    /// # Errors
    ///
    /// The value, if the receiver is gone or has closed the channel. That it is not an error
    /// does not say that it is ever received.
    ///
    /// # Examples
    ///
    /// ```
    /// let (order, coffee) = buzzer::sync::oneshot::channel();
    /// drop(coffee);
    /// assert_eq!(order.send("mocha"), Err("mocha"));
    /// ```
    pub fn send(mut self, t: T) -> Result<(), T> {
        let shared = self.shared.take().expect("a sender that has sent is gone");
        let mut state = locked(&shared.0);
        if state.is_closed {
            return Err(t);
        }
        state.value = Some(t);
        state.is_done = true;
        let (receiver, own) = (state.receiver.take(), state.sender.take());
        drop(state);
        shared.1.waits_no_more(SENDER);
        if let Some(receiver) = receiver {
            shared.1.hands_over(RECEIVER);
            wake_contained(receiver);
        }
        drop(own);
        Ok(())
    }

    /// Waits until the receiver is gone or has closed the channel: then nobody wants the
    /// value any more.
    ///
    /// # Cancel safety
    ///
    /// It can be dropped and called again.
    ///
    /// # Examples
    ///
    /// ```
    /// buzzer::block_on(async {
    ///     let (mut order, coffee) = buzzer::sync::oneshot::channel::<&str>();
    ///     buzzer::spawn(async move { drop(coffee) });
    ///     order.closed().await;
    ///     assert!(order.is_closed());
    /// });
    /// ```
    pub async fn closed(&mut self) {
        let waiting = Waiting(self);
        poll_fn(|cx| waiting.0.poll_closed(cx)).await;
    }

    /// Whether the receiver is gone or has closed the channel.
    pub fn is_closed(&self) -> bool {
        locked(&self.shared().0).is_closed
    }

    /// As [`closed`](Self::closed), by hand: it wakes the task of the last poll.
    pub fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        budget::charge(cx, |cx| {
            // Cloned before the lock: a foreign waker's clone is the program's code.
            let waker = cx.waker().clone();
            let mut state = locked(&self.shared().0);
            if state.is_closed {
                return Poll::Ready(());
            }
            let replaced = state.sender.replace(waker);
            drop(state);
            drop(replaced);
            self.shared().1.waits(SENDER, cx.waker(), Want::Closed);
            Poll::Pending
        })
    }

    /// By which it is seen.
    pub(in crate::sync) fn each_face(&self, call: &mut dyn FnMut(&Face)) {
        call(&self.shared().1);
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let Some(shared) = self.shared.take() else {
            return;
        };
        let mut state = locked(&shared.0);
        state.is_done = true;
        let (receiver, own) = (state.receiver.take(), state.sender.take());
        drop(state);
        shared.1.waits_no_more(SENDER);
        if let Some(receiver) = receiver {
            shared.1.closes();
            wake_contained(receiver);
        }
        drop(own);
    }
}

/// A sender that waits for the close, until this is dropped: what a dump is told of it may
/// not outlive the wait.
struct Waiting<'a, T>(&'a mut Sender<T>);

impl<T> Drop for Waiting<'_, T> {
    fn drop(&mut self) {
        self.0.shared().1.waits_no_more(SENDER);
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
