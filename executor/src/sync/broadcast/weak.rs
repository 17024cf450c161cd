//! Senders that do not keep their channel open.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

use super::{Sender, Shared};

/// A sender that does not keep the channel open.
///
/// # Examples
///
/// ```
/// let (calls, first) = buzzer::sync::broadcast::channel(16);
/// let weak = calls.downgrade();
/// weak.upgrade().unwrap().send("mocha").unwrap();
/// drop(calls);
/// assert!(weak.upgrade().is_none());
/// # drop(first);
/// ```
///
/// ```
/// use buzzer::sync::broadcast;
///
/// let (calls, guest) = broadcast::channel::<&str>(4);
/// let weak = calls.downgrade();
/// assert_eq!((weak.strong_count(), weak.weak_count()), (1, 1));
/// assert!(weak.upgrade().is_some());
/// drop(calls);
/// assert!(weak.upgrade().is_none() && guest.is_closed()); // It keeps no channel open.
/// ```
pub struct WeakSender<T> {
    shared: Arc<Shared<T>>,
}

impl<T> WeakSender<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        shared.weak_senders.fetch_add(1, Relaxed);
        Self { shared }
    }

    /// A sender that does, unless all such are gone.
    pub fn upgrade(&self) -> Option<Sender<T>> {
        let one_more = |senders: usize| (senders > 0).then(|| senders + 1);
        let counted = self.shared.senders.fetch_update(AcqRel, Acquire, one_more);
        counted.ok().map(|_| Sender::counted(self.shared.clone()))
    }

    /// How many senders there are that keep it open.
    pub fn strong_count(&self) -> usize {
        self.shared.senders.load(Acquire)
    }

    /// How many senders there are that do not.
    pub fn weak_count(&self) -> usize {
        self.shared.weak_senders.load(Acquire)
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        Self::new(self.shared.clone())
    }
}

impl<T> Drop for WeakSender<T> {
    fn drop(&mut self) {
        self.shared.weak_senders.fetch_sub(1, AcqRel);
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSender").finish_non_exhaustive()
    }
}
