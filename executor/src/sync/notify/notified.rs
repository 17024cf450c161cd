//! The futures that wait for a `Notify`.

use std::fmt;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire};
use std::task::{Context, Poll, Waker};

use super::{KEPT, Notify, Told, WAITERS, calls};
use crate::machine::budget;
use crate::sync::waiters::{Contained, Ticket};

/// Waits for a [`Notify`]. Made by [`Notify::notified`].
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct Notified<'a>(Wait<&'a Notify>);

/// Waits for a [`Notify`] that it keeps alive. Made by [`Notify::notified_owned`].
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct OwnedNotified(Wait<Arc<Notify>>);

impl<'a> Notified<'a> {
    pub(super) fn new(notify: &'a Notify) -> Self {
        Self(Wait::new(notify))
    }

    /// Takes its place in the line now, as its first poll would. Whether there is nothing to
    /// wait for: then it was told, or has taken what was kept.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::pin::pin;
    /// # buzzer::block_on(async {
    /// let bell = buzzer::sync::Notify::new();
    /// let mut first = pin!(bell.notified());
    /// assert!(!first.as_mut().enable());
    /// let second = bell.notified();
    /// bell.notify_one();
    /// // Told: it stood in the line, and the second did not.
    /// first.await;
    /// # drop(second);
    /// # });
    /// ```
    pub fn enable(self: Pin<&mut Self>) -> bool {
        self.get_mut().0.poll_wait(None).is_ready()
    }
}

impl OwnedNotified {
    pub(super) fn new(notify: Arc<Notify>) -> Self {
        Self(Wait::new(notify))
    }

    /// As [`Notified::enable`].
    pub fn enable(self: Pin<&mut Self>) -> bool {
        self.get_mut().0.poll_wait(None).is_ready()
    }
}

impl Future for Notified<'_> {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        budget::charge(cx, |cx| self.0.poll_wait(Some(cx.waker())))
    }
}

impl Future for OwnedNotified {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        budget::charge(cx, |cx| self.0.poll_wait(Some(cx.waker())))
    }
}

struct Wait<N: Deref<Target = Notify>> {
    notify: N,
    stage: Stage,
}

enum Stage {
    /// It has not asked yet. With the calls of when it was made.
    New(usize),
    /// It stands there in the line. With the calls of when it was made.
    InLine(Ticket, usize),
    Told,
}

impl<N: Deref<Target = Notify>> Wait<N> {
    fn new(notify: N) -> Self {
        let stage = Stage::New(calls(notify.word.load(Acquire)));
        Self { notify, stage }
    }

    #[inline]
    fn poll_wait(&mut self, waker: Option<&Waker>) -> Poll<()> {
        match self.stage {
            Stage::Told => Poll::Ready(()),
            Stage::New(made) if self.takes_kept(made) => {
                self.stage = Stage::Told;
                Poll::Ready(())
            }
            Stage::New(made) => self.enter(made, waker),
            Stage::InLine(at, made) => self.look(at, made, waker),
        }
    }

    /// Whether there is nothing to wait for. What is kept is taken only by who was not told
    /// with all others.
    fn takes_kept(&self, made: usize) -> bool {
        let mut word = self.notify.word.load(Acquire);
        while calls(word) == made && word & KEPT != 0 {
            let taken = word & !KEPT;
            match self
                .notify
                .word
                .compare_exchange_weak(word, taken, AcqRel, Acquire)
            {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        calls(word) != made
    }

    #[cold]
    fn enter(&mut self, made: usize, asks: Option<&Waker>) -> Poll<()> {
        // Before the lock.
        let waker = asks.map(Contained::of);
        let notify = &*self.notify;
        let mut line = notify.line.lock();
        let mut word = notify.word.load(Acquire);
        loop {
            let entered = match word {
                _ if calls(word) != made => break,
                _ if word & KEPT != 0 => word & !KEPT,
                _ => word | WAITERS,
            };
            match notify
                .word
                .compare_exchange_weak(word, entered, AcqRel, Acquire)
            {
                Ok(_) if word & KEPT != 0 => break,
                Ok(_) => {
                    let at = line.enter(None, waker);
                    if let Some(waker) = asks {
                        notify.face.waits(at.key(), waker, notify.want);
                    }
                    self.stage = Stage::InLine(at, made);
                    return Poll::Pending;
                }
                Err(now) => word = now,
            }
        }
        drop(line);
        self.stage = Stage::Told;
        Poll::Ready(())
    }

    #[inline]
    fn look(&mut self, at: Ticket, made: usize, asks: Option<&Waker>) -> Poll<()> {
        if self.notify.line.is_served(at) {
            self.stage = Stage::Told;
            return Poll::Ready(());
        }
        self.look_in_line(at, made, asks)
    }

    #[cold]
    fn look_in_line(&mut self, at: Ticket, made: usize, asks: Option<&Waker>) -> Poll<()> {
        // Before the lock.
        let waker = asks.map(Contained::of);
        let notify = &*self.notify;
        let mut line = notify.line.lock();
        let is_served = notify.line.is_served(at);
        if is_served || line.data(at).is_some() || calls(notify.word.load(Acquire)) != made {
            let waker = if is_served { None } else { line.leave(at) };
            notify.face.waits_no_more(at.key());
            drop(line);
            drop(waker);
            self.stage = Stage::Told;
            return Poll::Ready(());
        }
        // Without a waker it only asks, and whom to wake stays as it was.
        if let Some(waker) = asks {
            notify.face.waits(at.key(), waker, notify.want);
        }
        let replaced = waker.map(|waker| line.set_waker(at, waker));
        drop(line);
        drop(replaced);
        Poll::Pending
    }
}

impl<N: Deref<Target = Notify>> Drop for Wait<N> {
    fn drop(&mut self) {
        let Stage::InLine(at, _) = self.stage else {
            return;
        };
        let mut line = self.notify.line.lock();
        let (told, waker) = match self.notify.line.is_served(at) {
            true => (Some(Told::First), None),
            false => (*line.data(at), line.leave(at)),
        };
        self.notify.face.gives_up(at.key());
        self.notify.mark_line(&line);
        match told {
            Some(told) => self.notify.notify_line(line, told),
            None => drop(line),
        }
        drop(waker);
    }
}

impl<N: Deref<Target = Notify>> fmt::Debug for Wait<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match self.stage {
            Stage::New(_) => "new",
            Stage::InLine(..) => "in line",
            Stage::Told => "told",
        };
        let notify = &*self.notify;
        f.debug_struct("Notified")
            .field("notify", &notify)
            .field("stage", &stage)
            .finish()
    }
}
