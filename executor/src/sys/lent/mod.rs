//! A value that is lent to many readers or to one writer, from any thread.
//!
//! Owns [`Lent`] and its loans: the one cell under every lock of `sync/`. It keeps nobody
//! waiting. A lock lets in whom it lets in, and only then asks for the loan; the cell counts
//! its loans itself, so a lock that is wrong panics here, and nothing is shared that may not
//! be.
//!
//! # Rules
//!
//! 1. `borrows` is 0 when nothing is lent, `WRITTEN` while one writer has the value, and
//!    otherwise the number of readers. A loan is made only by the change of `borrows` that
//!    stands for it, and takes it back once, when it is dropped.
//! 2. Taking a loan is an Acquire, returning it a Release: what a writer has written is seen
//!    by whoever has the value next.
//! 3. A loan's pointers lead into a [`Lent`] which its keeper keeps alive and where it is.

#[cfg(test)]
mod tests;

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use crate::sys::shared::AtomicUsize;

/// `borrows`, while a writer has the value.
const WRITTEN: usize = usize::MAX;

/// A cell of this mode is lent to writers only.
pub(crate) enum Alone {}
/// A cell of this mode is lent to readers, too.
pub(crate) enum Shared {}

/// The cell.
pub(crate) struct Lent<T: ?Sized, M> {
    borrows: AtomicUsize,
    mode: PhantomData<fn() -> M>,
    value: UnsafeCell<T>,
}

// SAFETY: Through a shared `Lent` a thread gets at the value only by a loan. Of mode
// `Alone` there are write loans only, and by rule 1 one at a time, so no two threads use
// the value at once: it is passed between them, which is what `T: Send` allows.
unsafe impl<T: ?Sized + Send> Sync for Lent<T, Alone> {}
// SAFETY: As above; and readers on several threads share it, which `T: Sync` allows.
unsafe impl<T: ?Sized + Send + Sync> Sync for Lent<T, Shared> {}

/// Who is told when a loan was returned: the lock.
pub(crate) trait Lender {
    fn returned(&self, loan: Loan);
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Loan {
    Read,
    Write,
}

/// Keeps the cell of a loan alive.
///
/// # Safety
///
/// What it leads to must stay alive, and where it is, until it is dropped, however it is
/// moved itself.
pub(crate) unsafe trait Keeper: Deref {
    fn returned(&self, loan: Loan);
}

// SAFETY: what a reference leads to is borrowed for longer than the reference lives.
unsafe impl<L: Lender + ?Sized> Keeper for &L {
    fn returned(&self, loan: Loan) {
        L::returned(self, loan);
    }
}

// SAFETY: what an `Arc` leads to is on the heap until the last of them is dropped.
unsafe impl<L: Lender + ?Sized> Keeper for Arc<L> {
    fn returned(&self, loan: Loan) {
        L::returned(self, loan);
    }
}

impl<T, M> Lent<T, M> {
    pub(crate) const fn new(value: T) -> Self {
        Self {
            borrows: AtomicUsize::new(0),
            mode: PhantomData,
            value: UnsafeCell::new(value),
        }
    }

