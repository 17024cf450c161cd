//! What is known of one source: what it is ready for, and who waits.
//!
//! Owns the ready set and the waiting slots. The reactor sets, a source's
//! futures look, wait and clear. Everything happens on one thread, so this is a
//! plain struct.
//!
//! # What nobody has asked yet
//!
//! mio tells of a new source at the loop's next look. Until somebody knows, the
//! sides of a source that we operate on are [unasked](Seen::UNASKED), each for itself.
//! To an operation that is as good as ready: it goes to the kernel, and the system
//! call finds out. Whoever waits for readiness alone, or asks what it is, has the
//! kernel [asked](Readiness::learn) before, so nobody is told of one that is none.
//!
//! What the program operates on by itself ([`First::Told`]) is never unasked: what its
//! code does to a descriptor that is not ready, we don't know.
//!
//! # When a short transfer means "empty"
//!
//! mio tells of a change once. A read that gives less than there was room for
//! has emptied a stream socket, so the readiness can be cleared without asking
//! again: what comes later is a change, and is told. There are two exceptions,
//! and [`transfer`](Readiness::transfer) keeps the readiness for both:
//!
//! 1. *The end has come, or an error*: it was told together with the last data,
//!    and is not told again. The next read finds it.
//! 2. *Urgent data is on its way*: a read stops short at its mark, with more
//!    behind it. mio tells of it on Linux alone; elsewhere the kernel is asked.
//!
//! The same holds for a short write and a full socket. Where a read may stop short
//! for other reasons (datagrams; a Unix stream whose [`Moved`] says so) only
//! "would block" clears; and so it is while a side is unasked, of which either may
//! have come without a sign.

mod rare;

use std::io;
use std::os::fd::RawFd;
use std::task::{Poll, Waker};

use mio::Interest;

use super::told::{Signs, Told, Wanted};
pub(crate) use crate::record::ids::Direction;
use crate::sys::poll::without_urgent;
use crate::sys::socket::Moved;
use crate::sys::urgent;
use rare::Rare;

/// The readiness that a future has seen: the number of the event that set it.
/// Only [`Readiness::clear`] with the same number clears it, so an event that
/// came between the look and the clear is not lost. The number is 64 bits and
/// never wraps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Seen(u64);

impl Seen {
    /// Neither an event nor an operation has told yet. Events are numbered from 1.
    const UNASKED: Self = Self(0);

    pub(crate) fn is_told(self) -> bool {
        self != Self::UNASKED
    }
}

/// How the first operation on a new source knows that it may be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum First {
    /// It is tried.
    Tried,
    /// mio has told.
    Told,
}

/// Names one future that waits at a source, for as long as it lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct WaiterId(u64);

impl WaiterId {
    /// Whoever polls by hand, without a future that could say when it is dropped:
    /// they share one place, so only the latest is woken.
    pub(crate) const BY_HAND: Self = Self(0);
}

pub(crate) struct Readiness {
    read: Side,
    write: Side,
    /// `None` until somebody asks for one of them: few ever do.
    rare: Option<Box<Rare>>,
    /// None of them is ever taken back, except an error: the operation that meets it
    /// takes it, and one that would block says that there is none. To believe in it
    /// until then costs one system call more at a short transfer.
    signs: Signs,
    /// What the source is registered for.
    interest: Interest,
    /// How many futures have waited: gives their names.
    waited: u64,
}

#[derive(Default)]
struct Side {
    /// The event that made it ready, or that nobody has asked; `None` when known not
    /// to be.
    ready: Option<Seen>,
    /// Whom to wake. One place, as nearly always one task reads a source...
    waiting: Option<Waiter>,
    /// ...and room for others, since nothing forbids more.
    more_waiting: Vec<Waiter>,
}

struct Waiter {
    id: WaiterId,
    waker: Waker,
}

impl Readiness {
    /// Of a new source, which is registered for so much.
    pub(super) fn new(interest: Interest, first: First) -> Self {
        let side = |is_wanted: bool| Side {
            ready: (is_wanted && first == First::Tried).then_some(Seen::UNASKED),
            ..Side::default()
        };
        Self {
            read: side(interest.is_readable()),
            write: side(interest.is_writable()),
            rare: None,
            signs: Signs::default(),
            interest,
            waited: 0,
        }
    }

    /// Asks the kernel about an unasked side of `fd`, which counts as an event of this
    /// number. Whether it is ready, as was not known before.
    pub(super) fn learn(&mut self, wanted: Wanted, fd: RawFd, event: u64) -> bool {
        if self.side(wanted).ready != Some(Seen::UNASKED) {
            return false;
        }
        // It fails only without memory. Then mio tells, at the next look.
        let told = Told::now(fd, self.interest).unwrap_or_default();
        self.note(told.signs);
        let is_ready = told.has(wanted);
        self.side(wanted).ready = is_ready.then_some(Seen(event));
        if wanted == Wanted::Urgent {
            self.rare().is_urgent = told.signs.urgent;
        }
        is_ready
    }

    #[inline]
    fn side(&mut self, wanted: Wanted) -> &mut Side {
        match wanted {
            Wanted::Read => &mut self.read,
            Wanted::Write => &mut self.write,
            Wanted::Urgent => &mut self.rare().urgent,
            Wanted::Error => &mut self.rare().error,
        }
    }

