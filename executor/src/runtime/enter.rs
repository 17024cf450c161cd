//! Being in a runtime, and what its descriptor then tells.
//!
//! Owns [`EnterGuard`]. `block_on` and the guards see to it that whoever waits on the
//! descriptor learns of what they have left to do.

use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use super::{Handle, Runtime};
use crate::machine::context::{self, Entered};
use crate::machine::core::Core;

/// Whoever drives the runtime by its descriptor learns what there is to do, also
/// when the `block_on` panics.
pub(super) struct TellsAtTheEnd<'a>(pub(super) &'a Runtime);

impl Drop for TellsAtTheEnd<'_> {
    fn drop(&mut self) {
        // It fails only where a thread that tells of deadlines can't be started. Then
        // the next turn fails too, and says so; there has to be a next one.
        if self.0.make_descriptor_tell().is_err() {
            self.0.core.inject.unpark_now();
        }
    }
}

/// See [`Runtime::enter`] and [`Handle::enter`].
///
/// # Examples
///
/// ```
/// let runtime = buzzer::runtime::Runtime::new()?;
/// let guard = runtime.enter();
/// let socket = buzzer::net::UdpSocket::from_std(std::net::UdpSocket::bind("127.0.0.1:0")?);
/// # let _ = socket;
/// drop(guard);
/// assert!(buzzer::runtime::Handle::try_current().is_err());
/// # std::io::Result::Ok(())
/// ```
pub struct EnterGuard<'a> {
    _place: Place,
    /// Nothing of it is used when the guard is dropped: the runtime may end before.
    lifetime: PhantomData<&'a Handle>,
}

enum Place {
    /// On the runtime's thread.
    Here(Entered, Rc<Core>),
    /// On another thread: whom it has worked for before. As that of the others, the guard
    /// stays on its thread.
    Elsewhere(Option<Handle>, PhantomData<*const ()>),
}

impl EnterGuard<'_> {
    pub(super) fn here(core: Rc<Core>) -> Self {
        Self::of(Place::Here(context::enter(&core), core))
    }

    pub(super) fn by_handle(handle: &Handle) -> Self {
        match handle.core() {
            Some(core) => Self::here(core),
            None => {
                let before = context::become_worker(Some(handle.clone()));
                Self::of(Place::Elsewhere(before, PhantomData))
            }
        }
    }

    fn of(place: Place) -> Self {
        Self {
            _place: place,
            lifetime: PhantomData,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        match self {
            // Whoever waits on the descriptor makes a turn too many at most. Within the
            // runtime's own loop there is nobody to tell.
            Self::Here(entered, core) if !entered.was_in(core) => core.inject.nudge(),
            Self::Here(..) => {}
            Self::Elsewhere(before, _) => drop(context::become_worker(before.take())),
        }
    }
}

impl fmt::Debug for EnterGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnterGuard")
    }
}
