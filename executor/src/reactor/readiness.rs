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

#[derive(Default)]
pub(crate) struct Readiness {
    read: Side,
    write: Side,
}

#[derive(Default)]
struct Side {
    /// The event that made it ready; `None` when known not to be.
    ready: Option<Seen>,
    /// Whom to wake. One slot, as nearly always one task reads a source...
    waiting: Option<Waker>,
    /// ...and room for others, since nothing forbids more.
    more_waiting: Vec<Waker>,
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
        woken.extend(side.waiting.take());
        woken.append(&mut side.more_waiting);
    }

    /// Looks; if not ready, waits. Register before return: the caller's task is
    /// woken by the next event. A replaced waker comes back to be dropped
    /// outside the borrow.
    pub(super) fn poll(
        &mut self,
        direction: Direction,
        waker: Waker,
    ) -> (Poll<Seen>, Option<Waker>) {
        let side = self.side(direction);
        if let Some(seen) = side.ready {
            return (Poll::Ready(seen), Some(waker));
        }
        let replaced = side.wait(waker);
        (Poll::Pending, replaced)
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
    fn wait(&mut self, waker: Waker) -> Option<Waker> {
        match &mut self.waiting {
            None => {
                self.waiting = Some(waker);
                None
            }
            Some(first) if first.will_wake(&waker) => Some(waker),
            Some(_) => {
                if self
                    .more_waiting
                    .iter()
                    .any(|other| other.will_wake(&waker))
                {
                    return Some(waker);
                }
                self.more_waiting.push(waker);
                None
            }
        }
    }
}
