//! Numbers that look random, and are the same each time for the same seed.
//!
//! Owns the generator. The run queue draws from one, and `select!` from another: neither
//! changes what the other draws.

use std::cell::Cell;

/// SplitMix64, as in Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators" (2014): one word of state, and every seed is a good one.
#[derive(Clone, Copy)]
pub(crate) struct SplitMix(pub(super) u64);

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
    pub(super) fn below(&mut self, bound: usize) -> Option<usize> {
        let picked = (u128::from(self.next()) * bound as u128) >> 64;
        (bound > 0).then_some(picked as usize)
    }
}

/// Where a `select!` begins, one after the other.
pub(crate) struct Draws(Cell<SplitMix>);

impl Draws {
    pub(crate) const fn seeded(seed: u64) -> Self {
        Self(Cell::new(SplitMix(seed)))
    }

    /// A number under `bound`; 0 if there is no such number.
    #[inline]
    pub(crate) fn below(&self, bound: usize) -> usize {
        let mut random = self.0.get();
        let drawn = random.below(bound);
        self.0.set(random);
        drawn.unwrap_or(0)
    }
}
