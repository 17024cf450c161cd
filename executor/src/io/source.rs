//! A registered descriptor and its owner in one, with the three ways to operate on
//! it: wait and do, poll and do, do if it is ready.
//!
//! Owns [`Source`], which sockets, child processes and signals are made of. The
//! rule that keeps wakeups from being lost is here once: readiness is looked at
//! (and waited for) before the operation, and cleared only as far as it was
//! seen, after the operation has said "would block" or was cut short.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::interest::{Interest, Ready};
use super::kind::Kind;
use super::registration::Registration;
use crate::machine::reactor::readiness::{Direction, First, Seen, WaiterId};
use crate::machine::reactor::told::Wanted;
use crate::sys::process::Process;
use crate::sys::socket::Moved;

/// The readiness that was seen, in the order of [`Wanted::ALL`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Sighting([Option<Seen>; 4]);

impl Sighting {
    /// What of it is meant by `ready`.
    pub(super) fn within(self, ready: Ready) -> Self {
        let Self([read, write, urgent, error]) = self;
        Self([
            read.filter(|_| ready.is_readable()),
            write.filter(|_| ready.is_writable()),
            urgent.filter(|_| ready & Ready::URGENT != Ready::EMPTY),
            error.filter(|_| ready.is_error()),
        ])
    }
}

pub(crate) struct Source<T> {
    /// Dropped before the descriptor: fields are dropped in this order.
    registration: Registration,
    inner: T,
}

impl<T: AsFd> Source<T> {
    /// Registers `inner`, whose descriptor must be non-blocking, to be operated on by
    /// system calls of ours. What `kind` it is of say its errors and panics.
    #[track_caller]
    pub(crate) fn new(kind: Kind, inner: T, interest: Interest) -> io::Result<Self> {
        let fd = inner.as_fd().as_raw_fd();
        let registration = Registration::new(kind, fd, interest, First::Tried)?;
        Ok(Self {
            registration,
            inner,
        })
    }
}

impl Source<()> {
    /// A child whose end no descriptor tells of: readable once it has ended.
    #[track_caller]
    pub(crate) fn of_child(kind: Kind, child: Arc<Process>) -> io::Result<Self> {
        let registration = Registration::of_child(kind, child)?;
        let inner = ();
        Ok(Self {
            registration,
            inner,
        })
    }
}

impl<T> Source<T> {
    /// As [`new`](Self::new), for what is operated on only once the selector has told of it.
    /// It may be of a type that only says the number of the descriptor `fd` that it
    /// keeps open.
    #[track_caller]
    pub(crate) fn told(kind: Kind, inner: T, fd: RawFd, interest: Interest) -> io::Result<Self> {
        Self::try_told(kind, inner, fd, interest).map_err(|(_, error)| error)
    }

    /// As [`told`](Self::told), and gives `inner` back where it fails.
    #[track_caller]
    pub(super) fn try_told(
        kind: Kind,
        inner: T,
        fd: RawFd,
        interest: Interest,
    ) -> Result<Self, (T, io::Error)> {
        match Registration::new(kind, fd, interest, First::Told) {
            Ok(registration) => Ok(Self {
                registration,
                inner,
            }),
            Err(error) => Err((inner, error)),
        }
    }

    pub(super) fn get_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    pub(crate) fn get(&self) -> &T {
        &self.inner
    }

    /// Forgets the descriptor and gives it back.
    pub(crate) fn into_inner(self) -> T {
        self.inner
    }

    /// Waits until it is ready for one of what is meant by `interest`, and says for
    /// what. `inner` is no part of the future, which may go to another thread also where
    /// a reference to that may not.
    pub(crate) fn ready(&self, interest: Interest) -> impl Future<Output = Ready> {
        ready_at(&self.registration, interest)
    }

    /// Waits for readiness as who polls by hand. Of several that wait so, only the
    /// one that polled last is woken.
    #[track_caller]
    pub(crate) fn poll_ready(&self, cx: &mut Context<'_>, direction: Direction) -> Poll<()> {
        self.registration.learn(direction.into());
        ready!(self.poll_seen(cx, direction));
        Poll::Ready(())
    }

    #[track_caller]
    fn poll_seen(&self, cx: &mut Context<'_>, direction: Direction) -> Poll<Seen> {
        let mut by_hand = Some(WaiterId::BY_HAND);
        self.registration
            .poll_ready(cx, direction.into(), &mut by_hand)
    }

    /// Does `io`, a system call of ours, once it does not say "would block". Each
    /// future has a waiting place of its own. Dropping it loses nothing that `io` has
    /// not done.
    pub(crate) async fn async_io<R>(
        &self,
        direction: Direction,
        mut io: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        loop {
            let seen = self.registration.ready(direction.into()).await;
            if let Some(result) = self.attempt(direction, seen, &mut io) {
                return result;
            }
        }
    }

    /// As [`async_io`](Self::async_io) for code of the program, which may need either
    /// direction, and is called only when the source is ready.
    pub(crate) async fn async_io_for<R>(
        &self,
        interest: Interest,
        mut io: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        loop {
            self.ready(interest).await;
            let result = self.try_io(interest, &mut io);
            if !would_block(&result) {
                return result;
            }
        }
    }

