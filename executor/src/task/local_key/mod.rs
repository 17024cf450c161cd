//! Values that belong to a task, as thread-locals belong to a thread.
//!
//! Owns [`LocalKey`] and [`task_local!`](crate::task_local!), named and shaped like
//! tokio's. A value is in its thread's slot only while its future is polled or dropped;
//! between polls it lies in the future. Those that are inherited go another way:
//! `inherited.rs`.

mod inherited;

use std::cell::RefCell;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{self, Poll, ready};
use std::thread;

use crate::machine::scheduler::inherited::Context;
use crate::sys::pinned::{Around, Scoped};

pub use inherited::Inherits;

/// Declares [`LocalKey`]s: `task_local! { static NAME: Type; }`.
///
/// With `where inherited` behind the type, what is spawned within a scope has the value too:
/// tasks of `spawn`, `spawn_local`, a `JoinSet` and
/// [`Handle::spawn`](crate::runtime::Handle::spawn), children of a [`scope`](crate::scope),
/// and jobs of `spawn_blocking`. The value is then shared, and so has to be
/// `Clone + Send + Sync`. With `where inherited, shown` it is `Display` as well, and
/// dump, story and ledger show it beside each task that has inherited it: `#4 [request 4711]`.
/// Task-locals that are not inherited, and tasks without any, pay nothing for that.
///
/// # Examples
///
/// ```
/// buzzer::task_local! {
///     /// Whom the task serves.
///     pub static CUSTOMER: String;
///     static CUPS: u32;
/// }
///
/// # buzzer::block_on(async {
/// let served = CUSTOMER.scope("Ada".to_owned(), async {
///     buzzer::task::yield_now().await;
///     CUSTOMER.with(|customer| format!("one mocha for {customer}"))
/// });
/// assert_eq!(served.await, "one mocha for Ada");
/// assert!(CUPS.try_get().is_err());
/// # });
/// ```
///
/// A request's number, in all that is done for it:
///
/// ```
/// buzzer::task_local! {
///     static REQUEST: u32 where inherited, shown;
/// }
///
/// # buzzer::block_on(async {
/// let served = REQUEST.scope(4711, async {
///     let lookup = buzzer::spawn(async { REQUEST.get() });
///     let job = buzzer::task::spawn_blocking(|| REQUEST.get());
///     (lookup.await.unwrap(), job.await.unwrap())
/// });
/// assert_eq!(served.await, (4711, 4711));
/// # });
/// ```
#[macro_export]
macro_rules! task_local {
    (@inherits $name:ident) => { ::std::option::Option::None };
    (@inherits $name:ident inherited) => {
        ::std::option::Option::Some($crate::task::Inherits::unshown())
    };
    (@inherits $name:ident inherited, shown) => {
        ::std::option::Option::Some($crate::task::Inherits::shown(::std::stringify!($name)))
    };
    ($(
        $(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty
            $(where $($how:ident),+)?
    );+ $(;)?) => {$(
        $(#[$attribute])*
        $visibility static $name: $crate::task::LocalKey<$type> = {
            ::std::thread_local! {
                static SLOT: ::std::cell::RefCell<::std::option::Option<$type>> =
                    const { ::std::cell::RefCell::new(::std::option::Option::None) };
            }
            $crate::task::LocalKey {
                slot: SLOT,
                inherits: $crate::task_local!(@inherits $name $($($how),+)?),
            }
        };
    )+};
    () => {};
}

/// The name of a value that each task may have one of; declared by
/// [`task_local!`](crate::task_local!).
///
/// A task that is spawned within a scope inherits the value only if the declaration says so;
/// else give it a [`scope`](Self::scope) of its own.
///
/// # Examples
///
/// ```
/// buzzer::task_local! {
///     static REQUEST: u32;
/// }
///
/// buzzer::block_on(REQUEST.scope(4711, async {
///     assert_eq!(REQUEST.get(), 4711);
///     assert_eq!(REQUEST.with(|request| request % 1_000), 711);
///     REQUEST.sync_scope(4712, || assert_eq!(REQUEST.get(), 4712));
///     assert_eq!(REQUEST.try_with(u32::clone), Ok(4711));
/// }));
/// assert!(REQUEST.try_get().is_err()); // Outside a scope it has none.
/// ```
pub struct LocalKey<T: 'static> {
    #[doc(hidden)]
    pub slot: thread::LocalKey<RefCell<Option<T>>>,
    #[doc(hidden)]
    pub inherits: Option<Inherits<T>>,
}

impl<T: 'static> LocalKey<T> {
    /// Has `future` run with `value` as its own: while it is polled, and while it is
    /// dropped, unless that is within [`with`](Self::with) of the same key. A scope within it
    /// has a value of its own meanwhile.
    ///
    /// # Panics
    ///
    /// Polled within [`with`](Self::with) of the same key; polled again after it was
    /// ready.
    pub fn scope<F>(&'static self, value: T, future: F) -> TaskLocalFuture<T, F>
    where
        F: Future,
    {
        let slot = Some(value);
        Scoped::within(future, Local::of(self, slot))
    }

    /// Calls `call` with `value` as its own.
    ///
    /// # Panics
    ///
    /// Within [`with`](Self::with) of the same key.
    #[track_caller]
    pub fn sync_scope<F, R>(&'static self, value: T, call: F) -> R
    where
        F: FnOnce() -> R,
    {
        let slot = Some(value);
        Local::of(self, slot).around(call)
    }

    /// Calls `call` with the value.
    ///
    /// # Panics
    ///
    /// Outside a scope of this key.
    #[track_caller]
    pub fn with<F, R>(&'static self, call: F) -> R
    where
        F: FnOnce(&T) -> R,
    {
        match self.try_with(call) {
            Ok(result) => result,
            Err(error) => panic!("{error}"),
        }
    }

    /// Calls `call` with the value.
    ///
    /// # Errors
    ///
    /// Outside a scope of this key.
    pub fn try_with<F, R>(&'static self, call: F) -> Result<R, AccessError>
    where
        F: FnOnce(&T) -> R,
    {
        if self.inherits.is_some() {
            return inherited::with(self, call).ok_or(AccessError(()));
        }
        let result = self.slot.try_with(|slot| slot.borrow().as_ref().map(call));
        result.ok().flatten().ok_or(AccessError(()))
    }

    /// A copy of the value.
    ///
    /// # Panics
    ///
    /// Outside a scope of this key.
    #[track_caller]
    pub fn get(&'static self) -> T
    where
        T: Clone,
    {
        match self.try_get() {
            Ok(value) => value,
            Err(error) => panic!("{error}"),
        }
    }

    /// A copy of the value.
    ///
    /// # Errors
    ///
    /// Outside a scope of this key.
    pub fn try_get(&'static self) -> Result<T, AccessError>
    where
        T: Clone,
    {
        self.try_with(T::clone)
    }
}

impl<T: 'static> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("LocalKey { .. }")
    }
}

/// The future of [`LocalKey::scope`].
pub type TaskLocalFuture<T, F> = Scoped<F, Local<T>>;

/// A value on its way into its slot and back.
pub struct Local<T: 'static> {
    key: &'static LocalKey<T>,
    /// The value; while it is in place, what was there before.
    slot: Option<T>,
    /// Of a key that is inherited: the chain that it has made last.
    context: Option<Context>,
}

impl<T> Local<T> {
    fn of(key: &'static LocalKey<T>, slot: Option<T>) -> Self {
        let context = None;
        Self { key, slot, context }
    }

    #[track_caller]
    fn swap(&mut self) {
        let swapped = self.key.slot.try_with(|slot| {
            let mut slot = slot.try_borrow_mut().ok()?;
            std::mem::swap(&mut *slot, &mut self.slot);
            Some(())
        });
        // At the thread's end its slot is gone, and nobody can ask for the value.
        assert!(
            swapped != Ok(None),
            "a scope of a task-local was entered within `with` of the same one: let that closure \
             end before"
        );
    }
}

impl<T: 'static> Around for Local<T> {
    #[track_caller]
    fn around<R>(&mut self, call: impl FnOnce() -> R) -> R {
        struct Back<'a, T: 'static>(&'a mut Local<T>);

        impl<T> Drop for Back<'_, T> {
            fn drop(&mut self) {
                self.0.swap();
            }
        }

        if let Some(inherits) = &self.key.inherits {
            let _entered = inherits.enter(self.key, &self.slot, &mut self.context);
            return call();
        }
        self.swap();
        let _back = Back(self);
        call()
    }

    fn around_drop(&mut self, drop: impl FnOnce()) {
        let is_free = |slot: &RefCell<_>| slot.try_borrow_mut().is_ok();
        match self.key.slot.try_with(is_free) {
            Ok(false) => drop(),
            Ok(true) | Err(_) => self.around(drop),
        }
    }
}

impl<T: 'static, F> TaskLocalFuture<T, F> {
    /// Takes the value, also after the future was ready: the future does without from
    /// now on. `None` if it was taken.
    pub fn take_value(self: Pin<&mut Self>) -> Option<T> {
        self.project().1.slot.take()
    }
}

impl<T: 'static, F: Future> Future for TaskLocalFuture<T, F> {
    type Output = F::Output;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<F::Output> {
        let (mut future, local) = self.project();
        if future.is_none() {
            panic!(
                "the scope of a task-local was polled after it gave its output: keep the output"
            );
        }
        local.around(|| {
            let alive = future.as_mut().as_pin_mut().expect("asked above");
            let output = ready!(alive.poll(cx));
            future.set(None);
            Poll::Ready(output)
        })
    }
}

impl<T: fmt::Debug + 'static, F> fmt::Debug for TaskLocalFuture<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskLocalFuture")
            .field("is_alive", &self.is_alive())
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Local<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local").finish_non_exhaustive()
    }
}

/// A task-local was asked for outside a scope of it.
///
/// # Examples
///
/// ```
/// buzzer::task_local! {
///     static REQUEST: u32;
/// }
///
/// let error = REQUEST.try_get().unwrap_err();
/// assert!(error.to_string().starts_with("the task-local has no value here"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AccessError(());

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the task-local has no value here: it has one only within `scope` or `sync_scope`, \
             and a spawned task inherits only what was declared so",
        )
    }
}

impl fmt::Debug for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessError({self})")
    }
}

impl Error for AccessError {}
