//! A descriptor's place in its runtime's reactor.
//!
//! Owns the link between the two: `AsyncFd` polls and clears through it, and its
//! drop, on any thread, forgets the source.

use std::fmt;
use std::io;
use std::ops::BitOr;
use std::os::fd::RawFd;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::budget;
use crate::context::{self, Core};
use crate::reactor::readiness::{Direction, Seen, WaiterId};
use crate::reactor::{Reactor, SourceKey};
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

    /// Ready when an event came for `direction` and nobody has cleared it. Waits
    /// under the name in `waiter`.
    pub(super) fn poll_ready(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        waiter: &mut Option<WaiterId>,
    ) -> Poll<Seen> {
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
                    .poll_ready(self.key, direction, waiter, waker)
            });
            drop(unused);
            polled
        })
    }

    /// As [`poll_ready`](Self::poll_ready), as a future of its own.
    pub(super) fn ready(&self, direction: Direction) -> Ready<'_> {
        Ready {
            registration: self,
            direction,
            waiter: None,
        }
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

/// Waits for readiness. Dropped before, it gives up its place at the source.
pub(super) struct Ready<'a> {
    registration: &'a Registration,
    direction: Direction,
    /// Set by the first poll that has to wait.
    waiter: Option<WaiterId>,
}

impl Future for Ready<'_> {
    type Output = Seen;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Seen> {
        let this = &mut *self;
        this.registration
            .poll_ready(cx, this.direction, &mut this.waiter)
    }
}

impl Drop for Ready<'_> {
    fn drop(&mut self) {
        let Some(waiter) = self.waiter else { return };
        let Registration { runtime, key, .. } = *self.registration;
        let direction = self.direction;
        in_runtime(runtime, move |reactor| {
            reactor.forget_waiter(key, direction, waiter)
        });
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let (runtime, key, fd) = (self.runtime, self.key, self.fd);
        let is_here = context::try_with(|core| core.inject.runtime() == runtime);
        // On another thread only the table's entry is left to forget: the
        // descriptor is about to be closed, and its number may be reused before
        // the message arrives.
        let fd = is_here.unwrap_or(false).then_some(fd);
        in_runtime(runtime, move |reactor| reactor.deregister(fd, key));
    }
}

/// Calls `f` with the reactor of `runtime`: at once if this thread is in it, else
/// when the message arrives there. What `f` gives out holds wakers, which may be
/// the program's: it is dropped outside the borrow.
fn in_runtime<T>(runtime: u16, f: impl FnOnce(&mut Reactor) -> T + Send + 'static) {
    let mut f = Some(f);
    let mut call = |core: &Rc<Core>| {
        let f = f.take().expect("called once");
        f(&mut core.reactor.borrow_mut())
    };
    let here = context::try_with(|core| (core.inject.runtime() == runtime).then(|| call(core)));
    if here.flatten().is_some() {
        return;
    }
    let message = Message::Run(Box::new(move || {
        let f = f.take().expect("not called here");
        drop(context::try_with(|core| f(&mut core.reactor.borrow_mut())));
    }));
    // A runtime that is gone took its reactor along.
    let _ = inject::send_to(runtime, message);
}
