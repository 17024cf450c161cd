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
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::undropped::Undropped;

/// Set by the first link, and for good.
static IS_USED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static CURRENT: RefCell<Undropped<Option<Context>>> =
        const { RefCell::new(Undropped::new(None)) };
}

/// The values of some keys, the innermost first.
#[derive(Clone)]
pub(crate) struct Context(Arc<Link>);

struct Link {
    outer: Option<Context>,
    /// Tells one key from the others.
    key: usize,
    /// What a shown one is called.
    name: Option<&'static str>,
    value: Box<dyn Value>,
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
    /// `value` within `outer`.
    pub(crate) fn within(
        outer: Option<Context>,
        key: usize,
        name: Option<&'static str>,
        value: Box<dyn Value>,
    ) -> Self {
        IS_USED.store(true, Relaxed);
        let shown = OnceLock::new();
        Self(Arc::new(Link {
            outer,
            key,
            name,
            value,
            shown,
        }))
    }

    fn chain(&self) -> impl Iterator<Item = &Link> {
        std::iter::successors(Some(&*self.0), |link| {
            link.outer.as_ref().map(|outer| &*outer.0)
        })
    }

    /// The innermost value of a key.
    pub(crate) fn value(&self, key: usize) -> Option<&dyn Any> {
        let link = self.chain().find(|link| link.key == key)?;
        Some(link.value.any())
    }

    /// Whether it lies directly within `outer`.
    pub(crate) fn is_within(&self, outer: Option<&Context>) -> bool {
        match (&self.0.outer, outer) {
            (Some(own), Some(outer)) => Arc::ptr_eq(&own.0, &outer.0),
            (own, outer) => own.is_none() && outer.is_none(),
        }
    }

    /// What of it is to be shown, the outermost first. Runs code of the program, the first
    /// time.
    pub(crate) fn shown(&self) -> Option<Arc<String>> {
        let shown = self.0.shown.get_or_init(|| {
            let (mut keys, mut parts) = (Vec::new(), Vec::new());
            for link in self.chain() {
                if !keys.contains(&link.key) {
                    keys.push(link.key);
                    let part =
                        |value| format!("{} {value}", link.name.unwrap_or_default().to_lowercase());
                    parts.extend(link.value.show().map(part));
                }
            }
            parts.reverse();
            (!parts.is_empty()).then(|| Arc::new(parts.join(", ")))
        });
        shown.clone()
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

fn set(context: Option<Context>) -> Option<Context> {
    Undropped::into_inner(CURRENT.replace(Undropped::new(context)))
}

impl Drop for Entered {
    fn drop(&mut self) {
        // Dropped when nothing is borrowed: it may be the last that has the values.
        drop(set(self.0.take()));
    }
}
