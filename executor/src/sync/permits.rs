//! Permits that are taken, waited for in line, and given back: what a mutex, a semaphore, a
//! lock of readers and writers and a full channel have in common.
//!
//! Owns [`Permits`]. Free permits are a number in one word, and taking or returning some is
//! one compare-and-swap of it, until somebody has to wait.
//!
//! # The word
//!
//! `free permits << 2 | WAITERS | CLOSED`
//!
//! 1. `WAITERS` is set exactly while somebody waits in line. It changes only under the lock.
//! 2. While it is set no permit is free: who comes first has taken what there was, and is
//!    given what is returned until it has enough. So nobody overtakes, and a large request
//!    starves by no number of small ones.
//! 3. While it is set the word changes only under the lock.
//!
//! # No wake is lost
//!
//! A waiter that finds too few permits sets `WAITERS` by the compare-and-swap that sees so.
//! *A return before that* changes the word, so the swap fails and looks again. *A return
//! after that* finds `WAITERS`, waits for the lock, under which the waiter has entered the
//! line, and gives it the permits. *A waiter dropped with permits*, whether it was woken or
//! not, returns them as any holder does.

use std::pin::Pin;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::task::{Context, Poll};

use super::seen::{Face, Want};
use super::waiters::{Contained, Line, Ticket, Waiters};
use crate::machine::budget;
use crate::sys::shared::AtomicUsize;

const CLOSED: usize = 1;
const WAITERS: usize = 2;
const SHIFT: u32 = 2;
/// One permit, in the word.
const ONE: usize = 1 << SHIFT;

/// tokio's limit, so that a program that asks for it finds the same.
pub(super) const MAX: usize = usize::MAX >> 3;

pub(super) struct Permits {
    word: AtomicUsize,
    line: Line<Missing>,
    face: Face,
}

/// How many permits a waiter was not given yet.
#[derive(Clone, Copy)]
struct Missing(usize);

/// Nobody is given permits any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Closed;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refused {
    Closed,
    TooFew,
}

impl Permits {
    /// # Panics
    ///
    /// With more than [`MAX`].
    pub(super) const fn new(free: usize, face: Face) -> Self {
        assert!(
            free <= MAX,
            "a semaphore can't have more than `MAX_PERMITS` permits"
        );
        Self {
            word: AtomicUsize::new(free << SHIFT),
            line: Line::new(),
            face,
        }
    }

    /// With none, and closed.
    pub(super) const fn closed(face: Face) -> Self {
        Self {
            word: AtomicUsize::new(CLOSED),
            line: Line::new(),
            face,
        }
    }

    pub(super) fn free(&self) -> usize {
        self.word.load(Acquire) >> SHIFT
    }

    pub(super) fn is_closed(&self) -> bool {
        self.word.load(Acquire) & CLOSED != 0
    }

    /// Takes `count` of them now, or none.
    #[inline]
    pub(super) fn try_take(&self, count: usize) -> Result<(), Refused> {
        let mut word = self.word.load(Acquire);
        loop {
            if word & CLOSED != 0 {
                return Err(Refused::Closed);
            }
            if word >> SHIFT < count {
                return Err(Refused::TooFew);
            }
            let less = word - count * ONE;
            match self.word.compare_exchange_weak(word, less, AcqRel, Acquire) {
                Ok(_) => {
                    self.face.taken(count);
                    return Ok(());
                }
                Err(now) => word = now,
            }
        }
    }

