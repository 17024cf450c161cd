//! The number on the buzzer: which runtime, which slot, which guest.
//!
//! Owns the layout of the 64 bits that stand for one task (or one child of a
//! group). Used by everything in `scheduler/`; it uses nothing itself.

use std::num::NonZeroU32;

/// Bits of the slot's index: 67 million tasks in one runtime.
const INDEX_BITS: u32 = 26;
/// Bits of the generation, which tells the guests of one slot apart.
const GENERATION_BITS: u32 = 24;
/// Bits of the runtime's own number: 16,384 runtimes alive at a time.
const RUNTIME_BITS: u32 = 64 - INDEX_BITS - GENERATION_BITS;

/// How many tasks and group children one runtime can hold at a time.
pub(crate) const MAX_SLOTS: usize = 1 << INDEX_BITS;
/// How many runtimes can be alive in a process at a time.
pub(crate) const MAX_RUNTIMES: usize = 1 << RUNTIME_BITS;

/// Names one task of one runtime, in the 64 bits that fit a waker's data word.
///
/// ```text
/// 63        50 49                  26 25                        0
/// ┌───────────┬──────────────────────┬───────────────────────────┐
/// │ runtime   │ generation           │ index of the slot         │
/// │ 14 bits   │ 24 bits              │ 26 bits                   │
/// └───────────┴──────────────────────┴───────────────────────────┘
/// ```
///
/// A number may outlive what it named. The generation counts the runtime's
/// spawns, modulo 2^24, so a stale number is taken for a later guest of its slot
/// only if exactly a multiple of 16,777,216 spawns lie between the two: for a
/// number kept past its task's end and one later guest of the slot picked at
/// random, odds of 1 in 16.8 million. The price is one poll too many, which the
/// `Future` contract allows. So a number alone may wake, and nothing else: what
/// takes, drops or aborts goes by a [`TaskKey`], and by the task's id where the
/// slot may have another guest by now. Runtime numbers are handed out in rotation,
/// and the next runtime of a number counts from elsewhere: see [`Guests`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TaskNumber(u64);

impl TaskNumber {
    pub(crate) fn new(runtime: u16, generation: u32, index: usize) -> Self {
        debug_assert!(usize::from(runtime) < MAX_RUNTIMES && index < MAX_SLOTS);
        let generation = u64::from(generation & Self::GENERATION_MASK);
        Self(
            u64::from(runtime) << (GENERATION_BITS + INDEX_BITS)
                | generation << INDEX_BITS
                | index as u64,
        )
    }

    const GENERATION_MASK: u32 = (1 << GENERATION_BITS) - 1;

    pub(crate) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    pub(crate) fn runtime(self) -> u16 {
        (self.0 >> (GENERATION_BITS + INDEX_BITS)) as u16
    }

    pub(crate) fn generation(self) -> u32 {
        (self.0 >> INDEX_BITS) as u32 & Self::GENERATION_MASK
    }

    pub(crate) fn index(self) -> usize {
        (self.0 & (MAX_SLOTS as u64 - 1)) as usize
    }
}

/// Names one runtime of the process: its number, and how many had the number up to it.
/// Whoever keeps something of a runtime (a handle, an armed timer, a registered source)
/// keeps this with it, and finds that runtime or none.
///
/// ```text
/// 31              14 13           0
/// ┌─────────────────┬──────────────┐
/// │ round, from 1   │ number       │
/// │ 18 bits         │ 14 bits      │
/// └─────────────────┴──────────────┘
/// ```
///
/// The round comes back after 262,143 runtimes of one number, four billion in all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct RuntimeId(NonZeroU32);

impl RuntimeId {
    const ROUNDS: u32 = (1 << (u32::BITS - RUNTIME_BITS)) - 1;

    /// The first runtime of its number.
    pub(crate) fn first(number: u16) -> Self {
        Self::new(number, 1)
    }

    /// The next runtime of the same number.
    pub(crate) fn next(self) -> Self {
        Self::new(self.number(), self.round() % Self::ROUNDS + 1)
    }

    fn new(number: u16, round: u32) -> Self {
        let bits = round << RUNTIME_BITS | u32::from(number);
        Self(NonZeroU32::new(bits).expect("rounds count from 1"))
    }

    /// As in every number of its tasks.
    pub(crate) fn number(self) -> u16 {
        (self.0.get() & (MAX_RUNTIMES as u32 - 1)) as u16
    }

