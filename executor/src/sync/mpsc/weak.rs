//! Senders that do not keep their channel open.

use std::fmt;

use super::chan::Weak;
use super::{Sender, UnboundedSender};

/// A sender of a [`channel`](super::channel) that does not keep it open.
///
/// # Examples
///
/// ```
/// let (orders, mut queue) = buzzer::sync::mpsc::channel(1);
/// let weak = orders.downgrade();
/// weak.upgrade().unwrap().try_send("mocha").unwrap();
/// drop(orders);
/// assert!(weak.upgrade().is_none());
/// assert_eq!(queue.try_recv(), Ok("mocha"));
/// ```
///
/// ```
/// use buzzer::sync::mpsc;
///
/// let (orders, queue) = mpsc::channel::<&str>(1);
/// let weak = orders.downgrade();
/// assert_eq!((weak.strong_count(), weak.weak_count()), (1, 1));
/// assert!(weak.upgrade().is_some());
/// drop(orders);
/// assert!(weak.upgrade().is_none() && queue.is_closed()); // It keeps no channel open.
/// ```
pub struct WeakSender<T>(Weak<T>);

/// A sender of an [`unbounded_channel`](super::unbounded_channel) that does not keep it open.
///
/// # Examples
///
/// ```
/// use buzzer::sync::mpsc;
///
/// let (orders, queue) = mpsc::unbounded_channel::<&str>();
/// let weak = orders.downgrade();
/// assert_eq!((weak.strong_count(), weak.weak_count()), (1, 1));
/// assert!(weak.upgrade().is_some());
/// drop(orders);
/// assert!(weak.upgrade().is_none() && queue.is_closed()); // It keeps no channel open.
/// ```
pub struct WeakUnboundedSender<T>(Weak<T>);

impl<T> WeakSender<T> {
    pub(super) fn new(weak: Weak<T>) -> Self {
        Self(weak)
    }

    /// A sender that does, unless all such are gone.
    pub fn upgrade(&self) -> Option<Sender<T>> {
        self.0.upgrade().map(Sender::new)
    }

    /// How many senders there are that keep it open.
    pub fn strong_count(&self) -> usize {
        self.0.senders()
    }

    /// How many senders there are that do not.
    pub fn weak_count(&self) -> usize {
        self.0.weak_senders()
    }
}

impl<T> WeakUnboundedSender<T> {
    pub(super) fn new(weak: Weak<T>) -> Self {
        Self(weak)
    }

    /// A sender that does, unless all such are gone.
    pub fn upgrade(&self) -> Option<UnboundedSender<T>> {
        self.0.upgrade().map(UnboundedSender::new)
    }

    /// How many senders there are that keep it open.
    pub fn strong_count(&self) -> usize {
        self.0.senders()
    }

    /// How many senders there are that do not.
    pub fn weak_count(&self) -> usize {
        self.0.weak_senders()
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Clone for WeakUnboundedSender<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSender").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for WeakUnboundedSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakUnboundedSender")
            .finish_non_exhaustive()
    }
}
