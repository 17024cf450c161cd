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

use crate::machine::clock::{FAR_FUTURE, Nanos};

/// Dead entries that are not worth a sweep: they fill a page.
const FEW: usize = 256;

/// After so many armings all dead entries are dropped, so that none is there when the
/// half of the count that it has comes again.
const SWEEP: u64 = 1 << 31;

/// How many counts there are: what a key has room for, 281 trillion.
const COUNTS: u64 = 1 << 48;

/// Names one armed timer. A timer that fired or was disarmed leaves its key
/// stale; the count tells.
// Packed, and its count in two parts, so that a sleep needs no word more for it: ten
// bytes leave room for the sleep's stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(Rust, packed(2))]
pub(crate) struct TimerKey {
    slot: u32,
    low: u32,
    high: u16,
}

impl TimerKey {
    fn new(slot: u32, count: u64) -> Self {
        let (low, high) = (count as u32, (count >> 32) as u16);
        Self { slot, low, high }
    }

    /// How many timers had been armed with it.
    fn count(self) -> u64 {
        u64::from(self.high) << 32 | u64::from(self.low)
    }

    /// As `count`, modulo four billion.
    pub(crate) fn armed(self) -> u32 {
        self.low
    }
}

#[derive(Default)]
pub(crate) struct Timers {
    /// The front one is alive: every method that could change that trims.
    heap: BinaryHeap<Reverse<Entry>>,
    slots: Slab<Slot>,
    /// Counts the timers that were ever armed, modulo [`COUNTS`].
    armed: u64,
}

/// Compared in the order of the fields.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    deadline: Nanos,
    /// The low half of the count. The order of arming: only timers of one deadline that
    /// were armed on both sides of a wrap could swap places. And dead if the slot's is
    /// another: see [`SWEEP`].
    armed: u32,
    slot: u32,
}

struct Slot {
    count: u64,
    waker: Waker,
}

impl Timers {
    /// Arms a timer that wakes `waker` when `deadline` has come.
    pub(crate) fn arm(&mut self, deadline: Nanos, waker: Waker) -> TimerKey {
        self.armed = (self.armed + 1) % COUNTS;
        let count = self.armed;
        if count.is_multiple_of(SWEEP) {
            self.sweep();
        }
        let slot = self.slots.insert(Slot { count, waker }) as u32;
        let key = TimerKey::new(slot, count);
        let armed = key.armed();
        self.heap.push(Reverse(Entry {
            deadline,
            armed,
            slot,
        }));
        key
    }

    /// Makes an armed timer wake `waker` instead; the old waker comes back to
    /// be dropped outside the borrow. If the timer has fired, `waker` does.
    pub(crate) fn set_waker(&mut self, key: TimerKey, waker: Waker) -> Result<Waker, Waker> {
        match self.slots.get_mut(key.slot as usize) {
            Some(slot) if slot.count == key.count() => {
                Ok(std::mem::replace(&mut slot.waker, waker))
            }
            _ => Err(waker),
        }
    }

    /// Takes a timer out before it fires; its waker is to be dropped outside
    /// the borrow.
    pub(crate) fn disarm(&mut self, key: TimerKey) -> Option<Waker> {
        if self.slots.get(key.slot as usize)?.count != key.count() {
            return None;
        }
        let waker = self.slots.remove(key.slot as usize).waker;
        let dead = self.heap.len() - self.slots.len();
        if dead > FEW + self.slots.len() {
            self.sweep();
        }
        self.trim();
        Some(waker)
    }

    /// Drops all dead entries.
    fn sweep(&mut self) {
        let slots = &self.slots;
        self.heap.retain(|Reverse(entry)| is_alive(slots, entry));
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
        let Slot { count, waker } = self.slots.remove(first.slot as usize);
        self.trim();
        Some((TimerKey::new(first.slot, count), waker))
    }

    /// The armed timers, in no order: their deadlines, and who waits.
    pub(crate) fn armed(&self) -> impl Iterator<Item = (TimerKey, Nanos, &Waker)> {
        self.heap.iter().filter_map(|Reverse(entry)| {
            let slot = self.slots.get(entry.slot as usize)?;
            let key = TimerKey::new(entry.slot, slot.count);
            (key.armed() == entry.armed).then_some((key, entry.deadline, &slot.waker))
        })
    }

