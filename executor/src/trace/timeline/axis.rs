//! Where on the time axis a record stands.
//!
//! Owns the rule that no two records stand at the same place.

use crate::record::event::Record;
use crate::record::time::Nanos;

/// What a virtual clock's records are kept apart by, at least.
const VIRTUAL_STEP: Nanos = 1_000;

/// Places records, in order.
pub(super) struct Axis {
    /// What two records are kept apart by.
    pub(super) step: Nanos,
    last: Option<Nanos>,
}

impl Axis {
    /// An axis for `records`, which are in order.
    pub(super) fn of(records: &[Record]) -> Self {
        let step = match stands_still(records) {
            true => step_of_virtual(records),
            // The least that the format can tell apart; the clock does, too, but for
            // two threads.
            false => 1,
        };
        Self { step, last: None }
    }

    /// Where the next record stands: at its time, or a step behind the one before.
    pub(super) fn place(&mut self, at: Nanos) -> Nanos {
        let earliest = self.last.map_or(0, |last| last.saturating_add(self.step));
        let place = at.max(earliest);
        self.last = Some(place);
        place
    }

    pub(super) fn is_virtual(&self) -> bool {
        self.step > 1
    }
}

/// Whether most records have the time of the one before them. A clock that runs shows
/// a later one, since to record an event takes longer than a nanosecond.
fn stands_still(records: &[Record]) -> bool {
    let still = records
        .windows(2)
        .filter(|pair| pair[0].at == pair[1].at)
        .count();
    2 * still >= records.len() && still > 0
}

/// A power of ten, so large that what happens between two jumps of the clock can be
/// seen beside the jumps, and so small that all steps together take a quarter of the
/// time.
fn step_of_virtual(records: &[Record]) -> Nanos {
    let (Some(first), Some(last)) = (records.first(), records.last()) else {
        return VIRTUAL_STEP;
    };
    let most = (last.at - first.at) / 4 / records.len() as u64;
    let mut step = VIRTUAL_STEP;
    while step.saturating_mul(10) <= most {
        step *= 10;
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::event::Event;

    fn places(times: &[Nanos]) -> (Nanos, Vec<Nanos>) {
        let record = |at: &Nanos| Record {
            at: *at,
            event: Event::Turn { number: 1 },
        };
        let records: Vec<_> = times.iter().map(record).collect();
        let mut axis = Axis::of(&records);
        let places = times.iter().map(|at| axis.place(*at)).collect();
        (axis.step, places)
    }

    #[test]
    fn a_running_clocks_times_stay_and_only_equal_ones_are_told_apart() {
        let (step, placed) = places(&[5, 70, 70, 110, 4_000]);
        assert_eq!((step, placed), (1, vec![5, 70, 71, 110, 4_000]));
    }

    #[test]
    fn a_virtual_clocks_records_stand_beside_each_other_and_catch_up_after_a_jump() {
        let second = 1_000_000_000;
        let (step, placed) = places(&[0, 0, 0, second, second, second]);
        assert_eq!(step, 10_000_000);
        let expected = [0, step, 2 * step, second, second + step, second + 2 * step];
        assert_eq!(placed, expected);
    }

    #[test]
    fn without_a_jump_each_step_of_a_virtual_clock_is_a_microsecond() {
        assert_eq!(places(&[7, 7, 7]), (1_000, vec![7, 1_007, 2_007]));
        assert_eq!(places(&[]), (1, vec![]));
        assert_eq!(places(&[7]), (1, vec![7]));
    }

    #[test]
    fn the_end_of_time_is_not_passed() {
        let (_, placed) = places(&[Nanos::MAX, Nanos::MAX, Nanos::MAX]);
        assert_eq!(placed, [Nanos::MAX; 3]);
    }
}