    fn round(self) -> u32 {
        self.0.get() >> RUNTIME_BITS
    }
}

/// Names one guest of one runtime's table to whoever may do more to it than wake it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TaskKey {
    pub(crate) number: TaskNumber,
    pub(crate) runtime: RuntimeId,
}

/// Counts the guests of one runtime's slots, and gives each its generation.
pub(crate) struct Guests {
    count: u64,
    /// The generation before the first.
    start: u32,
}

impl Guests {
    /// The counter of the `registered`-th runtime of the process.
    ///
    /// If all counted from 0, the first tasks of a runtime would have just the
    /// numbers that the first tasks of the runtime before had, whose number it
    /// has, and be polled for each stale waker of those. The starts are
    /// apart by the golden ratio of the range, which keeps them far from each
    /// other however many runtimes there were.
    pub(crate) fn of_runtime(registered: u64) -> Self {
        const GOLDEN: u64 = 0x9e_3779;
        let start = registered.wrapping_mul(GOLDEN) as u32;
        Self { count: 0, start }
    }

    /// How many there were.
    #[cfg(test)]
    fn count(&self) -> u64 {
        self.count
    }

    /// Counts many at once, to see what happens after them.
    #[cfg(test)]
    pub(super) fn skip(&mut self, guests: u64) {
        self.count += guests;
    }

    /// Counts one more; gives its generation.
    #[inline]
    pub(crate) fn next(&mut self) -> u32 {
        self.count += 1;
        self.start.wrapping_add(self.count as u32) & TaskNumber::GENERATION_MASK
    }
}

impl std::fmt::Debug for TaskNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "runtime {} slot {} generation {}",
            self.runtime(),
            self.index(),
            self.generation()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_comes_back_out_at_its_limits() {
        let parts = [0, 1, 2];
        for runtime in parts
            .map(|p| p.min(MAX_RUNTIMES - 1) as u16)
            .into_iter()
            .chain([16_383])
        {
            for generation in parts
                .into_iter()
                .chain([TaskNumber::GENERATION_MASK as usize])
            {
                for index in parts.into_iter().chain([MAX_SLOTS - 1]) {
                    let number = TaskNumber::new(runtime, generation as u32, index);
                    assert_eq!(number.runtime(), runtime);
                    assert_eq!(number.generation(), generation as u32);
                    assert_eq!(number.index(), index);
                    assert_eq!(TaskNumber::from_bits(number.bits()), number);
                }
            }
        }
    }

    #[test]
    fn a_generation_past_24_bits_wraps_and_does_not_reach_the_runtime() {
        let number = TaskNumber::new(7, u32::MAX, 3);
        assert_eq!(number.generation(), TaskNumber::GENERATION_MASK);
        assert_eq!(number.runtime(), 7);
    }

    #[test]
    fn runtimes_that_share_a_number_count_from_far_apart() {
        let first = |round: u64| Guests::of_runtime(round * MAX_RUNTIMES as u64).next();
        for later in 1..=8 {
            let apart = first(later).wrapping_sub(first(0)) & TaskNumber::GENERATION_MASK;
            let apart = apart.min(TaskNumber::GENERATION_MASK - apart);
            assert!(apart > 500_000, "{apart} after {later} rounds");
        }
    }

    #[test]
    fn the_runtimes_of_one_number_are_told_apart_and_their_round_wraps_to_the_first() {
        for number in [0, 1, (MAX_RUNTIMES - 1) as u16] {
            let first = RuntimeId::first(number);
            let mut id = first;
            for _ in 1..RuntimeId::ROUNDS {
                id = id.next();
                assert_ne!(id, first);
                assert_eq!(id.number(), number);
            }
            assert_eq!(id.next(), first);
        }
        assert_eq!(size_of::<Option<RuntimeId>>(), 4);
    }

    #[test]
    fn generations_wrap_and_their_count_does_not() {
        let mut guests = Guests::of_runtime(0);
        guests.skip(u64::from(TaskNumber::GENERATION_MASK));
        assert_eq!((guests.next(), guests.count()), (0, 1 << GENERATION_BITS));
        guests.skip((1 << 32) - 1 - guests.count());
        assert_eq!((guests.next(), guests.count()), (0, 1 << 32));
    }
}
