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
    #[inline]
    fn step(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0
    }

    #[inline]
    fn next(&mut self) -> u64 {
        let mut z = self.step();
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number under `bound`. `None` if there is no such number.
    pub(super) fn below(&mut self, bound: usize) -> Option<usize> {
        (bound > 0).then(|| scaled(self.next(), bound))
    }
}

/// To a number under `bound`, by multiplying instead of dividing: uneven by one part in
/// 2^64 / `bound`. 0 if there is no such number.
#[inline]
fn scaled(number: u64, bound: usize) -> usize {
    ((u128::from(number) * bound as u128) >> 64) as usize
}

/// Where a `select!` begins, one after the other.
///
/// With a seed they are as random as the seed's other numbers, so that seeds try all there
/// is. Without one they go round evenly, by the generator's own step: its steps never fall in
/// with those of the program, and the processor foresees them, which saves a fifth of a
/// `select!` of two channels.
pub(crate) struct Draws {
    random: Cell<SplitMix>,
    is_even: bool,
}

impl Draws {
    pub(crate) const fn even() -> Self {
        Self {
            random: Cell::new(SplitMix(0)),
            is_even: true,
        }
    }

    pub(crate) const fn seeded(seed: u64) -> Self {
        Self {
            random: Cell::new(SplitMix(seed)),
            is_even: false,
        }
    }

    /// A number under `bound`; 0 if there is no such number.
    #[inline]
    pub(crate) fn below(&self, bound: usize) -> usize {
        let mut random = self.random.get();
        let drawn = match self.is_even {
            true => random.step(),
            false => random.next(),
        };
        self.random.set(random);
        scaled(drawn, bound)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What Vigna's splitmix64.c gives from 0 on: a seed is to mean the same for ever.
    #[test]
    fn the_numbers_are_those_of_splitmix() {
        let mut numbers = SplitMix(0);
        let first = [numbers.next(), numbers.next(), numbers.next()];
        assert_eq!(
            first,
            [
                0xe220_a839_7b1d_cdaf,
                0x6e78_9e6a_a1b9_65f4,
                0x06c4_5d18_8009_454f
            ]
        );
    }

    #[test]
    fn without_a_seed_all_come_up_evenly_for_who_asks_each_time_or_every_so_many_times() {
        for bound in 2..=64 {
            for stride in 1..=8 {
                let draws = Draws::even();
                let mut times = vec![0; bound];
                for _ in 0..100 * bound {
                    times[draws.below(bound)] += 1;
                    (1..stride).for_each(|_| _ = draws.below(bound));
                }
                let is_even = times.iter().all(|times| (90..=110).contains(times));
                assert!(is_even, "{bound}, {stride}: {times:?}");
            }
        }
    }

    #[test]
    fn seeds_try_every_combination_of_three() {
        let drawn = |seed| {
            let draws = Draws::seeded(seed);
            [(); 3].map(|()| draws.below(2))
        };
        assert_eq!(drawn(7), drawn(7));
        let all: BTreeSet<_> = (0..50).map(drawn).collect();
        assert_eq!(all.len(), 8);
    }

    #[test]
    fn of_nothing_the_first_is_drawn() {
        assert_eq!(Draws::even().below(0), 0);
        assert_eq!(Draws::seeded(7).below(0), 0);
    }
}
