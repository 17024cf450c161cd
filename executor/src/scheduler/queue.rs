//! The run queue: which slot is polled next.
//!
//! Owns the order, and nothing else. Only `schedule.rs` uses it.

use std::collections::VecDeque;

/// Slot indices, first in first out; or, with a seed, in a random order that is
/// the same each time.
pub(super) struct RunQueue {
    waiting: VecDeque<u32>,
    random: Option<SplitMix>,
}

impl RunQueue {
    pub(super) fn new(seed: Option<u64>) -> Self {
        Self {
            waiting: VecDeque::new(),
            random: seed.map(SplitMix),
        }
    }

    #[inline]
    pub(super) fn push(&mut self, index: usize) {
        self.waiting.push_back(index as u32);
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<usize> {
        let index = match &mut self.random {
            None => self.waiting.pop_front(),
            Some(random) => {
                let picked = random.below(self.waiting.len())?;
                self.waiting.swap_remove_back(picked)
            }
        };
        index.map(|index| index as usize)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// At shutdown.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }
}

/// SplitMix64, as in Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators" (2014): one word of state, and every seed is a good one.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number under `bound`, by multiplying instead of dividing: uneven by one
    /// part in 2^64 / `bound`. `None` if there is no such number.
    fn below(&mut self, bound: usize) -> Option<usize> {
        let picked = (u128::from(self.next()) * bound as u128) >> 64;
        (bound > 0).then_some(picked as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(seed: Option<u64>) -> Vec<usize> {
        let mut queue = RunQueue::new(seed);
        (0..20).for_each(|index| queue.push(index));
        std::iter::from_fn(|| queue.pop()).collect()
    }

    #[test]
    fn without_a_seed_the_first_in_is_the_first_out() {
        assert_eq!(drain(None), (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn a_seed_shuffles_the_same_way_each_time_and_loses_nothing() {
        let mut shuffled = drain(Some(7));
        assert_eq!(shuffled, drain(Some(7)));
        assert_ne!(shuffled, drain(Some(8)));
        assert_ne!(shuffled, drain(None));
        shuffled.sort_unstable();
        assert_eq!(shuffled, drain(None));
    }
}