    /// Who waits.
    pub(super) fn waiters(&self, wanted: Wanted) -> impl Iterator<Item = &Waker> {
        let rare = self.rare.as_ref();
        let side = match wanted {
            Wanted::Read => Some(&self.read),
            Wanted::Write => Some(&self.write),
            Wanted::Urgent => rare.map(|rare| &rare.urgent),
            Wanted::Error => rare.map(|rare| &rare.error),
        };
        let waiters = side.into_iter().flat_map(|side| {
            let waiters = side.waiting.iter();
            waiters.chain(&side.more_waiting)
        });
        waiters.map(|waiter| &waiter.waker)
    }

    /// An event has come: marks the direction ready and moves out who waits.
    pub(super) fn set(&mut self, direction: Direction, event: u64, woken: &mut Vec<Waker>) {
        self.side(direction.into()).set(event, woken);
    }

    /// An event has said so much about the source, whatever the direction.
    pub(super) fn note(&mut self, signs: Signs) {
        self.signs |= signs;
    }

    pub(super) fn signs(&self) -> Signs {
        self.signs
    }

    /// What it is registered for and not ready for.
    pub(super) fn not_ready(&self) -> Option<Interest> {
        let mut rest = Some(self.interest);
        if self.read.ready.is_some() {
            rest = rest.and_then(|rest| rest.remove(Interest::READABLE));
        }
        if self.write.ready.is_some() {
            rest = rest.and_then(|rest| rest.remove(Interest::WRITABLE));
        }
        if !self.wants_urgent() {
            rest = rest.and_then(without_urgent);
        }
        rest
    }

    /// Looks without waiting. What is unasked counts as ready.
    pub(super) fn look(&mut self, wanted: Wanted) -> Option<Seen> {
        self.side(wanted).ready
    }

    /// Looks; if not ready, waits under the name in `waiter`, which is given here
    /// the first time. Register before return: the caller's task is woken by the
    /// next event. A waker that is not needed comes back to be dropped outside
    /// the borrow.
    pub(super) fn poll(
        &mut self,
        wanted: Wanted,
        waiter: &mut Option<WaiterId>,
        waker: Waker,
    ) -> (Poll<Seen>, Option<Waker>) {
        if let Some(seen) = self.side(wanted).ready {
            return (Poll::Ready(seen), Some(waker));
        }
        let id = *waiter.get_or_insert_with(|| {
            self.waited += 1;
            WaiterId(self.waited)
        });
        (Poll::Pending, self.side(wanted).wait(id, waker))
    }

    /// The future of that name is gone; its waker is to be dropped outside the
    /// borrow.
    pub(super) fn forget(&mut self, wanted: Wanted, waiter: WaiterId) -> Option<Waker> {
        self.side(wanted).forget(waiter)
    }

    /// The operation would block: not ready any more, unless a newer event says
    /// otherwise.
    pub(super) fn clear(&mut self, wanted: Wanted, seen: Seen) {
        if self.side(wanted).ready != Some(seen) {
            return;
        }
        match wanted {
            Wanted::Read | Wanted::Write => self.signs.error = false,
            Wanted::Urgent => {
                self.rare().is_urgent = false;
                if self.signs.read_closed {
                    // Nothing else is to be told of it any more.
                    return;
                }
            }
            Wanted::Error => {}
        }
        self.side(wanted).ready = None;
    }

    /// Moves bytes through the stream socket `fd`, if it is ready: `io` does. `None` says
    /// that it must be waited for. See the head of this file for what a short transfer
    /// means.
    ///
    /// Nothing else happens meanwhile, so no event can come between the look and the
    /// clear.
    pub(super) fn transfer(
        &mut self,
        direction: Direction,
        fd: RawFd,
        mut io: impl FnMut() -> io::Result<Moved>,
    ) -> Option<io::Result<usize>> {
        let signs = self.signs;
        let side = self.side(direction.into());
        side.ready?;
        let result = loop {
            match io() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        match &result {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                side.ready = None;
                self.signs.error = false;
                return None;
            }
            Ok(moved) if moved.is_short => {
                let more_is_there = signs.error
                    || match direction {
                        Direction::Read => {
                            signs.read_closed || signs.urgent || urgent::has_stopped_a_read(fd)
                        }
                        Direction::Write => signs.write_closed,
                    };
                if !more_is_there && side.ready != Some(Seen::UNASKED) {
                    side.ready = None;
                }
            }
            _ => {}
        }
        Some(result.map(|moved| moved.length))
    }
}

impl Side {
    #[inline]
    fn set(&mut self, event: u64, woken: &mut Vec<Waker>) {
        self.ready = Some(Seen(event));
        // One by one and not as one iterator over both: this is done for every
        // event, and nearly always there is one at most.
        if let Some(waiter) = self.waiting.take() {
            woken.push(waiter.waker);
        }
        if !self.more_waiting.is_empty() {
            self.set_more(woken);
        }
    }

    fn wait(&mut self, id: WaiterId, waker: Waker) -> Option<Waker> {
        let mut places = self.waiting.iter_mut().chain(&mut self.more_waiting);
        if let Some(place) = places.find(|place| place.id == id) {
            return Some(std::mem::replace(&mut place.waker, waker));
        }
        let waiter = Waiter { id, waker };
        match &self.waiting {
            None => self.waiting = Some(waiter),
            Some(_) => self.more_waiting.push(waiter),
        }
        None
    }

    fn forget(&mut self, id: WaiterId) -> Option<Waker> {
        let waiter = match self.waiting.take_if(|waiter| waiter.id == id) {
            Some(waiter) => waiter,
            None => {
                let place = self.more_waiting.iter().position(|other| other.id == id)?;
                self.more_waiting.remove(place)
            }
        };
        Some(waiter.waker)
    }
}

#[cfg(test)]
mod tests;
