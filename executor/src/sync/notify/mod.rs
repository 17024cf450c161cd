//! Telling tasks that something has happened, without a value.
//!
//! Owns [`Notify`] and its word; the futures that wait for it are in `notified.rs`. Besides
//! what programs do with it, what is to be waited for by many at once in this module is
//! waited for by it: a barrier, a watched value, the close of a channel.
//!
//! # The word
//!
//! `calls of notify_waiters << 2 | WAITERS | KEPT`
//!
//! 1. `WAITERS` is set exactly while somebody waits. It changes only under the lock, and
//!    while it is set the word changes only under the lock.
//! 2. `KEPT` is a notification that found nobody, for the next who asks. Never with `WAITERS`.
//! 3. A future is told by `notify_waiters` if the calls are more than when it was made.
//!
//! # No wake is lost
//!
//! A future that has to wait sets `WAITERS` by the compare-and-swap that sees neither `KEPT`
//! nor another count of calls. *A notification before that* changes the word, and the swap
//! fails and looks again. *After that*: it finds `WAITERS`, takes the lock, under which the
//! future has entered the line, and tells it. *A future dropped when it was told alone* tells
//! the next; one that was told with all others keeps nothing from them.

mod notified;

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};

pub use notified::{Notified, OwnedNotified};

use super::seen::{Face, Kind, Want};
use super::waiters::{self, Line, Waiters};
use crate::sys::shared::{AtomicUsize, MutexGuard};

const KEPT: usize = 1;
const WAITERS: usize = 2;
/// One call of `notify_waiters`.
const CALL: usize = 4;

/// How often `notify_waiters` was called, in the word.
fn calls(word: usize) -> usize {
    word & !(KEPT | WAITERS)
}

/// A bell for tasks: one is told, or all.
///
/// [`notify_one`](Self::notify_one) before anybody waits is kept for the next who does, once;
/// [`notify_waiters`](Self::notify_waiters) tells those who wait, and is not kept. It belongs
/// to no runtime and to no thread.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
/// use buzzer::sync::Notify;
///
/// buzzer::block_on(async {
///     let bell = Rc::new(Notify::new());
///     let rung = bell.clone();
///     let waiter = buzzer::spawn(async move {
///         rung.notified().await;
///         "coming"
///     });
///     bell.notify_one();
///     assert_eq!(waiter.await.unwrap(), "coming");
/// });
/// ```
pub struct Notify {
    word: AtomicUsize,
    line: Line<Option<Told>>,
    face: Face,
    /// What a dump says of those who wait.
    want: Want,
}

/// How one who waits was told that it need not any more, if it was not served. Those who are
/// told with all others see it by the calls.
#[derive(Clone, Copy)]
enum Told {
    /// As the first.
    First,
    /// As the last.
    Last,
}

impl UnwindSafe for Notify {}
impl RefUnwindSafe for Notify {}

impl Notify {
    /// One that was not rung.
    #[track_caller]
    pub fn new() -> Self {
        Self::with_face(Face::here(Kind::Notify))
    }

    /// As [`new`](Self::new), for a `static`.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::sync::Notify;
    /// static BELL: Notify = Notify::const_new();
    /// BELL.notify_one();
    /// buzzer::block_on(BELL.notified());
    /// ```
    pub const fn const_new() -> Self {
        Self::with_face(Face::anywhere(Kind::Notify))
    }

    /// One that is a part of something else.
    pub(super) const fn with_face(face: Face) -> Self {
        Self::made(face, Want::Told)
    }

    /// One that is rung when the other end of a channel is gone.
    pub(super) const fn of_the_close(face: Face) -> Self {
        Self::made(face, Want::Closed)
    }

    const fn made(face: Face, want: Want) -> Self {
        Self {
            word: AtomicUsize::new(0),
            line: Line::new(),
            face,
            want,
        }
    }

