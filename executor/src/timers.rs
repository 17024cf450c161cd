//! Deadlines in order.
//!
//! Owns every armed timer of a runtime. `time/` arms, moves and disarms them; the
//! loop asks for the next deadline and expires what is due. Timers of one deadline
//! fire in the order in which they were armed.
//!
//! A heap of 16-byte entries, and a slab with the wakers. Disarming leaves the
//! entry behind, dead, so that no entry needs to know its place and moving one
//! touches no memory but the heap's. Dead entries go when they come to the front,
//! or all at once when there are more of them than of living ones; either way each
//! is paid for by the arming that made it. A wheel would round deadlines to its
//! ticks, which the promise of nanoseconds forbids.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::task::Waker;

use slab::Slab;

use crate::clock::{FAR_FUTURE, Nanos};

/// Dead entries that are not worth a sweep: they fill a page.
const FEW: usize = 256;

/// Names one armed timer. A timer that fired or was disarmed leaves its key
/// stale; the generation tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimerKey {
    slot: u32,
    generation: u32,
}

impl TimerKey {
    /// How many timers had been armed with it, from where its runtime counts.
    pub(crate) fn armed(self) -> u32 {
        self.generation
    }
}

pub(crate) struct Timers {
    /// The front one is alive: every method that could change that trims.
    heap: BinaryHeap<Reverse<Entry>>,
    slots: Slab<Slot>,
    /// Counts the timers that were ever armed. Wraps after two billion at the
    /// earliest: only timers of one deadline that were armed on both sides of that
    /// could swap places.
    armed: u32,
}

/// Compared in the order of the fields.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    deadline: Nanos,
    /// Order of arming, and generation: dead if the slot's is another.
    armed: u32,
    slot: u32,
}

struct Slot {
    generation: u32,
    waker: Waker,
}

impl Timers {
    /// Counts on from `armed`.
    pub(crate) fn counting_from(armed: u32) -> Self {
        let (heap, slots) = (BinaryHeap::new(), Slab::new());
        Self { heap, slots, armed }
    }

    /// Arms a timer that wakes `waker` when `deadline` has come.
    pub(crate) fn arm(&mut self, deadline: Nanos, waker: Waker) -> TimerKey {
        self.armed = self.armed.wrapping_add(1);
        let generation = self.armed;
        let slot = self.slots.insert(Slot { generation, waker }) as u32;
        self.heap.push(Reverse(Entry {
            deadline,
            armed: generation,
            slot,
        }));
        TimerKey { slot, generation }
    }

    /// Makes an armed timer wake `waker` instead; the old waker comes back to
    /// be dropped outside the borrow. If the timer has fired, `waker` does.
    pub(crate) fn set_waker(&mut self, key: TimerKey, waker: Waker) -> Result<Waker, Waker> {
        match self.slots.get_mut(key.slot as usize) {
            Some(slot) if slot.generation == key.generation => {
                Ok(std::mem::replace(&mut slot.waker, waker))
            }
            _ => Err(waker),
        }
    }

    /// Takes a timer out before it fires; its waker is to be dropped outside
    /// the borrow.
    pub(crate) fn disarm(&mut self, key: TimerKey) -> Option<Waker> {
        if !is_alive(&self.slots, key.slot, key.generation) {
            return None;
        }
        let waker = self.slots.remove(key.slot as usize).waker;
        let dead = self.heap.len() - self.slots.len();
        if dead > FEW + self.slots.len() {
            let slots = &self.slots;
            self.heap
                .retain(|Reverse(entry)| is_alive(slots, entry.slot, entry.armed));
        }
        self.trim();
        Some(waker)
    }

    /// The earliest deadline, if one comes at all.
    pub(crate) fn next(&self) -> Option<Nanos> {
        let earliest = self.heap.peek().map(|Reverse(entry)| entry.deadline);
        earliest.filter(|&deadline| deadline < FAR_FUTURE)
    }

    /// Takes out the earliest timer if it is due at `now`; its waker is to be
    /// woken outside the borrow.
    pub(crate) fn expire(&mut self, now: Nanos) -> Option<(TimerKey, Waker)> {
        let Reverse(first) = *self.heap.peek()?;
        if first.deadline > now {
            return None;
        }
        self.heap.pop();
        let waker = self.slots.remove(first.slot as usize).waker;
        self.trim();
        let (slot, generation) = (first.slot, first.armed);
        Some((TimerKey { slot, generation }, waker))
    }

