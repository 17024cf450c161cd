//! Memory that serves again.
//!
//! Owns [`Recycled`], the box that a task lies in, a child of a gather, or a channel for one
//! value. A program that spawns all the time asks for memory of the same few sizes; what one
//! leaves is kept for the next of its size, on the thread where it was left. To take a block
//! from such a list and to put it back are some ten instructions, where the allocator takes a
//! hundred and more.
//!
//! # Rules
//!
//! 1. A block in the list of a size was allocated with that size and [`ALIGN`], and nothing
//!    but the list leads to it.
//! 2. A thread keeps blocks between [`keep`] and [`give_back`] only, which are called for its
//!    first runtime and after its last: no thread-local needs a destructor, and nothing leaks
//!    unless a runtime is forgotten.
//! 3. It keeps [`MOST`] bytes at most; what is more goes to the allocator. When a size finds
//!    none and there is no room for it either, all is given up: the sizes that had it may not
//!    be asked for any more. What is given up so was each left once, so it costs no more than
//!    the allocator would have.

#[cfg(test)]
mod tests;

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::{Cell, UnsafeCell};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::ptr::NonNull;

/// Of a block in a list. A value that needs more goes to the allocator.
const ALIGN: usize = align_of::<Block>();
/// Sizes differ by at least so much: each is [`padded`] to a multiple of it.
const STEP: usize = size_of::<Block>();
/// The largest block that is kept: a task with a future that is not large, and some more.
const LARGEST: usize = 384;
/// What a thread keeps: a thousand small tasks that come and go together need 100,000 bytes.
/// Nothing under what watches memory, which is told of a value's end only by the allocator.
const MOST: usize = match cfg!(buzzer_nothing_recycled) {
    true => 0,
    false => 256 * 1024,
};

/// A block that serves nobody, with the next of its size.
struct Block(Option<NonNull<Block>>);

struct Kept {
    /// By size.
    blocks: [Cell<Option<NonNull<Block>>>; LARGEST / STEP + 1],
    /// Bytes that may come yet.
    room: Cell<usize>,
    /// Whether this is between `keep` and `give_back`: also with all of it taken, when the
    /// room is 0 as it is outside.
    keeps: Cell<bool>,
}

thread_local! {
    static KEPT: Kept = const {
        Kept {
            blocks: [const { Cell::new(None) }; LARGEST / STEP + 1],
            room: Cell::new(0),
            keeps: Cell::new(false),
        }
    };
}

/// From here on this thread keeps what is left. It has kept nothing.
pub(crate) fn keep() {
    KEPT.with(|kept| {
        kept.room.set(MOST);
        kept.keeps.set(true);
    });
}

/// Gives to the allocator what this thread has kept. It keeps nothing more.
pub(crate) fn give_back() {
    KEPT.with(|kept| {
        kept.give_up();
        kept.room.set(0);
        kept.keeps.set(false);
    });
}

impl Kept {
    /// Gives what there is to the allocator.
    fn give_up(&self) {
        for (step, blocks) in self.blocks.iter().enumerate() {
            let mut next = blocks.take();
            while let Some(block) = next {
                let layout = layout_of(step);
                // SAFETY: by rule 1 it is the list's, which has just let go of it, and was
                // allocated like that.
                unsafe {
                    next = block.read().0;
                    dealloc(block.as_ptr().cast(), layout);
                }
                self.room.set(self.room.get() + layout.size());
            }
        }
    }
}

fn layout_of(step: usize) -> Layout {
    Layout::from_size_align(step * STEP, ALIGN).expect("it is small")
}

/// What is asked for in the place of a value's own layout. Of a small one it is what a list may
/// have, so that the memory of each serves again; and what has no size has some memory too.
#[inline]
const fn padded(layout: Layout) -> Layout {
    let (size, align) = (layout.size(), layout.align());
    if size > LARGEST || (size > 0 && align > ALIGN) {
        return layout;
    }
    let align = if align > ALIGN { align } else { ALIGN };
    let size = if size > 0 {
        size.next_multiple_of(STEP)
    } else {
        STEP
    };
    match Layout::from_size_align(size, align) {
        Ok(padded) => padded,
        Err(_) => unreachable!(),
    }
}

/// Which list has blocks of this layout, if there is one.
#[inline]
const fn list_of(layout: Layout) -> Option<usize> {
    match layout.size() {
        size if size > LARGEST || layout.align() != ALIGN => None,
        size => Some(size / STEP),
    }
}

/// Memory of this layout, which is `padded`.
#[inline]
fn take(layout: Layout) -> NonNull<u8> {
    let kept = list_of(layout).and_then(|list| {
        KEPT.with(|kept| {
            let block = kept.blocks[list].get()?;
            // SAFETY: by rule 1 it is there, and the list's.
            kept.blocks[list].set(unsafe { block.read() }.0);
            kept.room.set(kept.room.get() + layout.size());
            Some(block.cast())
        })
    });
    kept.unwrap_or_else(|| allocate(layout))
}

#[cold]
fn allocate(layout: Layout) -> NonNull<u8> {
    if list_of(layout).is_some() {
        KEPT.with(|kept| {
            if kept.keeps.get() && kept.room.get() < layout.size() {
                kept.give_up();
            }
        });
    }
    // SAFETY: the size is not 0: it is `padded`.
    let memory = unsafe { alloc(layout) };
    NonNull::new(memory).unwrap_or_else(|| handle_alloc_error(layout))
}

/// Memory without a value, that is to be left.
struct Left {
    memory: NonNull<u8>,
    layout: Layout,
}

