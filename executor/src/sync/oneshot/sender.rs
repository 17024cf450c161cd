//! The end that sends.

use std::fmt;
use std::future::poll_fn;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::task::{Context, Poll};

use crate::machine::budget;
use crate::sync::seen::{Face, RECEIVER, SENDER, Want};
use crate::sync::waiters::Contained;
use crate::sys::handed::Giver;

/// Sends one value to the [`Receiver`](super::Receiver). Dropped, it says that none comes.
///
/// # Examples
///
/// ```
/// use buzzer::sync::oneshot;
///
/// let (order, coffee) = oneshot::channel();
/// assert!(!order.is_closed());
/// drop(coffee); // The guest has left.
/// assert!(order.is_closed());
/// assert_eq!(order.send("mocha"), Err("mocha"));
/// ```
pub struct Sender<T> {
    /// `None` once it has sent.
    giver: Option<Giver<T, Contained, Face>>,
}

// Nothing of the program runs between two steps of it.
impl<T> UnwindSafe for Sender<T> {}
impl<T> RefUnwindSafe for Sender<T> {}

const GONE: &str = "a sender that has sent is gone";

impl<T> Sender<T> {
    pub(super) fn new(giver: Giver<T, Contained, Face>) -> Self {
        let giver = Some(giver);
        Self { giver }
    }

    fn giver(&self) -> &Giver<T, Contained, Face> {
        self.giver.as_ref().expect(GONE)
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
    #[inline]
    pub fn send(mut self, t: T) -> Result<(), T> {
        let giver = self.giver.take().expect(GONE);
        giver.beside().waits_no_more(SENDER);
        if let Some(receiver) = giver.give(t, |face| face.hands_over(RECEIVER))? {
            receiver.wake();
        }
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
        self.giver().is_refused()
    }

    /// As [`closed`](Self::closed), by hand: it wakes the task of the last poll.
    pub fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        budget::charge(cx, |cx| {
            let giver = self.giver.as_mut().expect(GONE);
            let closed = giver.poll_refused(|| Contained::of(cx.waker()));
            match closed {
                Poll::Ready(()) => giver.beside().waits_no_more(SENDER),
                Poll::Pending => giver.beside().waits(SENDER, cx.waker(), Want::Closed),
            }
            closed
        })
    }

    /// By which it is seen.
    pub(in crate::sync) fn each_face(&self, call: &mut dyn FnMut(&Face)) {
        call(self.giver().beside());
    }
}

impl<T> Drop for Sender<T> {
    #[inline]
    fn drop(&mut self) {
        let Some(giver) = self.giver.take() else {
            return;
        };
        giver.beside().waits_no_more(SENDER);
        if let Some(receiver) = giver.give_nothing(Face::closes) {
            receiver.wake();
        }
    }
}

/// A sender that waits for the close, until this is dropped: what a dump is told of it may
/// not outlive the wait.
struct Waiting<'a, T>(&'a mut Sender<T>);

impl<T> Drop for Waiting<'_, T> {
    fn drop(&mut self) {
        self.0.giver().beside().waits_no_more(SENDER);
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
