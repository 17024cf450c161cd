//! A value that one end gives and the other takes, once, on any threads.
//!
//! Owns the cell under a channel for one value ([`crate::sync::oneshot`]): [`Giver`] and
//! [`Taker`] are its two ends, and the last of them that leaves frees it. There are two,
//! always, so nothing is counted, and a value that was given before it is asked for costs
//! one atomic change in all.
//!
//! # The word
//!
//! | bit | says | set by |
//! |---|---|---|
//! | `GIVEN` | the value is there, or none comes | the giver, once |
//! | `GIVER_LEFT` | the giver touches the cell no more | the giver, last |
//! | `REFUSED` | what is not given by now is not taken any more | the taker, once |
//! | `TAKER_LEFT` | the taker touches the cell no more | the taker, last |
//! | `TAKER_WAITS` | the taker's waker is in its place | the taker |
//! | `GIVER_WAITS` | the giver's waker is in its place | the giver |
//!
//! # Rules
//!
//! 1. The value's place is the giver's until `GIVEN`, and the taker's from then on. `GIVEN`
//!    is never set over `REFUSED` with a value there.
//! 2. The place of the taker's waker is the taker's while `TAKER_WAITS` is not set. The taker
//!    gets it back by clearing that, before `GIVEN`. If the change that sets `GIVEN` finds it
//!    set, the place is the giver's until that has left.
//! 3. The same of the giver's waker, with `GIVER_WAITS`, `REFUSED` and the ends exchanged.
//! 4. An end leaves once. The one that finds the other's mark has the whole cell, and frees
//!    it: both marks are set by changes of one word, so it is one of them.
//! 5. Each change that passes on a place is a Release, each look that gets one an Acquire.
//!
//! # No wake is lost
//!
//! The taker sets `TAKER_WAITS` by a compare-and-swap that fails over `GIVEN`. *Given before
//! that*: it fails, and the taker takes the value. *After*: the change that sets `GIVEN` sees
//! the waker. The same of a giver that waits, and `REFUSED`.

#[cfg(test)]
mod tests;

use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::atomic::Ordering::{AcqRel, Acquire};
use std::task::Poll;

use crate::sys::recycled::Recycled;
use crate::sys::shared::{AtomicU8, UnsafeCell};

const GIVEN: u8 = 1;
const GIVER_LEFT: u8 = 2;
const REFUSED: u8 = 4;
const TAKER_LEFT: u8 = 8;
const TAKER_WAITS: u8 = 16;
const GIVER_WAITS: u8 = 32;

/// Of the waker of one end: the bit that says that it waits, and the one that it waits for.
#[derive(Clone, Copy)]
struct Wait {
    waits: u8,
    end: u8,
}

const TAKER: Wait = Wait {
    waits: TAKER_WAITS,
    end: GIVEN,
};
const GIVER: Wait = Wait {
    waits: GIVER_WAITS,
    end: REFUSED,
};

/// `W` is what the wakers are kept as: its drop runs in the midst of a step, and must not
/// panic.
struct Cell<T, W, X> {
    word: AtomicU8,
    value: UnsafeCell<Option<T>>,
    taker: UnsafeCell<Option<W>>,
    giver: UnsafeCell<Option<W>>,
    beside: X,
}

/// The end that gives. Dropped, it has given nothing, and wakes nobody.
pub(crate) struct Giver<T, W, X>(NonNull<Cell<T, W, X>>);

/// The end that takes. Dropped, it refuses, and wakes nobody.
pub(crate) struct Taker<T, W, X>(NonNull<Cell<T, W, X>>);

// SAFETY: By the rules each place of the cell is one end's at a time, and passed on by an
// atomic: a value goes from thread to thread, which `T: Send` allows, and so does a waker,
// which `W: Send` does. What lies beside is
// shared, and dropped by either end, which `X: Send + Sync` allows.
unsafe impl<T: Send, W: Send, X: Send + Sync> Send for Giver<T, W, X> {}
// SAFETY: As above; shared, an end gives `&X`, and looks at the word.
unsafe impl<T: Send, W: Send, X: Send + Sync> Sync for Giver<T, W, X> {}
// SAFETY: As for `Giver`.
unsafe impl<T: Send, W: Send, X: Send + Sync> Send for Taker<T, W, X> {}
// SAFETY: As for `Giver`; `is_empty` looks whether there is a value, and at none.
unsafe impl<T: Send, W: Send, X: Send + Sync> Sync for Taker<T, W, X> {}

/// The two ends of a new cell, and what they share beside the value.
pub(crate) fn ends<T, W, X>(beside: X) -> (Giver<T, W, X>, Taker<T, W, X>) {
    let cell = Recycled::new(|| Cell {
        word: AtomicU8::new(0),
        value: UnsafeCell::new(None),
        taker: UnsafeCell::new(None),
        giver: UnsafeCell::new(None),
        beside,
    });
    let cell = cell.into_raw();
    (Giver(cell), Taker(cell))
}

