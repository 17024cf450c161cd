//! A descriptor's place in its runtime's reactor.
//!
//! Owns the link between the two: [`Source`](super::source::Source) looks, waits and
//! clears through it, and its drop, on any thread, forgets the
//! source.

use std::io;
use std::os::fd::RawFd;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::error::named;
use super::interest::{Interest, Ready};
use super::kind::Kind;
use crate::machine::budget;
use crate::machine::context;
use crate::machine::core::Core;
use crate::machine::reactor::readiness::{Direction, First, Seen, WaiterId};
use crate::machine::reactor::told::Wanted;
use crate::machine::reactor::{Reactor, SourceKey, child_of, stands_for};
use crate::machine::scheduler::inject::Message;
use crate::machine::scheduler::live;
use crate::machine::scheduler::number::RuntimeId;
use crate::machine::scheduler::waker::is_ours;
use crate::machine::scheduler::whereabouts::{Since, elsewhere};
use crate::record::Recorder;
use crate::record::event::{Event, WaitsOn};
use crate::sys::fd_kind::kind_of;
use crate::sys::process::Process;
use crate::sys::socket::Moved;

#[derive(Debug)]
pub(super) struct Registration {
    runtime: RuntimeId,
    kind: Kind,
    key: SourceKey,
    fd: RawFd,
}

impl Registration {
    /// Registers `fd`, which must stay open until the registration is dropped.
    /// What `kind` it is of say its errors and panics.
    #[track_caller]
    pub(super) fn new(kind: Kind, fd: RawFd, interest: Interest, first: First) -> io::Result<Self> {
        Self::with(kind, fd, interest, |reactor| {
            reactor.register(fd, interest.into_mio(), first)
        })
    }

    /// Registers a child whose end no descriptor tells of.
    #[track_caller]
    pub(super) fn of_child(kind: Kind, child: Arc<Process>) -> io::Result<Self> {
        let fd = stands_for(child.number());
        Self::with(kind, fd, Interest::READABLE, |reactor| {
            reactor.register_child(child)
        })
    }

    #[track_caller]
    fn with(
        kind: Kind,
        fd: RawFd,
        interest: Interest,
        register: impl FnOnce(&mut Reactor) -> io::Result<SourceKey>,
    ) -> io::Result<Self> {
        let made_at = Location::caller();
        context::with(kind, |core| {
            let mut reactor = core.reactor.borrow_mut();
            let registered = register(&mut reactor);
            let key = registered.map_err(|error| refused(kind, fd, error))?;
            reactor.was_made(fd, made_at);
            let runtime = core.inject.id();
            record(core, |recorder| Event::SourceRegistered {
                source: recorder.source(key.registered()),
                fd,
                read: interest.is_readable(),
                write: interest.is_writable(),
            });
            Ok(Self {
                runtime,
                kind,
                key,
                fd,
            })
        })
    }

    /// Ready when an event came for what is `wanted` and nobody has cleared it, or nobody
    /// has asked yet. Waits under the name in `waiter`.
    #[track_caller]
    pub(super) fn poll_ready(
        &self,
        cx: &mut Context<'_>,
        wanted: Wanted,
        waiter: &mut Option<WaiterId>,
    ) -> Poll<Seen> {
        ready!(budget::poll_left(cx));
        let seen = ready!(self.wait(cx, wanted, waiter));
        budget::take_one();
        Poll::Ready(seen)
    }

    #[track_caller]
    fn wait(
        &self,
        cx: &mut Context<'_>,
        wanted: Wanted,
        waiter: &mut Option<WaiterId>,
    ) -> Poll<Seen> {
        let waker = cx.waker().clone();
        let (polled, unused) = self.with_core(|core| {
            let mut reactor = core.reactor.borrow_mut();
            let looked = reactor.poll_ready(self.key, wanted, waiter, waker);
            let recorder = core.recorder();
            if looked.0.is_pending() && recorder.is_on() {
                let source = recorder.source(self.key.registered());
                recorder.waits(WaitsOn::Source(source, wanted.direction()));
            }
            looked
        });
        drop(unused);
        polled
    }

