//! tokio's names for a runtime whose tasks need not be `Send`, as every one is here.
//!
//! Owns [`LocalRuntime`] and [`LocalOptions`], and the ways of a [`LocalSet`] to its
//! runtime.

use std::io;
use std::marker::PhantomData;

use super::{Builder, Id, Runtime};
use crate::machine::scheduler::join::JoinHandle;
use crate::task::LocalSet;

/// A [`Runtime`]: its tasks need not be `Send`.
pub type LocalRuntime = Runtime;

/// What a [`LocalRuntime`] is to be like beyond the builder's settings: nothing, so far.
///
/// # Examples
///
/// ```
/// use buzzer::runtime::{Builder, LocalOptions};
///
/// let runtime = Builder::new_current_thread().build_local(LocalOptions::default())?;
/// assert_eq!(runtime.block_on(async { 7 }), 7);
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct LocalOptions {
    on_its_thread: PhantomData<*const ()>,
}

impl Builder {
    /// As [`build`](Self::build), by tokio's name for a runtime whose tasks need not be
    /// `Send`.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::runtime::{Builder, LocalOptions};
    ///
    /// let runtime = Builder::new_current_thread().build_local(LocalOptions::default())?;
    /// let cups = std::rc::Rc::new(7);
    /// let task = runtime.spawn_local(async move { *cups });
    /// assert_eq!(runtime.block_on(task).unwrap(), 7);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn build_local(&mut self, _: LocalOptions) -> io::Result<LocalRuntime> {
        self.build()
    }
}

impl Runtime {
    /// As [`spawn`](Self::spawn), whose tasks need not be `Send` either.
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.spawn(future)
    }
}

impl LocalSet {
    /// Which set it is: told apart from every other, and from every runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use buzzer::task::LocalSet;
    ///
    /// assert_ne!(LocalSet::new().id(), LocalSet::new().id());
    /// ```
    pub fn id(&self) -> Id {
        // Runtimes are counted from the other end.
        Id(u64::MAX - self.number())
    }

    /// As [`run_until`](Self::run_until), by `runtime`'s
    /// [`block_on`](Runtime::block_on).
    ///
    /// # Panics
    ///
    /// As [`Runtime::block_on`].
    #[track_caller]
    pub fn block_on<F: Future>(&self, runtime: &Runtime, future: F) -> F::Output {
        runtime.block_on(self.run_until(future))
    }
}