/// Frees the cell.
///
/// # Safety
///
/// By rule 4: the other end has left, and the caller touches the cell no more.
unsafe fn free<T, W, X>(cell: NonNull<Cell<T, W, X>>) {
    // SAFETY: it is from the box of `ends`, and only the caller still leads to it.
    drop(unsafe { Recycled::from_raw(cell) });
}

impl<T, W, X> Cell<T, W, X> {
    /// Gets the place of an end's own waker back, unless `end` is set by now. Whether it is
    /// that end's: by rule 2 or 3, where `waits` is the bit of that waker.
    #[inline]
    fn reclaim(&self, Wait { waits, end }: Wait) -> bool {
        let mut word = self.word.load(Acquire);
        while word & waits != 0 {
            if word & end != 0 {
                return false;
            }
            let swapped = self
                .word
                .compare_exchange_weak(word, word & !waits, AcqRel, Acquire);
            match swapped {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        true
    }

    /// Has `place` hold `waker`, unless `wait.end` is set by now.
    ///
    /// # Safety
    ///
    /// They are those of the caller's end, which has not set its own mark.
    #[inline]
    unsafe fn wait(&self, place: &UnsafeCell<Option<W>>, wait: Wait, waker: W) -> Poll<()> {
        if !self.reclaim(wait) {
            return Poll::Ready(());
        }
        // SAFETY: by rule 2 or 3 the place is the caller's.
        let replaced = unsafe { (*place.get()).replace(waker) };
        let mut word = self.word.load(Acquire);
        while word & wait.end == 0 {
            let waits = word | wait.waits;
            match self
                .word
                .compare_exchange_weak(word, waits, AcqRel, Acquire)
            {
                Ok(_) => {
                    drop(replaced);
                    return Poll::Pending;
                }
                Err(now) => word = now,
            }
        }
        // SAFETY: as above: the bit was not set again.
        drop((replaced, unsafe { (*place.get()).take() }));
        Poll::Ready(())
    }

    /// Drops the waker of an end that leaves: it may be another library's, and the other end
    /// stay for long.
    ///
    /// # Safety
    ///
    /// As of [`wait`](Self::wait).
    #[cold]
    unsafe fn wait_no_more(&self, place: &UnsafeCell<Option<W>>, wait: Wait) {
        if self.reclaim(wait) {
            // SAFETY: by rule 2 or 3 the place is the caller's.
            drop(unsafe { (*place.get()).take() });
        }
    }
}

impl<T, W, X> Giver<T, W, X> {
    #[inline]
    fn cell(&self) -> &Cell<T, W, X> {
        // SAFETY: by rule 4 the cell lives until this end has left.
        unsafe { self.0.as_ref() }
    }

    #[inline]
    pub(crate) fn beside(&self) -> &X {
        &self.cell().beside
    }

    /// Whether nothing is taken any more.
    #[inline]
    pub(crate) fn is_refused(&self) -> bool {
        self.cell().word.load(Acquire) & REFUSED != 0
    }

    /// Waits until nothing is taken any more.
    pub(crate) fn poll_refused(&mut self, waker: impl FnOnce() -> W) -> Poll<()> {
        if self.is_refused() {
            return Poll::Ready(());
        }
        let cell = self.cell();
        // SAFETY: they are the giver's, and it has not given.
        unsafe { cell.wait(&cell.giver, GIVER, waker()) }
    }

    /// Gives the value. `awaited` is called if the taker waits, and its waker comes back.
    ///
    /// # Errors
    ///
    /// The value, if it is refused.
    #[inline]
    pub(crate) fn give(self, value: T, awaited: impl FnOnce(&X)) -> Result<Option<W>, T> {
        let cell = self.cell();
        // SAFETY: by rule 1 the place is the giver's: it has not given.
        unsafe { *cell.value.get() = Some(value) };
        if let Some(waker) = self.end(REFUSED, awaited) {
            std::mem::forget(self);
            return Ok(waker);
        }
        // SAFETY: as above.
        let value = unsafe { (*cell.value.get()).take() };
        Err(value.expect("it was put there"))
    }

    /// Says that nothing comes.
    #[inline]
    pub(crate) fn give_nothing(self, awaited: impl FnOnce(&X)) -> Option<W> {
        ManuallyDrop::new(self).end(0, awaited).flatten()
    }

    /// Sets `GIVEN` and leaves, unless a bit of `but` is set. The inner `Some` is the waker
    /// of a taker that waits.
    #[inline]
    fn end(&self, but: u8, awaited: impl FnOnce(&X)) -> Option<Option<W>> {
        let cell = self.cell();
        let mut word = cell.word.load(Acquire);
        if word & GIVER_WAITS != 0 {
            // SAFETY: they are the giver's, and it has not given.
            unsafe { cell.wait_no_more(&cell.giver, GIVER) };
        }
        loop {
            if word & but != 0 {
                return None;
            }
            // With the same change it leaves, if the taker's waker does not keep it.
            let marks = match word & TAKER_WAITS {
                0 => GIVEN | GIVER_LEFT,
                _ => GIVEN,
            };
            let swapped = cell
                .word
                .compare_exchange_weak(word, word | marks, AcqRel, Acquire);
            match swapped {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
        let mut waker = None;
        if word & TAKER_WAITS != 0 {
            // SAFETY: by rule 2 the place is the giver's until it has left.
            waker = unsafe { (*cell.taker.get()).take() };
            awaited(&cell.beside);
            word = cell.word.fetch_or(GIVER_LEFT, AcqRel);
        }
        if word & TAKER_LEFT != 0 {
            // SAFETY: the taker has left, and so has this end.
            unsafe { free(self.0) };
        }
        Some(waker)
    }
}

impl<T, W, X> Taker<T, W, X> {
    #[inline]
    fn cell(&self) -> &Cell<T, W, X> {
        // SAFETY: by rule 4 the cell lives until this end has left.
        unsafe { self.0.as_ref() }
    }

    #[inline]
    pub(crate) fn beside(&self) -> &X {
        &self.cell().beside
    }

    /// Whether there is no value now.
    pub(crate) fn is_empty(&self) -> bool {
        let cell = self.cell();
        let is_given = cell.word.load(Acquire) & GIVEN != 0;
        // SAFETY: by rule 1 the place is the taker's, which is borrowed: nobody takes it.
        !is_given || unsafe { (*cell.value.get()).is_none() }
    }

    /// The value, or that none comes, if that is known by now.
    #[inline]
    pub(crate) fn take(&mut self) -> Poll<Option<T>> {
        let cell = self.cell();
        match cell.word.load(Acquire) {
            // SAFETY: by rule 1 the place is the taker's.
            word if word & GIVEN != 0 => Poll::Ready(unsafe { (*cell.value.get()).take() }),
            word if word & REFUSED != 0 => Poll::Ready(None),
            _ => Poll::Pending,
        }
    }

    /// As [`take`](Self::take), and waits for it.
    #[inline]
    pub(crate) fn poll_take(&mut self, waker: impl FnOnce() -> W) -> Poll<Option<T>> {
        if let Poll::Ready(taken) = self.take() {
            return Poll::Ready(taken);
        }
        let cell = self.cell();
        // SAFETY: they are the taker's, and it has not refused.
        match unsafe { cell.wait(&cell.taker, TAKER, waker()) } {
            Poll::Ready(()) => self.take(),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Leaves, where the giver may be there yet.
    ///
    /// # Safety
    ///
    /// The end is not used any more.
    #[cold]
    unsafe fn leave(&mut self) {
        let cell = self.cell();
        if cell.word.load(Acquire) & TAKER_WAITS != 0 {
            // SAFETY: they are the taker's, and it has not left.
            unsafe { cell.wait_no_more(&cell.taker, TAKER) };
        }
        drop(self.refuse());
        // What was given by then. Its drop is the program's code, and may panic: it comes
        // when this end has left.
        let _given = self.take();
        if self.cell().word.fetch_or(TAKER_LEFT, AcqRel) & GIVER_LEFT != 0 {
            // SAFETY: the giver has left, and so has this end.
            unsafe { free(self.0) };
        }
    }

    /// Takes nothing any more that is not given by now. The waker of a giver that waits for
    /// that comes back.
    #[must_use]
    pub(crate) fn refuse(&mut self) -> Option<W> {
        let cell = self.cell();
        let word = cell.word.fetch_or(REFUSED, AcqRel);
        if word & (REFUSED | GIVEN | GIVER_WAITS) != GIVER_WAITS {
            return None;
        }
        // SAFETY: by rule 3 the place is the taker's until it has left.
        unsafe { (*cell.giver.get()).take() }
    }
}

impl<T, W, X> Drop for Giver<T, W, X> {
    fn drop(&mut self) {
        drop(self.end(0, |_| ()));
    }
}

impl<T, W, X> Drop for Taker<T, W, X> {
    #[inline]
    fn drop(&mut self) {
        if self.cell().word.load(Acquire) & GIVER_LEFT == 0 {
            // SAFETY: the end is dropped.
            return unsafe { self.leave() };
        }
        // SAFETY: the giver has left, and so has this end.
        unsafe { free(self.0) };
    }
}