    /// Drops dead entries from the front.
    fn trim(&mut self) {
        while let Some(Reverse(first)) = self.heap.peek()
            && !is_alive(&self.slots, first)
        {
            self.heap.pop();
        }
    }
}

fn is_alive(slots: &Slab<Slot>, entry: &Entry) -> bool {
    let slot = slots.get(entry.slot as usize);
    slot.is_some_and(|slot| slot.count as u32 == entry.armed)
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
    fn of_disarmed_timers_no_more_is_kept_than_of_armed_ones_and_a_few() {
        let mut timers = Timers::default();
        // Behind one that stays, or each would be the first and go at once.
        timers.arm(0, Waker::noop().clone());
        for count in [1_000, 1_001, 10] {
            let arm = |_| timers.arm(1, Waker::noop().clone());
            let keys: Vec<_> = (0..count).map(arm).collect();
            for key in keys {
                timers.disarm(key);
                let armed = timers.slots.len();
                let disarmed = timers.heap.len() - armed;
                assert!(disarmed <= armed + FEW, "{disarmed} beside {armed}");
            }
        }
    }

    #[test]
    fn timers_fire_in_order_of_deadline_and_disarmed_ones_do_not() {
        let mut timers = Timers::default();
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
        let mut timers = Timers::default();
        timers.arm(10, Waker::noop().clone());
        assert!(timers.expire(9).is_none());
        assert!(timers.expire(10).is_some());
    }

    #[test]
    fn a_key_is_stale_after_the_timer_fired_and_its_slot_has_a_new_one() {
        let mut timers = Timers::default();
        let old = timers.arm(1, Waker::noop().clone());
        assert!(timers.expire(1).is_some());
        timers.arm(2, Waker::noop().clone());
        assert!(timers.set_waker(old, Waker::noop().clone()).is_err());
        assert!(timers.disarm(old).is_none());
        assert_eq!(timers.next(), Some(2));
    }

    #[test]
    fn a_key_stale_for_four_billion_armings_touches_no_later_timer() {
        let mut timers = Timers::default();
        let old = timers.arm(1, Waker::noop().clone());
        assert!(timers.expire(1).is_some());
        timers.armed += (1 << 32) - 1;
        let new = timers.arm(2, Waker::noop().clone());
        assert_eq!((new.slot, new.armed()), (old.slot, old.armed()));
        assert!(timers.set_waker(old, Waker::noop().clone()).is_err());
        assert!(timers.disarm(old).is_none());
        assert!(timers.disarm(new).is_some());
    }

    #[test]
    fn a_timer_is_known_by_its_key_also_when_the_count_has_come_round() {
        let armed = COUNTS - 2;
        let mut timers = Timers {
            armed,
            ..Timers::default()
        };
        for _ in 0..3 {
            let key = timers.arm(2, Waker::noop().clone());
            assert!(timers.set_waker(key, Waker::noop().clone()).is_ok());
            assert!(timers.disarm(key).is_some());
        }
        assert_eq!(timers.armed, 1);
    }

    #[test]
    fn no_dead_entry_is_left_when_its_half_of_the_count_comes_again() {
        let mut timers = Timers::default();
        timers.arm(1, Waker::noop().clone());
        let dead = timers.arm(5, Waker::noop().clone());
        assert!(timers.disarm(dead).is_some());
        assert_eq!(timers.heap.len(), 2, "it lies behind the living one");
        timers.armed = SWEEP - 1;
        timers.arm(2, Waker::noop().clone());
        assert_eq!(deadlines(&mut timers, 9), [1, 2]);
        assert!(timers.heap.is_empty());
    }

    #[test]
    fn a_million_timers_armed_and_disarmed_behind_a_living_one_leave_no_heap_of_dead_ones() {
        let mut timers = Timers::default();
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
        let mut timers = Timers::default();
        for number in 0..100 {
            timers.arm(7, Waker::from(Arc::new(Note(number, fired.clone()))));
        }
        while let Some((_, waker)) = timers.expire(7) {
            waker.wake();
        }
        assert_eq!(*fired.lock().unwrap(), (0..100).collect::<Vec<_>>());
    }
}