    /// Waits for a notification.
    ///
    /// A call of [`notify_waiters`](Self::notify_waiters) counts from here on, also before
    /// the first poll. One of [`notify_one`](Self::notify_one) is not lost either, since it
    /// is kept; but which of two futures gets it goes by who was polled, or
    /// [enabled](Notified::enable), first.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped when it was told alone passes it on to the next, or has it
    /// kept. It loses its place in the line.
    ///
    /// # Examples
    ///
    /// To look for something, and miss no change of it:
    ///
    /// ```
    /// use std::cell::Cell;
    /// use buzzer::sync::Notify;
    /// # buzzer::block_on(async {
    /// let (open, changed) = (Cell::new(true), Notify::new());
    /// loop {
    ///     let next = changed.notified();
    ///     if open.get() {
    ///         break;
    ///     }
    ///     next.await;
    /// }
    /// # });
    /// ```
    pub fn notified(&self) -> Notified<'_> {
        Notified::new(self)
    }

    /// As [`notified`](Self::notified); the future keeps the `Notify` alive.
    ///
    /// # Cancel safety
    ///
    /// As [`notified`](Self::notified).
    pub fn notified_owned(self: Arc<Self>) -> OwnedNotified {
        OwnedNotified::new(self)
    }

    /// Tells the one that has waited longest. If nobody waits it is kept for the next who
    /// does; two are kept as one.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let bell = buzzer::sync::Notify::new();
    /// bell.notify_one();
    /// bell.notified().await;
    /// # });
    /// ```
    pub fn notify_one(&self) {
        self.notify(Told::First);
    }

    /// As [`notify_one`](Self::notify_one), but tells the one that came last.
    pub fn notify_last(&self) {
        self.notify(Told::Last);
    }

    #[inline]
    fn notify(&self, told: Told) {
        let mut word = self.word.load(Acquire);
        while word & WAITERS == 0 {
            // Also where it is set already: what was written before this is to be seen by
            // whoever takes it.
            let kept = word | KEPT;
            match self.word.compare_exchange_weak(word, kept, AcqRel, Acquire) {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
        self.notify_line(self.line.lock(), told);
    }

    /// Tells one of the line, if anybody is in it.
    #[cold]
    fn notify_line(&self, mut line: MutexGuard<'_, Waiters<Option<Told>>>, told: Told) {
        let one = match told {
            Told::First => line.first(),
            Told::Last => line.last(),
        };
        let Some(one) = one else {
            drop(line);
            return self.notify(told);
        };
        *line.data(one) = Some(told);
        let waker = match told {
            Told::First => self.line.serve(&mut line, one),
            Told::Last => line.tell(one),
        };
        self.mark_line(&line);
        self.face.hands_over(one.key());
        drop(line);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Keeps rule 1. To be called when somebody has left the line.
    fn mark_line(&self, line: &Waiters<Option<Told>>) {
        let word = self.word.load(Acquire);
        if line.is_empty() && word & WAITERS != 0 {
            // Nobody else changes it now, so it need be no atomic change.
            self.word.store(word & !WAITERS, Release);
        }
    }

    /// Tells all who wait, also those that were made by [`notified`](Self::notified) and not
    /// polled yet. It is not kept for those who come later.
    ///
    /// # Examples
    ///
    /// ```
    /// # buzzer::block_on(async {
    /// let bell = buzzer::sync::Notify::new();
    /// let (first, second) = (bell.notified(), bell.notified());
    /// bell.notify_waiters();
    /// buzzer::gather!(first, second).await;
    /// # });
    /// ```
    pub fn notify_waiters(&self) {
        self.tell_waiters().wake();
    }

    /// The first half of [`notify_waiters`](Self::notify_waiters), for a caller with a lock
    /// of its own: from here on they are told. They are woken when that lock is released.
    pub(super) fn tell_waiters(&self) -> ToldAll<'_> {
        let mut word = self.word.load(Acquire);
        while word & WAITERS == 0 {
            let called = word.wrapping_add(CALL);
            match self
                .word
                .compare_exchange_weak(word, called, AcqRel, Acquire)
            {
                Ok(_) => return ToldAll(self, waiters::ToldAll::default()),
                Err(now) => word = now,
            }
        }
        let mut line = self.line.lock();
        self.word.fetch_add(CALL, Release);
        self.face.tells_all();
        let told = line.tell_all();
        self.mark_line(&line);
        ToldAll(self, told)
    }

    /// By which it is seen.
    pub(super) fn each_face(&self, call: &mut dyn FnMut(&Face)) {
        call(&self.face);
    }
}

/// Who was told, and is to be woken.
#[must_use]
pub(super) struct ToldAll<'a>(&'a Notify, waiters::ToldAll);

impl ToldAll<'_> {
    pub(super) fn wake(self) {
        self.0.line.wake(self.1);
    }
}

impl Default for Notify {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.word.load(Acquire);
        f.debug_struct("Notify")
            .field("kept", &(word & KEPT != 0))
            .field("waiters", &(word & WAITERS != 0))
            .finish()
    }
}