    /// Moves bytes by `io`, a system call of ours, once a stream socket is ready; by hand.
    ///
    /// The look, the call and what follows from it are one step within the reactor:
    /// most of what a server does is this.
    #[inline]
    #[track_caller]
    pub(super) fn poll_transfer(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut io: impl FnMut() -> io::Result<Moved>,
    ) -> Poll<io::Result<usize>> {
        ready!(budget::poll_left(cx));
        let (wanted, mut by_hand) = (direction.into(), Some(WaiterId::BY_HAND));
        loop {
            // Dropped outside the borrow: it may be the program's.
            let mut unused = None;
            let moved = self.with_core(|core| {
                let mut reactor = core.reactor.borrow_mut();
                let is_recorded = core.recorder().is_on();
                let told = is_recorded && reactor.look(self.key, wanted).is_some_and(Seen::is_told);
                let moved = reactor.transfer(self.key, direction, &mut io);
                if told && reactor.look(self.key, wanted).is_none() {
                    record(core, |recorder| cleared(recorder, self.key, direction));
                }
                // At once, if the waker's clone runs no code of the program.
                if moved.is_none() && !is_recorded && is_ours(cx.waker()) {
                    let waker = cx.waker().clone();
                    let looked = reactor.poll_ready(self.key, wanted, &mut by_hand, waker);
                    unused = looked.1;
                    return looked.0.is_pending().then_some(Poll::Pending);
                }
                moved.map(Poll::Ready)
            });
            if let Some(polled) = moved {
                let result = ready!(polled);
                budget::take_one();
                return Poll::Ready(result);
            }
            ready!(self.wait(cx, wanted, &mut by_hand));
        }
    }

    /// As [`poll_ready`](Self::poll_ready), as a future of its own.
    pub(super) fn ready(&self, wanted: Wanted) -> Wait<'_> {
        Wait {
            registration: self,
            wanted,
            waiter: None,
        }
    }

    /// Has the kernel asked, if nobody has yet, for who wants to know and does not try.
    #[track_caller]
    pub(super) fn learn(&self, wanted: Wanted) {
        self.with_core(|core| {
            if core.reactor.borrow_mut().learn(self.key, wanted) {
                record(core, |recorder| {
                    let source = recorder.source(self.key.registered());
                    let direction = wanted.direction();
                    Event::SourceReady { source, direction }
                });
            }
        });
    }

    /// The readiness there is, without waiting and without taking from the budget.
    #[track_caller]
    pub(super) fn look(&self, wanted: Wanted) -> Option<Seen> {
        self.with_reactor(|reactor| reactor.look(self.key, wanted))
    }

    /// What is known of it within `interest`.
    #[track_caller]
    pub(super) fn known(&self, interest: Interest) -> Ready {
        self.with_reactor(|reactor| {
            let signs = reactor.signs(self.key);
            let mut ready = Ready::EMPTY;
            let mut add = |holds: bool, flag: Ready| {
                if holds {
                    ready |= flag;
                }
            };
            let mut has = |wanted| reactor.look(self.key, wanted).is_some();
            add(
                match interest.is_error() {
                    true => has(Wanted::Error),
                    false => signs.error,
                },
                Ready::ERROR,
            );
            if interest.is_readable() {
                let readable = has(Wanted::Read);
                add(readable, Ready::READABLE);
                add(signs.read_closed, Ready::READ_CLOSED);
            }
            if interest.is_writable() {
                let writable = has(Wanted::Write);
                add(writable, Ready::WRITABLE);
                add(signs.write_closed, Ready::WRITE_CLOSED);
            }
            if interest.wants(Wanted::Urgent) {
                add(reactor.is_urgent(self.key), Ready::URGENT);
                add(signs.read_closed, Ready::READ_CLOSED);
            }
            ready
        })
    }

    /// An operation has said "would block" after `seen`.
    pub(super) fn clear(&self, wanted: Wanted, seen: Seen) {
        self.try_with_core(|core| {
            let mut reactor = core.reactor.borrow_mut();
            let is_cleared = seen.is_told() && reactor.look(self.key, wanted) == Some(seen);
            // Of what is read all the same, the record says nothing.
            let flows = matches!(wanted, Wanted::Read | Wanted::Write);
            if core.recorder().is_on() && is_cleared && flows {
                record(core, |recorder| {
                    cleared(recorder, self.key, wanted.direction())
                });
            }
            reactor.clear_ready(self.key, wanted, seen);
        });
    }

    /// Whether this thread is in its runtime.
    fn is_here(&self) -> bool {
        context::try_with(|core| core.inject.id() == self.runtime).unwrap_or(false)
    }

    /// # Panics
    ///
    /// Outside its runtime.
    #[inline]
    #[track_caller]
    fn with_core<R>(&self, f: impl FnOnce(&Core) -> R) -> R {
        let here = context::try_with(|core| {
            let is_its = core.inject.id() == self.runtime;
            is_its.then(|| f(core))
        });
        match here.flatten() {
            Some(result) => result,
            None => elsewhere(self.kind, self.runtime, Since::ItsMaking),
        }
    }

    /// As [`with_core`](Self::with_core).
    #[track_caller]
    fn with_reactor<R>(&self, f: impl FnOnce(&mut Reactor) -> R) -> R {
        self.with_core(|core| f(&mut core.reactor.borrow_mut()))
    }

    /// Outside its runtime there is nothing to be done.
    fn try_with_core(&self, f: impl FnOnce(&Core)) {
        context::try_with(|core| {
            if core.inject.id() == self.runtime {
                f(core);
            }
        });
    }
}