    /// Takes `count` of them when it is this one's turn. Whoever waits is in line from its
    /// first poll on.
    pub(super) fn take(&self, count: usize) -> Take<'_> {
        Take {
            permits: self,
            count,
            at: None,
        }
    }

    /// Takes up to `count` of those that are free, for good; says how many.
    pub(super) fn forget(&self, count: usize) -> usize {
        let mut word = self.word.load(Acquire);
        loop {
            let forgotten = count.min(word >> SHIFT);
            let less = word - forgotten * ONE;
            match self.word.compare_exchange_weak(word, less, AcqRel, Acquire) {
                Ok(_) => return forgotten,
                Err(now) => word = now,
            }
        }
    }

    /// Gives `count` back.
    #[inline]
    #[track_caller]
    pub(super) fn give(&self, count: usize) {
        self.face.given(count);
        self.add(count);
    }

    /// For the dump.
    pub(super) fn face(&self) -> &Face {
        &self.face
    }

    /// Adds `count` to those that there are: nobody had them.
    ///
    /// # Panics
    ///
    /// If there are more than [`MAX`] then.
    #[inline]
    #[track_caller]
    pub(super) fn add(&self, count: usize) {
        let mut word = self.word.load(Relaxed);
        while word & WAITERS == 0 {
            let more = Self::more(word, count);
            match self
                .word
                .compare_exchange_weak(word, more, Release, Relaxed)
            {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
        self.give_to_line(count);
    }

    #[track_caller]
    fn more(word: usize, count: usize) -> usize {
        let free = (word >> SHIFT).checked_add(count);
        assert!(
            free.is_some_and(|free| free <= MAX),
            "a semaphore can't have more than `MAX_PERMITS` permits: {count} were added to {}",
            word >> SHIFT
        );
        word + count * ONE
    }

    /// One waiter is served at a time, and woken with the lock released; what is left for
    /// the next is meanwhile in nobody's hands but ours, as if not returned yet.
    #[cold]
    #[track_caller]
    fn give_to_line(&self, mut count: usize) {
        while count > 0 {
            let mut line = self.line.lock();
            let Some(first) = line.first() else {
                // Rule 1: it is not set, and a plain return will do.
                drop(line);
                return self.add(count);
            };
            let Missing(missing) = line.data(first);
            let given = count.min(*missing);
            *missing -= given;
            count -= given;
            if *missing > 0 {
                return;
            }
            let waker = self.line.serve(&mut line, first);
            self.mark_line(&line);
            self.face.hands_over(first.key());
            drop(line);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    /// Keeps rule 1. To be called when somebody has left the line.
    fn mark_line(&self, line: &Waiters<Missing>) {
        let word = self.word.load(Acquire);
        if line.is_empty() && word & WAITERS != 0 {
            // Nobody else changes it now, so it need be no atomic change.
            self.word.store(word & !WAITERS, Release);
        }
    }

    /// From here on nobody is given permits; who waits is told so.
    pub(super) fn close(&self) {
        let mut line = self.line.lock();
        self.word.fetch_or(CLOSED, Release);
        self.face.closes();
        if line.is_empty() {
            return;
        }
        let told = line.tell_all();
        self.mark_line(&line);
        drop(line);
        self.line.wake(told);
    }
}

/// Waits for permits. Whoever polls it to its end has them.
#[must_use = "futures do nothing unless awaited"]
pub(super) struct Take<'a> {
    permits: &'a Permits,
    count: usize,
    /// Where it waits.
    at: Option<Ticket>,
}

impl Take<'_> {
    fn poll_take(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        match self.at {
            Some(at) if self.permits.line.is_served(at) && !self.permits.is_closed() => {
                return self.served(at);
            }
            Some(_) => {}
            None => match self.permits.try_take(self.count) {
                Ok(()) => return Poll::Ready(Ok(())),
                Err(Refused::Closed) => return Poll::Ready(Err(Closed)),
                Err(Refused::TooFew) => {}
            },
        }
        self.poll_in_line(cx)
    }

    /// Has what it was given.
    #[inline]
    fn served(&mut self, at: Ticket) -> Poll<Result<(), Closed>> {
        self.permits.face.taken_at(at.key(), self.count);
        self.at = None;
        Poll::Ready(Ok(()))
    }

    #[cold]
    fn poll_in_line(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        // Before the lock.
        let waker = Contained::of(cx.waker());
        let mut line = self.permits.line.lock();
        let Some(at) = self.at else {
            return match self.take_what_is_free() {
                Err(closed) => Poll::Ready(Err(closed)),
                Ok(0) => {
                    self.permits.face.taken(self.count);
                    Poll::Ready(Ok(()))
                }
                Ok(missing) => {
                    let at = line.enter(Missing(missing), Some(waker));
                    self.at = Some(at);
                    let want = Want::Permits(self.count);
                    self.permits.face.waits(at.key(), cx.waker(), want);
                    Poll::Pending
                }
            };
        };
        if self.permits.is_closed() {
            self.permits.face.waits_no_more(at.key());
            drop(line);
            self.leave();
            return Poll::Ready(Err(Closed));
        }
        if self.permits.line.is_served(at) {
            return self.served(at);
        }
        let replaced = line.set_waker(at, waker);
        let want = Want::Permits(self.count);
        self.permits.face.waits(at.key(), cx.waker(), want);
        drop(line);
        drop(replaced);
        Poll::Pending
    }

    /// Takes what is free, up to what is wanted, and has the word say that somebody waits
    /// if that is not enough. Gives what is missing. The lock is held.
    fn take_what_is_free(&self) -> Result<usize, Closed> {
        let mut word = self.permits.word.load(Acquire);
        loop {
            if word & CLOSED != 0 {
                return Err(Closed);
            }
            let taken = self.count.min(word >> SHIFT);
            let missing = self.count - taken;
            let waiters = if missing > 0 { WAITERS } else { 0 };
            let less = (word - taken * ONE) | waiters;
            if less == word {
                // Others wait already, so by rule 3 it stays as it is.
                return Ok(missing);
            }
            let swapped = self
                .permits
                .word
                .compare_exchange_weak(word, less, AcqRel, Acquire);
            match swapped {
                Ok(_) => return Ok(missing),
                Err(now) => word = now,
            }
        }
    }

    /// Leaves the line, and gives back what it was given.
    #[cold]
    fn leave(&mut self) {
        let Some(at) = self.at.take() else { return };
        let mut line = self.permits.line.lock();
        let (Missing(missing), waker) = match self.permits.line.is_served(at) {
            true => (Missing(0), None),
            false => (*line.data(at), line.leave(at)),
        };
        self.permits.mark_line(&line);
        self.permits.face.gives_up(at.key());
        drop(line);
        drop(waker);
        if missing < self.count {
            self.permits.add(self.count - missing);
        }
    }
}

impl Future for Take<'_> {
    type Output = Result<(), Closed>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        budget::charge(cx, |cx| self.poll_take(cx))
    }
}

impl Drop for Take<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.at.is_some() {
            self.leave();
        }
    }
}