    /// As [`async_io`](Self::async_io), for who polls by hand.
    #[track_caller]
    pub(crate) fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut io: impl FnMut(&T) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        loop {
            let seen = ready!(self.poll_seen(cx, direction));
            if let Some(result) = self.attempt(direction, seen, &mut io) {
                return Poll::Ready(result);
            }
        }
    }

    /// As [`poll_io`](Self::poll_io), of what may not be tried before the kernel has said
    /// that it is ready.
    #[track_caller]
    pub(crate) fn poll_io_if_ready<R>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        io: impl FnMut(&T) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        self.registration.learn(direction.into());
        self.poll_io(cx, direction, io)
    }

    /// As [`poll_io`](Self::poll_io) for a stream socket, where a short transfer means
    /// that the socket is empty, or full. `io` is a system call, and runs no code of the
    /// program.
    #[inline]
    #[track_caller]
    pub(crate) fn poll_transfer(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut io: impl FnMut(&T) -> io::Result<Moved>,
    ) -> Poll<io::Result<usize>> {
        let io = || io(&self.inner);
        self.registration.poll_transfer(cx, direction, io)
    }

    /// Does `io`, which may be code of the program, if the source is ready for one of what
    /// is meant by `interest`: what it does to a source that is not, nobody knows.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if it is not ready, or `io` says so; what else `io` gives.
    #[track_caller]
    pub(crate) fn try_io_if_ready<R>(
        &self,
        interest: Interest,
        io: impl FnOnce(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        learn_at(&self.registration, interest);
        self.try_io(interest, io)
    }

    /// As [`try_io_if_ready`](Self::try_io_if_ready), of code that may change what is
    /// waited for, but not its descriptor.
    #[track_caller]
    pub(super) fn try_io_if_ready_mut<R>(
        &mut self,
        interest: Interest,
        io: impl FnOnce(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        learn_at(&self.registration, interest);
        let Some(seen) = self.look(interest) else {
            return Err(io::ErrorKind::WouldBlock.into());
        };
        let result = io(&mut self.inner);
        if would_block(&result) {
            self.clear(seen);
        }
        result
    }

    /// Does `io`, a system call of ours, unless the source is known not to be ready for
    /// any of what is meant by `interest`.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if it is known not to be ready, or `io` says so; what else `io`
    /// gives.
    #[track_caller]
    pub(crate) fn try_io<R>(
        &self,
        interest: Interest,
        io: impl FnOnce(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        let Some(seen) = self.look(interest) else {
            return Err(io::ErrorKind::WouldBlock.into());
        };
        let result = io(&self.inner);
        if would_block(&result) {
            self.clear(seen);
        }
        result
    }

    /// What it is ready for now, of what is meant by `interest`.
    #[track_caller]
    pub(super) fn look(&self, interest: Interest) -> Option<Sighting> {
        let mut seen = Wanted::ALL.map(|_| None);
        // No closure: it would have a panic's place here.
        for (place, wanted) in seen.iter_mut().zip(Wanted::ALL) {
            if interest.wants(wanted) {
                *place = self.registration.look(wanted);
            }
        }
        let is_any = seen.iter().any(Option::is_some);
        is_any.then_some(Sighting(seen))
    }

    /// What is known of it, of what is meant by `interest`.
    #[track_caller]
    pub(super) fn known(&self, interest: Interest) -> Ready {
        self.registration.known(interest)
    }

    /// An operation has said "would block" after it was `seen` to be ready.
    pub(super) fn clear(&self, seen: Sighting) {
        for (wanted, seen) in Wanted::ALL.into_iter().zip(seen.0) {
            if let Some(seen) = seen {
                self.registration.clear(wanted, seen);
            }
        }
    }

    /// `None` says that it would block: look again. A signal that comes in between
    /// is no reason to.
    fn attempt<R>(
        &self,
        direction: Direction,
        seen: Seen,
        io: &mut impl FnMut(&T) -> io::Result<R>,
    ) -> Option<io::Result<R>> {
        loop {
            let result = io(&self.inner);
            if would_block(&result) {
                self.registration.clear(direction.into(), seen);
                return None;
            }
            if !matches!(&result, Err(error) if error.kind() == io::ErrorKind::Interrupted) {
                return Some(result);
            }
        }
    }
}

async fn ready_at(registration: &Registration, interest: Interest) -> Ready {
    learn_at(registration, interest);
    let mut waits = Wanted::ALL.map(|wanted| {
        let is_wanted = interest.wants(wanted);
        is_wanted.then(|| registration.ready(wanted))
    });
    poll_fn(|cx| {
        // All are polled, so that all wait.
        let mut came = Poll::Pending;
        for side in waits.iter_mut().flatten() {
            if Pin::new(side).poll(cx).is_ready() {
                came = Poll::Ready(());
            }
        }
        came
    })
    .await;
    registration.known(interest)
}

/// Has the kernel asked about what is meant by `interest`, as far as nobody has yet.
#[track_caller]
fn learn_at(registration: &Registration, interest: Interest) {
    for wanted in Wanted::ALL {
        if interest.wants(wanted) {
            registration.learn(wanted);
        }
    }
}

fn would_block<R>(result: &io::Result<R>) -> bool {
    matches!(result, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

impl<T: AsFd> AsFd for Source<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

impl<T: fmt::Debug> fmt::Debug for Source<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