    pub(crate) fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized, M> Lent<T, M> {
    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

/// Lends the value of the cell that `keeper` keeps, to one writer.
///
/// # Panics
///
/// If it is lent: then its lock has let in two.
#[inline]
pub(crate) fn write<K: Keeper, T: ?Sized, M>(
    keeper: K,
    cell: impl FnOnce(&K::Target) -> &Lent<T, M>,
) -> WriteLoan<K, T, M> {
    let lent = cell(&keeper);
    let taken = lent.borrows.compare_exchange(0, WRITTEN, Acquire, Relaxed);
    assert!(
        taken.is_ok(),
        "a lock has lent its value, and lends it again"
    );
    WriteLoan {
        value: lent.value.get(),
        borrows: NonNull::from(&lent.borrows),
        mode: PhantomData,
        keeper,
    }
}

/// Lends the value of the cell that `keeper` keeps, to one reader more.
///
/// # Panics
///
/// If a writer has it: then its lock has let in two.
#[inline]
pub(crate) fn read<K: Keeper, T: ?Sized>(
    keeper: K,
    cell: impl FnOnce(&K::Target) -> &Lent<T, Shared>,
) -> ReadLoan<K, T> {
    let lent = cell(&keeper);
    let one_more = |readers: usize| (readers < WRITTEN - 1).then(|| readers + 1);
    let taken = lent.borrows.fetch_update(Acquire, Relaxed, one_more);
    assert!(
        taken.is_ok(),
        "a lock has lent its value to a writer, and lends it to a reader"
    );
    ReadLoan {
        value: lent.value.get(),
        borrows: NonNull::from(&lent.borrows),
        keeper,
    }
}

/// The value, while one writer has it.
pub(crate) struct WriteLoan<K: Keeper, T: ?Sized, M> {
    value: *mut T,
    borrows: NonNull<AtomicUsize>,
    mode: PhantomData<fn() -> M>,
    /// Dropped after the loan was returned.
    keeper: K,
}

// SAFETY: It is a `&mut T`, which may be sent where `T: Send`; what it was mapped to was
// reached through that. Of mode `Alone` it never becomes anything else.
unsafe impl<K: Keeper + Send, T: ?Sized + Send> Send for WriteLoan<K, T, Alone> {}
// SAFETY: As above; downgraded on the other thread it is a `&T` there, beside readers on
// this one, which `T: Sync` allows.
unsafe impl<K: Keeper + Send, T: ?Sized + Send + Sync> Send for WriteLoan<K, T, Shared> {}
// SAFETY: Shared it gives `&T` only, which `T: Sync` allows; `borrows` is touched by its
// owner alone, and is atomic.
unsafe impl<K: Keeper + Sync, T: ?Sized + Sync, M> Sync for WriteLoan<K, T, M> {}

/// The value, while one reader of several has it.
pub(crate) struct ReadLoan<K: Keeper, T: ?Sized> {
    value: *const T,
    borrows: NonNull<AtomicUsize>,
    /// Dropped after the loan was returned.
    keeper: K,
}

// SAFETY: It is a `&T`, and a pointer to an atomic: `T: Sync` allows both.
unsafe impl<K: Keeper + Send, T: ?Sized + Sync> Send for ReadLoan<K, T> {}
// SAFETY: As above.
unsafe impl<K: Keeper + Sync, T: ?Sized + Sync> Sync for ReadLoan<K, T> {}

impl<K: Keeper, T: ?Sized, M> WriteLoan<K, T, M> {
    #[inline]
    pub(crate) fn keeper(&self) -> &K {
        &self.keeper
    }

    /// The parts, which stand for the loan from here on.
    fn into_parts(self) -> (*mut T, NonNull<AtomicUsize>, K) {
        let this = ManuallyDrop::new(self);
        // SAFETY: `this` is not dropped, so its keeper has this one owner.
        (this.value, this.borrows, unsafe { ptr::read(&this.keeper) })
    }

    /// A loan of a part of the value.
    pub(crate) fn map<U: ?Sized>(
        mut self,
        part: impl FnOnce(&mut T) -> &mut U,
    ) -> WriteLoan<K, U, M> {
        let value: *mut U = part(&mut self);
        let (_, borrows, keeper) = self.into_parts();
        let mode = PhantomData;
        WriteLoan {
            value,
            borrows,
            mode,
            keeper,
        }
    }

    /// A loan of a part of the value, or this one, if there is no such part.
    pub(crate) fn try_map<U: ?Sized>(
        mut self,
        part: impl FnOnce(&mut T) -> Option<&mut U>,
    ) -> Result<WriteLoan<K, U, M>, Self> {
        let Some(value) = part(&mut self).map(|value| value as *mut U) else {
            return Err(self);
        };
        let (_, borrows, keeper) = self.into_parts();
        let mode = PhantomData;
        Ok(WriteLoan {
            value,
            borrows,
            mode,
            keeper,
        })
    }
}

impl<'a, L: Lender + ?Sized, T: ?Sized, M> WriteLoan<&'a L, T, M> {
    /// The same loan, of which another is told. The cell is borrowed for `'a` as before.
    pub(crate) fn told_to<P: Lender + ?Sized>(
        self,
        lender: impl FnOnce(&'a L) -> &'a P,
    ) -> WriteLoan<&'a P, T, M> {
        let keeper = lender(self.keeper);
        let (value, borrows, _) = self.into_parts();
        let mode = PhantomData;
        WriteLoan {
            value,
            borrows,
            mode,
            keeper,
        }
    }
}

impl<K: Keeper, T: ?Sized> WriteLoan<K, T, Shared> {
    /// A reader's loan from here on. The lender is not told.
    pub(crate) fn downgrade(self) -> ReadLoan<K, T> {
        let (value, borrows, keeper) = self.into_parts();
        // SAFETY: by rule 3 the cell is alive.
        let count = unsafe { borrows.as_ref() };
        // From one writer to one reader, by rule 1; a Release, since readers may follow.
        count.store(1, Release);
        ReadLoan {
            value,
            borrows,
            keeper,
        }
    }

    /// A reader's loan of a part from here on, or this one, if there is no such part. The
    /// lender is not told.
    pub(crate) fn try_downgrade<U: ?Sized>(
        self,
        part: impl FnOnce(&T) -> Option<&U>,
    ) -> Result<ReadLoan<K, U>, Self> {
        let Some(value) = part(&self).map(|value| value as *const U) else {
            return Err(self);
        };
        let (_, borrows, keeper) = self.downgrade().into_parts();
        Ok(ReadLoan {
            value,
            borrows,
            keeper,
        })
    }
}

impl<K: Keeper, T: ?Sized> ReadLoan<K, T> {
    #[inline]
    pub(crate) fn keeper(&self) -> &K {
        &self.keeper
    }

    fn into_parts(self) -> (*const T, NonNull<AtomicUsize>, K) {
        let this = ManuallyDrop::new(self);
        // SAFETY: `this` is not dropped, so its keeper has this one owner.
        (this.value, this.borrows, unsafe { ptr::read(&this.keeper) })
    }

    /// A loan of a part of the value.
    pub(crate) fn map<U: ?Sized>(self, part: impl FnOnce(&T) -> &U) -> ReadLoan<K, U> {
        let value: *const U = part(&self);
        let (_, borrows, keeper) = self.into_parts();
        ReadLoan {
            value,
            borrows,
            keeper,
        }
    }

    /// A loan of a part of the value, or this one, if there is no such part.
    pub(crate) fn try_map<U: ?Sized>(
        self,
        part: impl FnOnce(&T) -> Option<&U>,
    ) -> Result<ReadLoan<K, U>, Self> {
        let Some(value) = part(&self).map(|value| value as *const U) else {
            return Err(self);
        };
        let (_, borrows, keeper) = self.into_parts();
        Ok(ReadLoan {
            value,
            borrows,
            keeper,
        })
    }
}

impl<'a, L: Lender + ?Sized, T: ?Sized> ReadLoan<&'a L, T> {
    /// The same loan, of which another is told. The cell is borrowed for `'a` as before.
    pub(crate) fn told_to<P: Lender + ?Sized>(
        self,
        lender: impl FnOnce(&'a L) -> &'a P,
    ) -> ReadLoan<&'a P, T> {
        let keeper = lender(self.keeper);
        let (value, borrows, _) = self.into_parts();
        ReadLoan {
            value,
            borrows,
            keeper,
        }
    }
}

impl<K: Keeper, T: ?Sized, M> Deref for WriteLoan<K, T, M> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: by rule 3 the value is alive, by rule 1 only this loan leads to it, and
        // `self` is borrowed for as long as the result.
        unsafe { &*self.value }
    }
}

impl<K: Keeper, T: ?Sized, M> DerefMut for WriteLoan<K, T, M> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as for `deref`, and `self` is borrowed by nobody else.
        unsafe { &mut *self.value }
    }
}

impl<K: Keeper, T: ?Sized> Deref for ReadLoan<K, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: by rule 3 the value is alive, and by rule 1 no writer has it.
        unsafe { &*self.value }
    }
}

impl<K: Keeper, T: ?Sized, M> Drop for WriteLoan<K, T, M> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: by rule 3 the cell is alive: its keeper is dropped after this.
        unsafe { self.borrows.as_ref() }.store(0, Release);
        self.keeper.returned(Loan::Write);
    }
}

impl<K: Keeper, T: ?Sized> Drop for ReadLoan<K, T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: by rule 3 the cell is alive: its keeper is dropped after this.
        unsafe { self.borrows.as_ref() }.fetch_sub(1, Release);
        self.keeper.returned(Loan::Read);
    }
}
