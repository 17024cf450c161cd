//! A value that is set once, or given at once in a `const`.
//!
//! Owns [`Value`], which is std's `OnceLock` where it is set later. That one can't be made
//! with a value in a `const`.

use crate::sys::shared::OnceLock;

pub(super) enum Value<T> {
    Given(T),
    Once(OnceLock<T>),
}

impl<T> Value<T> {
    pub(super) const fn new() -> Self {
        Self::Once(OnceLock::new())
    }

    #[inline]
    pub(super) fn get(&self) -> Option<&T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Once(once) => once.get(),
        }
    }

    pub(super) fn get_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Once(once) => once.get_mut(),
        }
    }

    /// Gives the value back if there is one already.
    pub(super) fn set(&self, value: T) -> Result<(), T> {
        match self {
            Self::Given(_) => Err(value),
            Self::Once(once) => once.set(value),
        }
    }

    pub(super) fn into_inner(self) -> Option<T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Once(once) => once.into_inner(),
        }
    }
}
