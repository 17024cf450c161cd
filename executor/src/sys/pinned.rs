//! A value that stays where it is, beside one that may move.
//!
//! Owns [`Pinned`], for the named futures that hold another, and [`pinned_parts`], for the
//! readers and writers that are made of others: the language has no safe words for the way
//! from a pinned whole to a pinned part.

use std::pin::Pin;

/// A future within another: `value` is pinned when the whole is, `beside` never.
///
/// # Invariant
///
/// From a pinned whole, `value` is only handed out pinned, and dropped in its place: no
/// method moves it out of one, and there is no `Drop`. The whole is `Unpin` only if
/// `value` is.
pub struct Pinned<T, S> {
    value: T,
    beside: S,
}

impl<T, S> Pinned<T, S> {
    pub(crate) fn beside(value: T, beside: S) -> Self {
        Self { value, beside }
    }

    /// Both, as they may be used.
    pub(crate) fn project(self: Pin<&mut Self>) -> (Pin<&mut T>, &mut S) {
        // SAFETY: by the invariant `value` is not moved until it is dropped: nothing here
        // moves it, and it is handed out pinned. `beside` was never handed out pinned, so it
        // may be moved.
        unsafe {
            let this = self.get_unchecked_mut();
            (Pin::new_unchecked(&mut this.value), &mut this.beside)
        }
    }

    pub(crate) fn get(&self) -> (&T, &S) {
        (&self.value, &self.beside)
    }

    /// Of a whole that is not pinned.
    pub(crate) fn get_both_mut(&mut self) -> (&mut T, &mut S) {
        (&mut self.value, &mut self.beside)
    }

    /// Of a whole that is not pinned.
    pub(crate) fn into_both(self) -> (T, S) {
        (self.value, self.beside)
    }
}

/// The way from a pinned `$whole` to its fields: those behind `pin` are pinned with it, the
/// others never.
///
/// # Invariant
///
/// As of [`Pinned`]. Nothing that is safe moves a field out of a pinned whole, unless the
/// whole is `Unpin` or has a `Drop`; so here it is said to be `Unpin` only if the pinned
/// fields are, and it can't have a `Drop`. Either said once more elsewhere does not compile.
macro_rules! pinned_parts {
    ($whole:ident<$($parameter:ident),+> {
        $(pin $pinned:ident: $type:ty,)+
        $(beside $beside:ident: $other:ty,)*
    }) => {
        #[allow(unsafe_code)]
        impl<$($parameter),+> $whole<$($parameter),+> {
            fn parts(self: std::pin::Pin<&mut Self>) -> (
                $(std::pin::Pin<&mut $type>,)+
                $(&mut $other,)*
            ) {
                // SAFETY: by the invariant nothing moves a field behind `pin` until it is
                // dropped, and here it is handed out pinned. The others are handed out
                // pinned nowhere, so they may be moved.
                unsafe {
                    let whole = self.get_unchecked_mut();
                    (
                        $(std::pin::Pin::new_unchecked(&mut whole.$pinned),)+
                        $(&mut whole.$beside,)*
                    )
                }
            }
        }

        impl<$($parameter),+> Unpin for $whole<$($parameter),+> where $($type: Unpin),+ {}

        const _: () = {
            #[allow(dead_code)]
            trait HasNoDrop {}
            #[allow(drop_bounds)]
            impl<T: Drop> HasNoDrop for T {}
            impl<$($parameter),+> HasNoDrop for $whole<$($parameter),+> {}
        };
    };
}
pub(crate) use pinned_parts;

/// What is done around each poll of a future, and around its drop.
pub trait Around {
    /// Calls `call` with whatever is to be in place meanwhile.
    fn around<R>(&mut self, call: impl FnOnce() -> R) -> R;

    /// The same for a drop, which must not panic: without it, where it can't be put in place.
    fn around_drop(&mut self, drop: impl FnOnce()) {
        self.around(drop);
    }
}

/// A future that is polled and dropped within something: that is put in place for it, and
/// taken away again.
///
/// # Invariant
///
/// As of [`Pinned`], with one more place that touches the future: the drop, which drops it
/// where it is.
pub struct Scoped<F, A: Around> {
    /// Dropped as soon as it has ended.
    future: Option<F>,
    around: A,
}

impl<F, A: Around> Scoped<F, A> {
    pub(crate) fn within(future: F, around: A) -> Self {
        let future = Some(future);
        Self { future, around }
    }

    pub(crate) fn project(self: Pin<&mut Self>) -> (Pin<&mut Option<F>>, &mut A) {
        // SAFETY: as in `Pinned::project`; `around` is never handed out pinned.
        unsafe {
            let this = self.get_unchecked_mut();
            (Pin::new_unchecked(&mut this.future), &mut this.around)
        }
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.future.is_some()
    }
}

impl<F, A: Around> Drop for Scoped<F, A> {
    fn drop(&mut self) {
        // SAFETY: what is being dropped is not moved any more.
        let (mut future, around) = unsafe { Pin::new_unchecked(self) }.project();
        if future.is_some() {
            around.around_drop(|| future.set(None));
        }
    }
}
