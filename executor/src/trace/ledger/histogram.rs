//! How long something took, many times: counts in buckets, of which percentiles can be
//! read.
//!
//! Owns the bounds of the buckets. Only the ledger uses it.
//!
//! Times below 8 ns have a bucket each; beyond, each power of two is cut in 8, so that a
//! bucket is at most an eighth as wide as the least time in it. Only buckets that hold
//! something are kept: the times of one task fall into few.

use crate::record::time::Nanos;

/// Each power of two is cut in `1 << CUT_BITS`.
const CUT_BITS: u32 = 3;
const CUTS: u64 = 1 << CUT_BITS;

#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub(super) struct Histogram {
    /// By their index, which rises with the time.
    buckets: Vec<Bucket>,
    count: u64,
    max: Nanos,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bucket {
    index: u16,
    count: u64,
}

impl Histogram {
    pub(super) fn add(&mut self, time: Nanos) {
        self.count += 1;
        self.max = self.max.max(time);
        self.put(Bucket {
            index: index_of(time),
            count: 1,
        });
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.max = self.max.max(other.max);
        for &bucket in &other.buckets {
            self.put(bucket);
        }
    }

    fn put(&mut self, bucket: Bucket) {
        let place = self
            .buckets
            .binary_search_by_key(&bucket.index, |other| other.index);
        match place {
            Ok(at) => self.buckets[at].count += bucket.count,
            Err(at) => self.buckets.insert(at, bucket),
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn max(&self) -> Nanos {
        self.max
    }

    /// The least time that `percent` of all do not exceed, or up to an eighth more: the
    /// greatest of its bucket. 0 if there is none.
    pub(super) fn percentile(&self, percent: f64) -> Nanos {
        let rank = (self.count as f64 * percent / 100.0).ceil();
        let rank = (rank as u64).clamp(1, self.count.max(1));
        let mut so_far = 0;
        for bucket in &self.buckets {
            so_far += bucket.count;
            if so_far >= rank {
                return greatest_of(bucket.index).min(self.max);
            }
        }
        self.max
    }
}

fn index_of(time: Nanos) -> u16 {
    if time < CUTS {
        return time as u16;
    }
    let power = time.ilog2();
    let cut = time >> (power - CUT_BITS) & (CUTS - 1);
    (u64::from(power - CUT_BITS + 1) * CUTS + cut) as u16
}

/// The greatest time that has this index.
fn greatest_of(index: u16) -> Nanos {
    let index = u64::from(index);
    if index < CUTS {
        return index;
    }
    let shift = index / CUTS - 1;
    let least = (CUTS + index % CUTS) << shift;
    least + ((1 << shift) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random, and spread over all sizes.
    fn times(seed: u64, count: usize) -> Vec<Nanos> {
        let mut state = seed;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        (0..count).map(|_| next() >> (next() % 64)).collect()
    }

    #[test]
    fn each_time_is_in_the_bucket_that_ends_at_most_an_eighth_above_it() {
        let edges = (0..64).flat_map(|power| {
            let power = 1_u64 << power;
            [power - 1, power, power + 1]
        });
        for time in edges.chain(times(7, 10_000)).chain([u64::MAX]) {
            let greatest = greatest_of(index_of(time));
            assert!(greatest >= time, "{time} is in a bucket up to {greatest}");
            assert!(greatest - time <= time / 8, "{time} is told as {greatest}");
            assert_eq!(index_of(greatest), index_of(time));
            if greatest < u64::MAX {
                assert_eq!(index_of(greatest + 1), index_of(time) + 1);
            }
        }
    }

    #[test]
    fn percentiles_are_at_most_an_eighth_above_the_exact_ones_and_never_below() {
        for count in [1, 2, 3, 10, 100, 1_000, 5_003] {
            let mut times = times(count as u64 + 1, count);
            let mut histogram = Histogram::default();
            times.iter().for_each(|&time| histogram.add(time));
            times.sort_unstable();
            for percent in [0.0, 1.0, 25.0, 50.0, 90.0, 99.0, 99.9, 100.0] {
                let rank = (count as f64 * percent / 100.0).ceil() as usize;
                let exact = times[rank.max(1) - 1];
                let told = histogram.percentile(percent);
                assert!(
                    told >= exact && told - exact <= exact / 8,
                    "{percent} % of {count}: {exact} is told as {told}"
                );
            }
            assert_eq!(histogram.percentile(100.0), histogram.max());
            assert_eq!(Some(&histogram.max()), times.last());
            assert_eq!(histogram.count(), count as u64);
        }
    }

    #[test]
    fn two_that_are_merged_are_as_one_that_got_all() {
        let (first, second) = (times(3, 700), times(4, 900));
        let of = |times: &[Nanos]| {
            let mut histogram = Histogram::default();
            times.iter().for_each(|&time| histogram.add(time));
            histogram
        };
        let mut merged = of(&first);
        merged.merge(&of(&second));
        assert_eq!(merged, of(&[first, second].concat()));
    }

    #[test]
    fn without_a_time_every_percentile_is_zero() {
        let histogram = Histogram::default();
        assert_eq!((histogram.percentile(50.0), histogram.max()), (0, 0));
    }
}
