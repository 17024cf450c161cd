//! What a task has from who spawned it.
//!
//! Owns [`Context`], a chain of values, and the thread-local that says which is that of the
//! code that runs now. Keys of tasks that are to be inherited (`task/local_key/inherited.rs`)
//! put links into it; the scheduler has a task begin with the chain of its spawner, and
//! keeps nothing for one that has none. Until the first link of the process is made, whoever
//! asks pays for a look at one flag.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock, Weak};

use super::undropped::Undropped;
use crate::machine::panics::{contain_drop, discard};

/// Set by the first link, and for good.
static IS_USED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static CURRENT: RefCell<Undropped<Option<Context>>> =
        const { RefCell::new(Undropped::new(None)) };
}

/// The values of some keys, the innermost first. A key has one value: of a chain of tasks in
/// which each spawns the next, in a scope of its own, none keeps what those before it had.
#[derive(Clone)]
pub(crate) struct Context(Arc<Link>);

struct Link {
    /// The values of the other keys.
    outer: Option<Context>,
    /// What it was made within. Nothing of that is kept by it.
    around: Weak<Link>,
    /// Tells one key from the others.
    key: usize,
    /// What a shown one is called.
    name: Option<&'static str>,
    value: Arc<dyn Value>,
    /// The whole chain, as it is shown. Asked for once.
    shown: OnceLock<Option<Arc<String>>>,
}

/// A value of the program.
pub(crate) trait Value: Send + Sync {
    fn any(&self) -> &dyn Any;

    /// As it is shown: `4711`. Nothing for a key that is not to be.
    fn show(&self) -> Option<String>;
}

// A chain is never changed once it is made, so a panic leaves none half changed.
impl UnwindSafe for Context {}
impl RefUnwindSafe for Context {}

impl Context {
    /// `value` within `around`.
    pub(crate) fn within(
        around: Option<&Context>,
        key: usize,
        name: Option<&'static str>,
        value: Arc<dyn Value>,
    ) -> Self {
        IS_USED.store(true, Relaxed);
        Self(Arc::new(Link {
            outer: around.and_then(|around| around.without(key)),
            around: around.map_or_else(Weak::new, |around| Arc::downgrade(&around.0)),
            key,
            name,
            value,
            shown: OnceLock::new(),
        }))
    }

    /// The values of all other keys.
    fn without(&self, key: usize) -> Option<Self> {
        let link = &*self.0;
        if link.key == key {
            return link.outer.clone();
        }
        if self.value(key).is_none() {
            return Some(self.clone());
        }
        Some(Self(Arc::new(Link {
            outer: link.outer.as_ref().and_then(|outer| outer.without(key)),
            around: link.around.clone(),
            key: link.key,
            name: link.name,
            value: link.value.clone(),
            shown: OnceLock::new(),
        })))
    }

    fn chain(&self) -> impl Iterator<Item = &Link> {
        std::iter::successors(Some(&*self.0), |link| {
            link.outer.as_ref().map(|outer| &*outer.0)
        })
    }

    /// The value of a key.
    pub(crate) fn value(&self, key: usize) -> Option<&dyn Any> {
        let link = self.chain().find(|link| link.key == key)?;
        Some(link.value.any())
    }

    /// Whether it was made within `around`.
    pub(crate) fn is_within(&self, around: Option<&Context>) -> bool {
        // While a weak one points to it, nothing else has that address.
        let address = around.map_or_else(|| Weak::new().as_ptr(), |around| Arc::as_ptr(&around.0));
        std::ptr::eq(self.0.around.as_ptr(), address)
    }

    /// What of it is to be shown, the outermost first. Runs code of the program, the first
    /// time.
    pub(crate) fn shown(&self) -> Option<Arc<String>> {
        let shown = self.0.shown.get_or_init(|| {
            let mut parts: Vec<_> = self.chain().filter_map(Link::part).collect();
            parts.reverse();
            (!parts.is_empty()).then(|| Arc::new(parts.join(", ")))
        });
        shown.clone()
    }
}

impl Link {
    /// What of it is to be shown: `request 4711`.
    fn part(&self) -> Option<String> {
        let value = self.value.show()?;
        Some(format!("{} {value}", self.name?.to_lowercase()))
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

/// That of the code that runs now.
#[inline]
pub(crate) fn current() -> Option<Context> {
    match IS_USED.load(Relaxed) {
        true => CURRENT.with_borrow(|current| Option::clone(current)),
        false => None,
    }
}

/// While it lives, the code that runs has another context; then, the one from before.
#[must_use]
pub(crate) struct Entered(Option<Context>);

/// From here on, the code that runs has this context.
#[inline]
pub(crate) fn enter(context: Option<Context>) -> Option<Entered> {
    IS_USED.load(Relaxed).then(|| Entered(set(context)))
}

/// Calls `last`, the last code that has this context. What its values do in their drop, if
/// nobody else has them, is no part of what `last` gives: a panic goes no further.
pub(crate) fn end_with<R>(context: Option<Context>, last: impl FnOnce() -> R) -> R {
    let entered = enter(context.clone());
    let result = last();
    drop(entered);
    contain_drop(context).unwrap_or_else(discard);
    result
}

fn set(context: Option<Context>) -> Option<Context> {
    Undropped::into_inner(CURRENT.replace(Undropped::new(context)))
}

impl Drop for Entered {
    fn drop(&mut self) {
        // Dropped when nothing is borrowed: it may be the last that has the values.
        drop(set(self.0.take()));
    }
}
