//! Ending the sleep of a loop from elsewhere.
//!
//! Owns [`Unpark`]: mio's waker, which writes to an eventfd. Where a sandbox refuses
//! eventfds, mio has none, and a pipe does as well.

use std::io;
use std::os::fd::AsRawFd;

use mio::unix::SourceFd;
use mio::{Interest, Poll, Token};

use super::super::errors::{NO_RUNTIME, named};
use super::event::Event;
use super::refusal::Refusal;
use super::unix;

#[derive(Debug)]
pub(crate) enum Unpark {
    Waker(unix::unpark::Unpark),
    Pipe(Event),
    /// A model's.
    #[cfg(loom)]
    Bell(std::sync::Arc<crate::sys::shared::Bell>),
}

static WAKER: Refusal = Refusal::new();

impl Unpark {
    /// Of the loop that sleeps in `poll`, which tells of it by `token`.
    pub(crate) fn new(poll: &Poll, token: Token) -> io::Result<Self> {
        let waker = WAKER.unless_refused(|| mio::Waker::new(poll.registry(), token));
        if let Some(waker) = waker {
            return unix::unpark::Unpark::of(waker).map(Self::Waker);
        }
        let event = Event::new().map_err(|e| {
            named(
                NO_RUNTIME,
                "the pipe that other threads wake the loop by",
                e,
            )
        })?;
        poll.registry()
            .register(&mut SourceFd(&event.as_raw_fd()), token, Interest::READABLE)
            .map_err(|e| named(NO_RUNTIME, "the epoll entry of what wakes its loop", e))?;
        Ok(Self::Pipe(event))
    }

    /// Ends the sleep of the loop, or the next one.
    pub(crate) fn unpark(&self) {
        match self {
            Self::Waker(waker) => waker.unpark(),
            Self::Pipe(event) => {
                // epoll tells of a change, and some kernels take a write for one only
                // if the pipe was empty. Of several threads that do this at once the last
                // one to empty it writes after that.
                event.take();
                event.tell();
            }
            #[cfg(loom)]
            Self::Bell(bell) => bell.ring(),
        }
    }
}
