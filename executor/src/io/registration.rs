//! A descriptor's place in its runtime's reactor.
//!
//! Owns the link between the two: `AsyncFd` polls and clears through it, and its
//! drop, on any thread, forgets the source.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::ops::BitOr;
use std::os::fd::RawFd;
use std::task::{Context, Poll};

use crate::budget;
use crate::context;
use crate::reactor::SourceKey;
use crate::reactor::readiness::{Direction, Seen};
use crate::scheduler::inject::{self, Message};

/// What to wait for: reading, writing, or both.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Interest(mio::Interest);

impl Interest {
    /// Until there is something to read, the peer has closed, or an error.
    pub const READABLE: Self = Self(mio::Interest::READABLE);
    /// Until there is room to write, or an error.
    pub const WRITABLE: Self = Self(mio::Interest::WRITABLE);

    /// Whether reading is meant.
    pub fn is_readable(self) -> bool {
        self.0.is_readable()
    }

    /// Whether writing is meant.
    pub fn is_writable(self) -> bool {
        self.0.is_writable()
    }
}

impl BitOr for Interest {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for Interest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Debug)]
pub(super) struct Registration {
    runtime: u16,
    key: SourceKey,
    fd: RawFd,
}

impl Registration {
    /// Registers `fd`, which must stay open until the registration is dropped.
    #[track_caller]
    pub(super) fn new(fd: RawFd, interest: Interest) -> io::Result<Self> {
        context::with("AsyncFd", |core| {
            let key = core.reactor.borrow_mut().register(fd, interest.0)?;
            let runtime = core.inject.runtime();
            Ok(Self { runtime, key, fd })
        })
    }

    /// Ready when an event came for `direction` and nobody has cleared it.
    pub(super) fn poll_ready(&self, cx: &mut Context<'_>, direction: Direction) -> Poll<Seen> {
        budget::charge(cx, |cx| {
            let waker = cx.waker().clone();
            let (polled, unused) = context::with("AsyncFd", |core| {
                assert!(
                    self.runtime == core.inject.runtime(),
                    "an AsyncFd was polled in another runtime than the one that it was made in: \
                     await it there"
                );
                core.reactor
                    .borrow_mut()
                    .poll_ready(self.key, direction, waker)
            });
            drop(unused);
            polled
        })
    }

    pub(super) async fn ready(&self, direction: Direction) -> Seen {
        poll_fn(|cx| self.poll_ready(cx, direction)).await
    }

    /// An operation has said "would block" after `seen`.
    pub(super) fn clear(&self, direction: Direction, seen: Seen) {
        context::try_with(|core| {
            if core.inject.runtime() == self.runtime {
                core.reactor
                    .borrow_mut()
                    .clear_ready(self.key, direction, seen);
            }
        });
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let (runtime, key, fd) = (self.runtime, self.key, self.fd);
        let here = context::try_with(|core| {
            let is_its = core.inject.runtime() == runtime;
            // It fails only for a descriptor closed already, which epoll has
            // then forgotten by itself.
            is_its.then(|| core.reactor.borrow_mut().deregister(Some(fd), key).ok())
        });
        if let Some(forgotten) = here.flatten() {
            // The wakers in it are the program's, so they are dropped out here.
            return drop(forgotten);
        }
        // On another thread only the table's entry is left to forget: the
        // descriptor is about to be closed, and its number may be reused before
        // the message arrives.
        let forget = Message::Run(Box::new(move || {
            let forgotten =
                context::try_with(|core| core.reactor.borrow_mut().deregister(None, key).ok());
            drop(forgotten);
        }));
        // A runtime that is gone took its reactor along.
        let _ = inject::send_to(runtime, forget);
    }
}
