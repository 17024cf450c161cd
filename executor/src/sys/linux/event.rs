//! A count that epoll and poll can wait for: eventfd(2).
//!
//! Owns [`Event`]. Signal handlers tell it. Where a sandbox refuses eventfds, it is a
//! pipe.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use super::super::check;
use super::super::descriptor::above_standard;
use super::super::unix;
use super::refusal::Refusal;

/// Told by any thread or signal handler; taken by who waits for its descriptor.
#[derive(Debug)]
pub(crate) enum Event {
    Count(OwnedFd),
    Pipe(unix::event::Event),
}

static EVENTFD: Refusal = Refusal::new();

impl Event {
    /// One whose descriptors don't block and are closed on exec.
    pub(crate) fn new() -> io::Result<Self> {
        match EVENTFD.unless_refused(eventfd) {
            Some(event) => event.map(Self::Count),
            None => unix::event::Event::new().map(Self::Pipe),
        }
    }

    /// Makes the descriptor readable. May be called in a signal handler, which sees to
    /// errno.
    pub(crate) fn tell(&self) {
        match self {
            Self::Count(event) => {
                let one: u64 = 1;
                // It fails if somebody else has closed our descriptor, and after 2^64
                // of these: then it is readable.
                // SAFETY: `one` is valid for reads of its size, and lives past the call.
                unsafe {
                    libc::write(event.as_raw_fd(), (&raw const one).cast(), size_of::<u64>())
                };
            }
            Self::Pipe(event) => event.tell(),
        }
    }

    /// Whether it was told since this was asked last. May be called in a signal handler.
    pub(crate) fn take(&self) -> bool {
        match self {
            Self::Count(event) => {
                let mut count = 0_u64;
                // SAFETY: `count` has the size given, and is borrowed for writing past
                // the call, which doesn't block.
                let read = unsafe {
                    libc::read(event.as_raw_fd(), (&raw mut count).cast(), size_of::<u64>())
                };
                read > 0
            }
            Self::Pipe(event) => event.take(),
        }
    }
}

fn eventfd() -> io::Result<OwnedFd> {
    // SAFETY: eventfd takes two integers and touches no memory of ours.
    let fd = check(unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) })?;
    // SAFETY: the kernel has just made this descriptor for us, and nobody else
    // knows its number.
    above_standard(unsafe { OwnedFd::from_raw_fd(fd) })
}

impl AsFd for Event {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Count(event) => event.as_fd(),
            Self::Pipe(event) => event.as_fd(),
        }
    }
}

impl AsRawFd for Event {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}