    /// The armed timers, in no order: their deadlines, and who waits.
    pub(crate) fn armed(&self) -> impl Iterator<Item = (TimerKey, Nanos, &Waker)> {
        self.heap.iter().filter_map(|Reverse(entry)| {
            let slot = self.slots.get(entry.slot as usize)?;
            let (slot_index, generation) = (entry.slot, entry.armed);
            let key = TimerKey {
                slot: slot_index,
                generation,
            };
            (slot.generation == generation).then_some((key, entry.deadline, &slot.waker))
        })
    }

    /// Drops dead entries from the front.
    fn trim(&mut self) {
        while let Some(Reverse(first)) = self.heap.peek()
            && !is_alive(&self.slots, first.slot, first.armed)
        {
            self.heap.pop();
        }
    }
}

fn is_alive(slots: &Slab<Slot>, slot: u32, generation: u32) -> bool {
    slots
        .get(slot as usize)
        .is_some_and(|slot| slot.generation == generation)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deadlines(timers: &mut Timers, until: Nanos) -> Vec<Nanos> {
        let mut fired = Vec::new();
        while let Some(next) = timers.next().filter(|&next| next <= until) {
            assert!(timers.expire(until).is_some());
            fired.push(next);
        }
        assert!(timers.expire(until).is_none());
        fired
    }

    #[test]
    fn timers_fire_in_order_of_deadline_and_disarmed_ones_do_not() {
        let mut timers = Timers::counting_from(0);
        // A fixed scatter: 7919 is prime to 1000.
        let keys: Vec<_> = (0..1000)
            .map(|i| timers.arm(i * 7919 % 1000, Waker::noop().clone()))
            .collect();
        for key in keys.iter().skip(1).step_by(2) {
            assert!(timers.disarm(*key).is_some());
            assert!(timers.disarm(*key).is_none());
        }
        let mut expected: Vec<_> = (0..1000).step_by(2).map(|i| i * 7919 % 1000).collect();
        expected.sort_unstable();
        let early = expected
            .iter()
            .copied()
            .filter(|&d| d <= 400)
            .collect::<Vec<_>>();
        assert_eq!(deadlines(&mut timers, 400), early);
        assert_eq!(deadlines(&mut timers, 1000), expected[early.len()..]);
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn a_timer_is_not_due_one_nanosecond_before_its_deadline() {
        let mut timers = Timers::counting_from(0);
        timers.arm(10, Waker::noop().clone());
        assert!(timers.expire(9).is_none());
        assert!(timers.expire(10).is_some());
    }

    #[test]
    fn a_key_is_stale_after_the_timer_fired_and_its_slot_has_a_new_one() {
        let mut timers = Timers::counting_from(0);
        let old = timers.arm(1, Waker::noop().clone());
        assert!(timers.expire(1).is_some());
        timers.arm(2, Waker::noop().clone());
        assert!(timers.set_waker(old, Waker::noop().clone()).is_err());
        assert!(timers.disarm(old).is_none());
        assert_eq!(timers.next(), Some(2));
    }

    #[test]
    fn a_million_timers_armed_and_disarmed_behind_a_living_one_leave_no_heap_of_dead_ones() {
        let mut timers = Timers::counting_from(0);
        timers.arm(1, Waker::noop().clone());
        for deadline in 2..1_000_000 {
            let key = timers.arm(deadline, Waker::noop().clone());
            assert!(timers.disarm(key).is_some());
            assert!(timers.heap.len() <= 2 * FEW);
        }
        assert_eq!(deadlines(&mut timers, 1_000_000), [1]);
    }

    #[test]
    fn timers_of_one_deadline_fire_in_the_order_of_their_arming() {
        use std::sync::{Arc, Mutex};
        struct Note(usize, Arc<Mutex<Vec<usize>>>);
        impl std::task::Wake for Note {
            fn wake(self: Arc<Self>) {
                self.1.lock().unwrap().push(self.0);
            }
        }
        let fired = Arc::new(Mutex::new(Vec::new()));
        let mut timers = Timers::counting_from(0);
        for number in 0..100 {
            timers.arm(7, Waker::from(Arc::new(Note(number, fired.clone()))));
        }
        while let Some((_, waker)) = timers.expire(7) {
            waker.wake();
        }
        assert_eq!(*fired.lock().unwrap(), (0..100).collect::<Vec<_>>());
    }
}
