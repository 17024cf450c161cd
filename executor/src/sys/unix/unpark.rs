//! Ending the sleep of a loop from elsewhere: by mio's waker.
//!
//! Owns [`Unpark`]. The inject queue unparks by it, and the selector's registry.

use std::io;

use mio::{Poll, Token, Waker};

use super::super::errors::{NO_RUNTIME, named};

/// What mio makes it of, in errors.
const WAKER: &str = match () {
    () if cfg!(mio_unsupported_force_waker_pipe) => "the pipe that other threads wake the loop by",
    () if cfg!(target_os = "linux") => "the eventfd that other threads wake the loop by",
    () => "what other threads wake the loop by",
};

#[derive(Debug)]
pub(crate) struct Unpark(Waker);

impl Unpark {
    /// Of the loop that sleeps in `poll`, which tells of it by `token`.
    pub(crate) fn new(poll: &Poll, token: Token) -> io::Result<Self> {
        Self::of(Waker::new(poll.registry(), token))
    }

    /// By a waker that was made, or not.
    pub(crate) fn of(waker: io::Result<Waker>) -> io::Result<Self> {
        let waker = waker.map_err(|error| named(NO_RUNTIME, WAKER, error));
        waker.map(Self)
    }

    /// Ends the sleep of the loop, or the next one.
    pub(crate) fn unpark(&self) {
        // It fails only if its counter or its pipe is full, and then it is readable,
        // which is all that is wanted; or if somebody else has closed its descriptors.
        let _ = self.0.wake();
    }
}
