//! Where the ring is: the loop's own, or shared with who writes it in the loop's stead.
//!
//! Owns the lock around a shared ring. A process may end while its loop is in a poll, or
//! sleeps, and then another thread has to come by the records. So a ring whose records
//! go to a file is behind a lock, which costs the loop two atomic operations an event; a
//! ring that only the program asks for is not.

use std::sync::{Arc, PoisonError};

use super::Known;
use super::event::Record;
use super::ring::{Held, Ring};
use crate::sys::locks::{Mutex, MutexGuard};

/// Records that are copied in one go, while the loop may have to wait: some 20 µs.
const PART: usize = 4096;

pub(super) enum Kept {
    Own(Ring),
    Shared(SharedRing),
}

impl Kept {
    #[inline]
    pub(super) fn push(&mut self, record: Record) {
        match self {
            Self::Own(ring) => ring.push(record),
            Self::Shared(shared) => shared.lock().ring.push(record),
        }
    }

    /// So many events could not be kept for it.
    pub(super) fn miss(&mut self, events: u64) {
        match self {
            Self::Own(ring) => ring.miss(events),
            Self::Shared(shared) => shared.lock().ring.miss(events),
        }
    }

    /// There is more to know of what the records' numbers stand for.
    pub(super) fn know(&self, known: &Known) {
        if let Self::Shared(shared) = self {
            shared.lock().known = known.clone();
        }
    }

    /// How many records there ever were.
    pub(super) fn pushed(&self) -> u64 {
        match self {
            Self::Own(ring) => ring.pushed(),
            Self::Shared(shared) => shared.pushed(),
        }
    }

    /// A copy of what there is, and of what is `known` of it.
    pub(super) fn held(&mut self, known: &Known) -> (Held, Known) {
        match self {
            Self::Own(ring) => (ring.held(), known.within(ring.first())),
            Self::Shared(shared) => shared.lock().held(),
        }
    }
}

/// A ring that any thread may look at.
#[derive(Clone)]
pub(crate) struct SharedRing(Arc<Mutex<Inner>>);

pub(crate) struct Inner {
    ring: Ring,
    known: Known,
}

impl SharedRing {
    pub(super) fn new(size: usize, known: Known) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            ring: Ring::new(size),
            known,
        })))
    }

    /// What panics with it is a fault of ours, and leaves nothing half-done.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many records there ever were.
    pub(crate) fn pushed(&self) -> u64 {
        self.lock().ring.pushed()
    }

    /// While the guard lives, the loop stands still where it would record.
    pub(crate) fn stop(&self) -> MutexGuard<'_, Inner> {
        self.lock()
    }

    /// A copy of what there is now. The loop need not wait while it is made, for longer
    /// than for a part.
    pub(crate) fn copy(&self) -> (Held, Known) {
        let mut inner = self.lock();
        let (mut next, end) = (inner.ring.first(), inner.ring.pushed());
        let (mut held, known) = (inner.ring.held_before(), inner.known.within(next));
        drop(inner);
        held.records.reserve_exact((end - next) as usize);
        while next < end {
            let mut inner = self.lock();
            let many = PART.min((end - next) as usize);
            let Some(part) = inner.ring.part(next, many) else {
                // The loop was faster. Then it has to wait.
                return inner.held();
            };
            held.records.extend(part.cloned());
            next += many as u64;
        }
        (held, known)
    }
}

impl Inner {
    /// A copy of what there is.
    pub(crate) fn held(&mut self) -> (Held, Known) {
        (self.ring.held(), self.known.within(self.ring.first()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Recorder;
    use crate::record::event::Event;

    fn numbered(number: u64) -> Record {
        let event = Event::Turn { number };
        Record { at: number, event }
    }

    fn times(held: &Held) -> Vec<u64> {
        held.records.iter().map(|record| record.at).collect()
    }

    #[test]
    fn a_copy_in_parts_is_what_the_ring_holds() {
        for pushed in [0, 1, PART, PART + 1, 5 * PART] {
            let size = 3 * PART + 7;
            let shared = SharedRing::new(size, Known::default());
            let mut kept = Kept::Shared(shared.clone());
            kept.miss(2);
            for number in 0..pushed as u64 {
                kept.push(numbered(number));
            }
            let (copy, _) = shared.copy();
            let oldest = pushed.saturating_sub(size) as u64;
            assert_eq!(times(&copy), (oldest..pushed as u64).collect::<Vec<_>>());
            assert_eq!(copy.dropped, oldest + 2);
            let (all, _) = kept.held(&Known::default());
            assert_eq!((times(&all), all.dropped), (times(&copy), copy.dropped));
            assert_eq!(shared.pushed(), pushed as u64);
        }
    }

    #[test]
    fn a_ring_that_is_copied_while_it_is_filled_gives_no_record_twice_and_none_out_of_order() {
        // So small that it may overtake the copy.
        let shared = SharedRing::new(2 * PART, Known::default());
        let mut kept = Kept::Shared(shared.clone());
        let copies = std::thread::spawn(move || {
            let mut last = 0;
            while last < 50 * PART as u64 {
                let (held, _) = shared.copy();
                let times = times(&held);
                assert!(times.windows(2).all(|two| two[1] == two[0] + 1));
                last = times.last().copied().unwrap_or(0);
            }
        });
        let mut number = 0;
        while !copies.is_finished() {
            kept.push(numbered(number));
            number += 1;
        }
        copies.join().unwrap();
    }

    #[test]
    fn the_place_of_the_runtimes_end_is_that_among_the_records_that_are_kept() {
        let recorder = Recorder::of_nothing(0);
        let shared = recorder.share(PART);
        for number in 0..PART as u64 + 10 {
            recorder.record(Event::Turn { number });
        }
        recorder.runtime_ends();
        recorder.record(Event::Turn { number: 0 });
        for (held, known) in [recorder.held(), shared.copy()] {
            assert_eq!((held.records.len(), held.dropped), (PART, 11));
            assert_eq!(known.end(), Some(PART - 1), "the last is the end's first");
        }
    }

    #[test]
    fn the_loop_stands_still_while_it_is_stopped() {
        let shared = SharedRing::new(10, Known::default());
        let stopped = shared.stop();
        let its = shared.clone();
        let pushes = std::thread::spawn(move || {
            Kept::Shared(its).push(numbered(1));
        });
        assert!(!pushes.is_finished());
        assert_eq!(stopped.ring.pushed(), 0);
        drop(stopped);
        pushes.join().unwrap();
        assert_eq!(shared.pushed(), 1);
    }
}
