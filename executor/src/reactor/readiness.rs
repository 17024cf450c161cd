//! What is known of one source: what it is ready for, and who waits.
//!
//! Owns the ready set and the waiting slots. The reactor sets, a source's
//! futures look, wait and clear. Everything happens on one thread, so this is a
//! plain struct.

use std::task::{Poll, Waker};

/// Which way data flows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Direction {
    Read,
    Write,
}

/// The readiness that a future has seen: the number of the event that set it.
/// Only [`Readiness::clear`] with the same number clears it, so an event that
/// came between the look and the clear is not lost. The number is 64 bits and
/// never wraps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Seen(u64);

/// Names one future that waits at a source, for as long as it lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct WaiterId(u64);

impl WaiterId {
    /// Whoever polls by hand, without a future that could say when it is dropped:
    /// they share one place, so only the latest is woken.
    pub(crate) const BY_HAND: Self = Self(0);
}

#[derive(Default)]
pub(crate) struct Readiness {
    read: Side,
    write: Side,
    /// How many futures have waited: gives their names.
    waited: u64,
}

#[derive(Default)]
struct Side {
    /// The event that made it ready; `None` when known not to be.
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
    fn side(&mut self, direction: Direction) -> &mut Side {
        match direction {
            Direction::Read => &mut self.read,
            Direction::Write => &mut self.write,
        }
    }

    /// An event has come: marks the direction ready and moves out who waits.
    pub(super) fn set(&mut self, direction: Direction, event: u64, woken: &mut Vec<Waker>) {
        let side = self.side(direction);
        side.ready = Some(Seen(event));
        let waiting = side.waiting.take().into_iter();
        let waiting = waiting.chain(side.more_waiting.drain(..));
        woken.extend(waiting.map(|waiter| waiter.waker));
    }

    /// Looks; if not ready, waits under the name in `waiter`, which is given here
    /// the first time. Register before return: the caller's task is woken by the
    /// next event. A waker that is not needed comes back to be dropped outside
    /// the borrow.
    pub(super) fn poll(
        &mut self,
        direction: Direction,
        waiter: &mut Option<WaiterId>,
        waker: Waker,
    ) -> (Poll<Seen>, Option<Waker>) {
        if let Some(seen) = self.side(direction).ready {
            return (Poll::Ready(seen), Some(waker));
        }
        let id = *waiter.get_or_insert_with(|| {
            self.waited += 1;
            WaiterId(self.waited)
        });
        (Poll::Pending, self.side(direction).wait(id, waker))
    }

    /// The future of that name is gone; its waker is to be dropped outside the
    /// borrow.
    pub(super) fn forget(&mut self, direction: Direction, waiter: WaiterId) -> Option<Waker> {
        self.side(direction).forget(waiter)
    }

    /// The operation would block: not ready any more, unless a newer event says
    /// otherwise.
    pub(super) fn clear(&mut self, direction: Direction, seen: Seen) {
        let side = self.side(direction);
        if side.ready == Some(seen) {
            side.ready = None;
        }
    }
}

impl Side {
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
