//! Task-locals that are inherited by what is spawned.
//!
//! Owns [`Inherits`]: how a key's value becomes a link of the chain that the scheduler hands
//! on (`machine/scheduler/inherited.rs`), and is found in it. Such a value is in no slot.

use std::any::Any;
use std::fmt::{self, Display};
use std::ptr;
use std::sync::Arc;

use super::LocalKey;
use crate::machine::scheduler::inherited::{self, Context, Entered, Value};

/// How a key is inherited; made by [`task_local!`](crate::task_local!).
#[doc(hidden)]
pub struct Inherits<T: 'static>(fn(Option<&T>) -> Arc<dyn Value>, Option<&'static str>);

/// `None` where the value was taken.
struct Unshown<T>(Option<T>);
struct Shown<T>(Option<T>);

impl<T: Send + Sync + 'static> Value for Unshown<T> {
    fn any(&self) -> &dyn Any {
        &self.0
    }

    fn show(&self) -> Option<String> {
        None
    }
}

impl<T: Display + Send + Sync + 'static> Value for Shown<T> {
    fn any(&self) -> &dyn Any {
        &self.0
    }

    fn show(&self) -> Option<String> {
        self.0.as_ref().map(T::to_string)
    }
}

impl<T: Clone + Send + Sync + 'static> Inherits<T> {
    /// Nobody is shown the value.
    pub const fn unshown() -> Self {
        Self(|value| Arc::new(Unshown(value.cloned())), None)
    }

    /// It is shown behind the key's name.
    pub const fn shown(name: &'static str) -> Self
    where
        T: Display,
    {
        Self(|value| Arc::new(Shown(value.cloned())), Some(name))
    }
}

fn number<T>(key: &'static LocalKey<T>) -> usize {
    ptr::from_ref(key).addr()
}

impl<T: 'static> Inherits<T> {
    /// From here on the value is that of the code that runs. `last` is kept from one poll to
    /// the next: a chain is made once, if the one around it stays the same.
    pub(super) fn enter(
        &self,
        key: &'static LocalKey<T>,
        value: &Option<T>,
        last: &mut Option<Context>,
    ) -> Option<Entered> {
        let Self(make, name) = self;
        let outer = inherited::current();
        let holds = |context: &Context| {
            let found = context.value(number(key)).and_then(<dyn Any>::downcast_ref);
            let has_value = found.is_some_and(|found: &Option<T>| found.is_some());
            context.is_within(outer.as_ref()) && has_value == value.is_some()
        };
        let context = last.take().filter(holds).unwrap_or_else(|| {
            Context::within(outer.as_ref(), number(key), *name, make(value.as_ref()))
        });
        *last = Some(context.clone());
        inherited::enter(Some(context))
    }
}

/// Calls `call` with the value of a key, if the code that runs has one.
pub(super) fn with<T, R>(key: &'static LocalKey<T>, call: impl FnOnce(&T) -> R) -> Option<R> {
    let context = inherited::current()?;
    let value = context.value(number(key))?.downcast_ref::<Option<T>>()?;
    value.as_ref().map(call)
}

impl<T> fmt::Debug for Inherits<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inherits").finish_non_exhaustive()
    }
}
