//! The end that looks at the value.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Relaxed};

use super::error::RecvError;
use super::{Ref, Shared, Version};
use crate::sync::cooperative::cooperative;

/// Looks at the value that the [`Sender`](super::Sender)s change, and waits for changes. A
/// value that was changed again before it looked it never sees.
///
/// Cloned, it is one receiver more, that has seen what this one has.
///
/// # Examples
///
/// ```
/// use buzzer::sync::watch;
///
/// # buzzer::block_on(async {
/// let (board, mut guest) = watch::channel("closed");
/// board.send("open").unwrap();
/// assert!(guest.has_changed().unwrap());
/// guest.changed().await.unwrap(); // Marks it as seen.
/// assert!(!guest.has_changed().unwrap());
/// board.send("busy").unwrap();
/// assert_eq!(*guest.borrow(), "busy"); // Does not mark it.
/// assert_eq!(*guest.borrow_and_update(), "busy"); // Does.
/// board.send("open").unwrap();
/// guest.mark_unchanged(); // Not interested.
/// assert!(!guest.has_changed().unwrap());
/// assert!(guest.same_channel(&guest.clone()));
/// drop(board);
/// assert!(guest.is_closed());
/// # });
/// ```
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    /// Of the value that it has seen.
    seen: Version,
}

impl<T> Receiver<T> {
    /// One more, that is counted.
    pub(super) fn counted(shared: Arc<Shared<T>>, seen: Version) -> Self {
        Self { shared, seen }
    }

    /// The value that is there. That does not count as having seen it. See [`Ref`] for what
    /// not to do with it.
    pub fn borrow(&self) -> Ref<'_, T> {
        let value = self.shared.read();
        // With the lock, so that it is the version of this value.
        let has_changed = self.shared.version() != self.seen;
        Ref { value, has_changed }
    }

    /// The value that is there, which is seen from here on.
    pub fn borrow_and_update(&mut self) -> Ref<'_, T> {
        let value = self.shared.read();
        // With the lock, so that it is the version of this value.
        let version = self.shared.version();
        let has_changed = version != self.seen;
        self.seen = version;
        Ref { value, has_changed }
    }

    /// Whether there is a value that it has not seen.
    ///
    /// # Errors
    ///
    /// If all senders are gone.
    pub fn has_changed(&self) -> Result<bool, RecvError> {
        match self.shared.state() {
            (_, true) => Err(RecvError(())),
            (version, false) => Ok(version != self.seen),
        }
    }

    /// Whether all senders are gone.
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }

    /// The value counts as not seen from here on.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let (board, mut guest) = buzzer::sync::watch::channel("open");
    /// guest.mark_changed();
    /// guest.changed().await.unwrap();
    /// # drop(board);
    /// # });
    /// ```
    pub fn mark_changed(&mut self) {
        self.seen = self.shared.version().before();
    }

    /// The value counts as seen from here on.
    pub fn mark_unchanged(&mut self) {
        self.seen = self.shared.version();
    }

    /// Waits for a value that it has not seen, which is seen from then on.
    ///
    /// # Errors
    ///
    /// If all senders are gone, and it has seen the last value.
    ///
    /// # Cancel safety
    ///
    /// A call that is dropped has seen nothing.
    pub async fn changed(&mut self) -> Result<(), RecvError> {
        let Self { shared, seen } = self;
        cooperative(changed(shared, seen)).await
    }

    /// Waits for a value of which `f` says that it will do, beginning with the one that is
    /// there. What it was asked about is seen.
    ///
    /// # Errors
    ///
    /// If all senders are gone, and the last value will not do.
    ///
    /// # Panics
    ///
    /// If `f` does.
    ///
    /// # Cancel safety
    ///
    /// It can be dropped and called again. Values that `f` was asked about by then are seen.
    ///
    /// # Examples
    ///
    /// ```
    /// buzzer::block_on(async {
    ///     let (till, mut sum) = buzzer::sync::watch::channel(0);
    ///     buzzer::spawn(async move {
    ///         for _ in 0..3 {
    ///             till.send_modify(|sum| *sum += 1);
    ///             buzzer::task::yield_now().await;
    ///         }
    ///     });
    ///     assert_eq!(*sum.wait_for(|sum| *sum >= 2).await.unwrap(), 2);
    /// });
    /// ```
    pub async fn wait_for(
        &mut self,
        mut f: impl FnMut(&T) -> bool,
    ) -> Result<Ref<'_, T>, RecvError> {
        let Self { shared, seen } = self;
        cooperative(async {
            let mut is_closed = false;
            loop {
                {
                    let value = shared.read();
                    let version = shared.version();
                    let has_changed = version != *seen;
                    *seen = version;
                    if (!is_closed || has_changed) && f(&value) {
                        return Ok(Ref { value, has_changed });
                    }
                }
                if is_closed {
                    return Err(RecvError(()));
                }
                is_closed = changed(shared, seen).await.is_err();
            }
        })
        .await
    }

    /// Whether both look at the same value.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

async fn changed<T>(shared: &Shared<T>, seen: &mut Version) -> Result<(), RecvError> {
    loop {
        // Before the look, so that it is told of what comes after it.
        let told = shared.changed.notified();
        let (version, is_closed) = shared.state();
        if version != *seen {
            *seen = version;
            return Ok(());
        }
        if is_closed {
            return Err(RecvError(()));
        }
        told.await;
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.shared.receivers.fetch_add(1, Relaxed);
        Self::counted(self.shared.clone(), self.seen)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        if self.shared.receivers.fetch_sub(1, AcqRel) == 1 {
            self.shared.deserted.notify_waiters();
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("value", &self.shared.value)
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