/// Waits for readiness. Dropped before, it gives up its place at the source.
pub(super) struct Wait<'a> {
    registration: &'a Registration,
    wanted: Wanted,
    /// Set by the first poll that has to wait.
    waiter: Option<WaiterId>,
}

impl Future for Wait<'_> {
    type Output = Seen;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Seen> {
        let this = &mut *self;
        this.registration
            .poll_ready(cx, this.wanted, &mut this.waiter)
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let Some(waiter) = self.waiter else { return };
        let Registration { runtime, key, .. } = *self.registration;
        let wanted = self.wanted;
        in_runtime(runtime, move |core| {
            let forgotten = core.reactor.borrow_mut().forget_waiter(key, wanted, waiter);
            if forgotten.is_some() {
                record(core, |recorder| {
                    let source = recorder.source(key.registered());
                    let on = WaitsOn::Source(source, wanted.direction());
                    Event::WaitDropped { on }
                });
            }
            forgotten
        });
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let (runtime, key, fd) = (self.runtime, self.key, self.fd);
        // On another thread the selector forgets it here: the descriptor is about to be closed
        // or given back, and its number may be reused before the message arrives that
        // has the table forget it.
        let fd = match self.is_here() {
            true => Some(fd),
            false => {
                if child_of(fd).is_none() {
                    live::forget_descriptor(runtime, fd);
                }
                None
            }
        };
        in_runtime(runtime, move |core| {
            let forgotten = core.reactor.borrow_mut().deregister(fd, key);
            if forgotten.is_some() {
                record(core, |recorder| Event::SourceClosed {
                    source: recorder.source(key.registered()),
                });
            }
            forgotten
        });
    }
}

/// Names what the selector does not wait for.
#[cold]
fn refused(kind: Kind, fd: RawFd, error: io::Error) -> io::Error {
    let known = match error.kind() {
        io::ErrorKind::AlreadyExists => ", which is registered in this runtime already",
        _ => "",
    };
    match kind {
        Kind::AsyncFd => named("wait for", format_args!("{}{known}", kind_of(fd)), error),
        _ => named("wait for", format_args!("{kind}{known}"), error),
    }
}

#[inline]
fn record(core: &Core, event: impl FnOnce(&Recorder) -> Event) {
    let recorder = core.recorder();
    if recorder.is_on() {
        recorder.record(event(recorder));
    }
}

fn cleared(recorder: &Recorder, key: SourceKey, direction: Direction) -> Event {
    let source = recorder.source(key.registered());
    Event::SourceCleared { source, direction }
}

/// Calls `f` with the core of `runtime`: at once if this thread is in it, else
/// when the message arrives there. What `f` gives out holds wakers, which may be
/// the program's: it is dropped outside the borrow.
fn in_runtime<T>(runtime: RuntimeId, f: impl FnOnce(&Core) -> T + Send + 'static) {
    let mut f = Some(f);
    let mut call = |core: &Rc<Core>| {
        let f = f.take().expect("called once");
        f(core)
    };
    let here = context::try_with(|core| (core.inject.id() == runtime).then(|| call(core)));
    if here.flatten().is_some() {
        return;
    }
    let message = Message::Run(Box::new(move || {
        let f = f.take().expect("not called here");
        drop(context::try_with(|core| f(core)));
    }));
    // A runtime that is gone took its reactor along.
    let _ = live::send_to(runtime, message);
}