impl Drop for Left {
    #[inline]
    fn drop(&mut self) {
        let Self { memory, layout } = *self;
        let is_kept = list_of(layout).is_some_and(|list| {
            KEPT.with(|kept| {
                let Some(room) = kept.room.get().checked_sub(layout.size()) else {
                    return false;
                };
                kept.room.set(room);
                let block = memory.cast::<Block>();
                // SAFETY: it has the size and the alignment of a block, at least, and is
                // nobody's: `Left` was made where its value was dropped.
                unsafe { block.write(Block(kept.blocks[list].get())) };
                kept.blocks[list].set(Some(block));
                true
            })
        });
        if !is_kept {
            // SAFETY: it was allocated with this layout, here or by a value before.
            unsafe { dealloc(memory.as_ptr(), layout) };
        }
    }
}

/// A box on memory that serves again.
pub(crate) struct Recycled<T: ?Sized>(NonNull<T>, PhantomData<T>);

// SAFETY: it is the only way to its value, as a box is; and the memory of a value that is
// dropped on another thread serves that thread, or goes to the allocator.
unsafe impl<T: ?Sized + Send> Send for Recycled<T> {}
// SAFETY: who shares it can get to the value by `&T` alone.
unsafe impl<T: ?Sized + Sync> Sync for Recycled<T> {}
// As of a box.
impl<T: ?Sized + UnwindSafe> UnwindSafe for Recycled<T> {}
impl<T: ?Sized + RefUnwindSafe> RefUnwindSafe for Recycled<T> {}
impl<T: ?Sized> Unpin for Recycled<T> {}

impl<T> Recycled<T> {
    /// What `make` makes. It is called with the memory at hand, so that the value need not be
    /// built elsewhere and moved.
    #[inline]
    pub(crate) fn new(make: impl FnOnce() -> T) -> Self {
        let layout = padded(Layout::new::<T>());
        let memory = take(layout);
        // For the case that `make` panics.
        let left = Left { memory, layout };
        let memory = memory.cast::<T>();
        // SAFETY: it is memory for a `T`, and nobody else's.
        unsafe { memory.write(make()) };
        std::mem::forget(left);
        Self(memory, PhantomData)
    }

    /// As `Box::pin`.
    #[inline]
    pub(crate) fn pin(value: T) -> Pin<Self> {
        Self::new(|| value).into_pin()
    }

    /// Whether it is one whose memory does not serve again.
    pub(crate) const fn is_large() -> bool {
        size_of::<T>() > LARGEST
    }

    /// What lies in a box already, where it has been moved to only once.
    ///
    /// # Panics
    ///
    /// Unless it [is large](Self::is_large).
    pub(crate) fn of_box(boxed: Pin<Box<T>>) -> Pin<Self> {
        assert!(Self::is_large(), "its memory would be padded");
        // SAFETY: it goes on where it is, as `into_pin` has it.
        let value = unsafe { Pin::into_inner_unchecked(boxed) };
        Self(NonNull::from(Box::leak(value)), PhantomData).into_pin()
    }

    #[inline]
    fn into_pin(self) -> Pin<Self> {
        // SAFETY: the value stays where it is, whatever becomes of the box, until the box's
        // drop drops it there: no safe function moves it out.
        unsafe { Pin::new_unchecked(self) }
    }

    /// The same box, with its type forgotten.
    ///
    /// # Safety
    ///
    /// `as_object` gives back the pointer that it gets, as one to a trait object of the same
    /// value.
    #[inline]
    pub(crate) unsafe fn unsize<U: ?Sized>(
        self,
        as_object: impl FnOnce(NonNull<T>) -> NonNull<U>,
    ) -> Recycled<U> {
        Recycled(as_object(self.into_raw()), PhantomData)
    }
}

impl<T: ?Sized> Recycled<T> {
    /// The value, which is left to whoever has the pointer.
    #[inline]
    pub(crate) fn into_raw(self) -> NonNull<T> {
        ManuallyDrop::new(self).0
    }

    /// The box of a value again, on this thread or another.
    ///
    /// # Safety
    ///
    /// The pointer is from [`into_raw`](Self::into_raw), and nothing else leads to the value
    /// any more. On another thread, the value may be used and dropped there.
    #[inline]
    pub(crate) unsafe fn from_raw(value: NonNull<T>) -> Self {
        Self(value, PhantomData)
    }

    /// The same box, with the type of its value known again.
    ///
    /// # Safety
    ///
    /// The value is a `U`.
    #[inline]
    pub(crate) unsafe fn cast<U>(self) -> Recycled<U> {
        Recycled(self.into_raw().cast(), PhantomData)
    }
}

impl<T: ?Sized> Drop for Recycled<T> {
    #[inline]
    fn drop(&mut self) {
        // By way of an `UnsafeCell`: a plain reference would claim that nothing else leads into
        // the value, and a future may hold references into itself, which its drop uses.
        let value = self.0.as_ptr() as *const UnsafeCell<T>;
        let _left = Left {
            memory: self.0.cast(),
            // SAFETY: the value is there, and an `UnsafeCell` of it is laid out as it is.
            layout: padded(Layout::for_value(unsafe { &*value })),
        };
        // SAFETY: the value is there until here. `_left` goes behind it, also if it panics.
        unsafe { self.0.drop_in_place() };
    }
}

impl<T: ?Sized> Deref for Recycled<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the value is there until this is dropped, and only this leads to it.
        unsafe { self.0.as_ref() }
    }
}

impl<T: ?Sized> DerefMut for Recycled<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`.
        unsafe { self.0.as_mut() }
    }
}
