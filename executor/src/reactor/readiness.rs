//! What is known of one source: what it is ready for, and who waits.
//!
//! Owns the ready set and the waiting slots. The reactor sets, a source's
//! futures look, wait and clear. Everything happens on one thread, so this is a
//! plain struct.
//!
//! # When a short transfer means "empty"
//!
//! epoll tells of a change once. A read that gives less than there was room for
//! has emptied a stream socket, so the readiness can be cleared without asking
//! again: what comes later is a change, and is told. There are two exceptions,
//! and [`transfer`](Readiness::transfer) keeps the readiness for both:
//!
//! 1. *The end has come, or an error*: it was told together with the last data,
//!    and is not told again. The next read finds it.
//! 2. *Urgent data is on its way*: a read stops short at its mark, with more
//!    behind it.
//!
//! The same holds for a short write and a full socket. Where a read may stop short
//! for other reasons (datagrams, Unix streams with descriptors in them) only
//! "would block" clears.

use std::io;
use std::ops::BitOrAssign;
use std::task::{Poll, Waker};

pub(crate) use crate::ids::Direction;

/// A system call moves no more than this, however much there is and fits: read(2).
const MOST_AT_ONCE: usize = 0x7fff_f000;

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

/// What an event says, or all of a source's events so far.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Signs {
    /// The peer sends no more, or the source is gone altogether.
    pub(crate) read_closed: bool,
    /// Nothing more can be sent.
    pub(crate) write_closed: bool,
    /// An operation will fail.
    pub(crate) error: bool,
    /// Urgent data.
    pub(crate) urgent: bool,
}

impl BitOrAssign for Signs {
    fn bitor_assign(&mut self, other: Self) {
        self.read_closed |= other.read_closed;
        self.write_closed |= other.write_closed;
        self.error |= other.error;
        self.urgent |= other.urgent;
    }
}

#[derive(Default)]
pub(crate) struct Readiness {
    read: Side,
    write: Side,
    /// None of them is ever taken back, except an error: the operation that meets it
    /// takes it, and one that would block says that there is none. To believe in it
    /// until then costs one system call more at a short transfer.
    signs: Signs,
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

    /// Who waits.
    pub(super) fn waiters(&self, direction: Direction) -> impl Iterator<Item = &Waker> {
        let side = match direction {
            Direction::Read => &self.read,
            Direction::Write => &self.write,
        };
        let waiters = side.waiting.iter().chain(&side.more_waiting);
        waiters.map(|waiter| &waiter.waker)
    }

    /// An event has come: marks the direction ready and moves out who waits.
    pub(super) fn set(&mut self, direction: Direction, event: u64, woken: &mut Vec<Waker>) {
        let side = self.side(direction);
        side.ready = Some(Seen(event));
        // One by one and not as one iterator over both: this is done for every
        // event, and nearly always there is one at most.
        if let Some(waiter) = side.waiting.take() {
            woken.push(waiter.waker);
        }
        if !side.more_waiting.is_empty() {
            woken.extend(side.more_waiting.drain(..).map(|waiter| waiter.waker));
        }
    }

    /// An event has said so much about the source, whatever the direction.
    pub(super) fn note(&mut self, signs: Signs) {
        self.signs |= signs;
    }

    pub(super) fn signs(&self) -> Signs {
        self.signs
    }

    /// Looks without waiting.
    pub(super) fn look(&mut self, direction: Direction) -> Option<Seen> {
        self.side(direction).ready
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
            self.signs.error = false;
        }
    }

    /// Moves bytes through a stream socket, if it is ready: `io` does, and says how
    /// many of the `room` there is for. `None` says that it must be waited for. See
    /// the head of this file for what a short transfer means.
    ///
    /// Nothing else happens meanwhile, so no event can come between the look and the
    /// clear.
    pub(super) fn transfer(
        &mut self,
        direction: Direction,
        room: usize,
        mut io: impl FnMut() -> io::Result<usize>,
    ) -> Option<io::Result<usize>> {
        let signs = self.signs;
        let side = self.side(direction);
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
            Ok(moved) if 0 < *moved && *moved < room.min(MOST_AT_ONCE) => {
                let more_is_there = signs.error
                    || match direction {
                        Direction::Read => signs.read_closed || signs.urgent,
                        Direction::Write => signs.write_closed,
                    };
                if !more_is_there {
                    side.ready = None;
                }
            }
            _ => {}
        }
        Some(result)
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

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: usize = 64;

    /// A source ready in both directions, of which its events have said so much.
    fn ready(signs: Signs) -> Readiness {
        let mut readiness = Readiness::default();
        readiness.note(signs);
        readiness.set(Direction::Read, 1, &mut Vec::new());
        readiness.set(Direction::Write, 1, &mut Vec::new());
        readiness
    }

    /// Whether it is still ready after a transfer that moved so much.
    fn stays(signs: Signs, direction: Direction, moved: usize) -> bool {
        let mut readiness = ready(signs);
        let result = readiness.transfer(direction, ROOM, || Ok(moved));
        assert_eq!(result.unwrap().unwrap(), moved);
        readiness.look(direction).is_some()
    }

    #[test]
    fn a_short_transfer_clears_its_direction_and_a_full_one_or_the_end_does_not() {
        for direction in [Direction::Read, Direction::Write] {
            let nothing = Signs::default();
            assert!(!stays(nothing, direction, ROOM - 1));
            assert!(stays(nothing, direction, ROOM));
            assert!(stays(nothing, direction, 0));
        }
        let mut readiness = ready(Signs::default());
        readiness.transfer(Direction::Read, usize::MAX, || Ok(MOST_AT_ONCE));
        assert!(readiness.look(Direction::Read).is_some());
        readiness.transfer(Direction::Read, ROOM, || Ok(1));
        assert!(readiness.look(Direction::Write).is_some());
    }

    #[test]
    fn a_short_transfer_before_the_end_an_error_or_urgent_data_clears_nothing() {
        let none = Signs::default();
        let error = Signs {
            error: true,
            ..none
        };
        let read_closed = Signs {
            read_closed: true,
            ..none
        };
        let write_closed = Signs {
            write_closed: true,
            ..none
        };
        let urgent = Signs {
            urgent: true,
            ..none
        };
        for signs in [error, read_closed, urgent] {
            assert!(stays(signs, Direction::Read, 1), "{signs:?}");
        }
        for signs in [error, write_closed] {
            assert!(stays(signs, Direction::Write, 1), "{signs:?}");
        }
        assert!(!stays(write_closed, Direction::Read, 1));
        assert!(!stays(read_closed, Direction::Write, 1));
    }

    #[test]
    fn a_transfer_that_would_block_is_to_be_waited_for_and_an_interrupted_one_is_repeated() {
        let error = true;
        let mut readiness = ready(Signs {
            error,
            ..Signs::default()
        });
        let mut answers = [
            io::ErrorKind::Interrupted,
            io::ErrorKind::Interrupted,
            io::ErrorKind::WouldBlock,
        ]
        .into_iter();
        let mut io = || Err(answers.next().expect("asked no more").into());
        assert!(readiness.transfer(Direction::Read, ROOM, &mut io).is_none());
        assert!(readiness.look(Direction::Read).is_none());
        assert!(!readiness.signs().error, "it would have been met");
        // Not ready: nothing is tried.
        assert!(readiness.transfer(Direction::Read, ROOM, &mut io).is_none());
        assert_eq!(answers.len(), 0);
    }
}
