//! Deadlines in order.
//!
//! Owns every armed timer of a runtime. `time.rs` arms, moves and disarms them;
//! the loop asks for the next deadline and expires what is due. Timers of one
//! deadline fire in the order in which they were armed.
//!
//! A four-way heap of (deadline, order of arming), and a slab that finds a
//! timer's place in it: arming the latest deadline, the usual case, is a push
//! and one comparison; disarming needs no search; and a million timers take
//! 56 bytes each. A wheel would round deadlines to its ticks, which the promise
//! of nanoseconds forbids.

use std::task::Waker;

use slab::Slab;

use crate::clock::{FAR_FUTURE, Nanos};

/// Children of each heap node. Four of the 24-byte entries share two cache
/// lines, and the heap is half as deep as a binary one.
const WIDTH: usize = 4;

/// Names one armed timer. A timer that fired or was disarmed leaves its key
/// stale; the generation tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimerKey {
    slot: u32,
    generation: u32,
}

pub(crate) struct Timers {
    heap: Vec<Entry>,
    slots: Slab<Slot>,
    /// How many timers were ever armed: the order among equal deadlines.
    armed: u64,
}

#[derive(Clone, Copy)]
struct Entry {
    deadline: Nanos,
    order: u64,
    slot: u32,
}

struct Slot {
    generation: u32,
    /// Where its entry is in the heap; kept right by every move there.
    place: u32,
    waker: Waker,
}

impl Entry {
    fn before(&self, other: &Self) -> bool {
        (self.deadline, self.order) < (other.deadline, other.order)
    }
}

impl Timers {
    pub(crate) fn new() -> Self {
        let (heap, slots) = (Vec::new(), Slab::new());
        Self {
            heap,
            slots,
            armed: 0,
        }
    }

    /// Arms a timer that wakes `waker` when `deadline` has come.
    pub(crate) fn arm(&mut self, deadline: Nanos, waker: Waker) -> TimerKey {
        self.armed += 1;
        let generation = self.armed as u32;
        let place = self.heap.len();
        let slot = self.slots.insert(Slot {
            generation,
            place: place as u32,
            waker,
        }) as u32;
        self.heap.push(Entry {
            deadline,
            order: self.armed,
            slot,
        });
        self.rise(place);
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
        let slot = self.slots.get(key.slot as usize)?;
        if slot.generation != key.generation {
            return None;
        }
        self.remove_entry(slot.place as usize);
        Some(self.slots.remove(key.slot as usize).waker)
    }

    /// The earliest deadline, if one comes at all.
    pub(crate) fn next(&self) -> Option<Nanos> {
        let earliest = self.heap.first().map(|entry| entry.deadline);
        earliest.filter(|&deadline| deadline < FAR_FUTURE)
    }

    /// Takes out the earliest timer if it is due at `now`; its waker is to be
    /// woken outside the borrow.
    pub(crate) fn expire(&mut self, now: Nanos) -> Option<Waker> {
        let first = *self.heap.first()?;
        if first.deadline > now {
            return None;
        }
        self.remove_entry(0);
        Some(self.slots.remove(first.slot as usize).waker)
    }

    fn remove_entry(&mut self, place: usize) {
        self.heap.swap_remove(place);
        if place < self.heap.len() {
            // The entry that came from the end may belong above or below.
            let place = self.rise(place);
            self.sink(place);
        }
    }

    fn put(&mut self, place: usize, entry: Entry) {
        self.heap[place] = entry;
        self.slots[entry.slot as usize].place = place as u32;
    }

    /// Moves the entry up to where it belongs; gives its place.
    fn rise(&mut self, mut place: usize) -> usize {
        let entry = self.heap[place];
        while place > 0 {
            let parent = (place - 1) / WIDTH;
            if !entry.before(&self.heap[parent]) {
                break;
            }
            self.put(place, self.heap[parent]);
            place = parent;
        }
        self.put(place, entry);
        place
    }

    /// Moves the entry down to where it belongs.
    fn sink(&mut self, mut place: usize) {
        let entry = self.heap[place];
        loop {
            let children = place * WIDTH + 1;
            let end = (children + WIDTH).min(self.heap.len());
            let earliest = (children..end).reduce(|best, child| {
                match self.heap[child].before(&self.heap[best]) {
                    true => child,
                    false => best,
                }
            });
            match earliest {
                Some(child) if self.heap[child].before(&entry) => {
                    self.put(place, self.heap[child]);
                    place = child;
                }
                _ => break,
            }
        }
        self.put(place, entry);
    }
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
        let mut timers = Timers::new();
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
    fn a_key_is_stale_after_the_timer_fired_and_its_slot_has_a_new_one() {
        let mut timers = Timers::new();
        let old = timers.arm(1, Waker::noop().clone());
        assert!(timers.expire(1).is_some());
        timers.arm(2, Waker::noop().clone());
        assert!(timers.set_waker(old, Waker::noop().clone()).is_err());
        assert!(timers.disarm(old).is_none());
        assert_eq!(timers.next(), Some(2));
    }
}
