//! A listener's pause after the descriptors or the memory were used up.
//!
//! Owns [`Pause`]. Such an error leaves the connection where it is, and the selector has
//! nothing to tell when descriptors are free again: only trying again finds out.
//! Without a pause, a loop that accepts and ignores errors would do nothing else.

use std::pin::Pin;
use std::sync::PoisonError;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::sys::locks::{Mutex, MutexGuard};
use crate::time::{Instant, Sleep, sleep_until};

/// Twenty tries a second cost nothing that could be measured, and a client that
/// waits so much longer for an overloaded server doesn't notice.
const PAUSE: Duration = Duration::from_millis(50);

/// When the next accept may be tried. A lock, since a listener is `Sync`; beside an
/// accept's system calls, one that is free costs nothing.
#[derive(Debug, Default)]
pub(super) struct Pause(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// `None` once it is known to be over.
    end: Option<Instant>,
    /// The wait of who polls by hand. Only [`Pause::poll`] touches it, so that whoever
    /// was told to wait by it is woken by it.
    by_hand: Option<Sleep>,
}

impl Pause {
    /// Begins it now.
    pub(super) fn begin(&self) {
        self.lock().end = Some(Instant::now() + PAUSE);
    }

    /// Waits until it is over.
    pub(super) async fn wait(&self) {
        while let Some(end) = self.end() {
            sleep_until(end).await;
        }
    }

    /// As [`wait`](Self::wait) for who polls by hand: they share one place.
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        while let Some(end) = self.end() {
            let waiting = self.lock().by_hand.take();
            let mut sleep = waiting.unwrap_or_else(|| sleep_until(end));
            // Out of the lock, since a foreign waker's code runs in it.
            if Pin::new(&mut sleep).poll(cx).is_pending() {
                let replaced = self.lock().by_hand.replace(sleep);
                drop(replaced);
                return Poll::Pending;
            }
        }
        Poll::Ready(())
    }

    fn end(&self) -> Option<Instant> {
        let mut state = self.lock();
        state.end.take_if(|end| *end <= Instant::now());
        state.end
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
