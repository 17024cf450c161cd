//! Timers on a paused clock, against a sorted list.
//!
//! Owns the steps. After each of them the library's side (`real.rs`) and the list
//! (`model.rs`) say what came of it, and who was woken, in which order.

mod model;
mod real;

use buzzer::time::MissedTickBehavior;
pub use model::model;
use proptest::prelude::*;
use proptest::sample::select;
pub use real::real;

const PLACES: usize = 5;
const MS: u64 = 1_000_000;
/// Later than all that comes.
const NEVER: u64 = u64::MAX;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Inner {
    Ready,
    Pending,
    Sleeps(u64),
}

/// Times are nanoseconds from the beginning; `After` is from now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    After(usize, u64),
    Until(usize, u64),
    Timeout(usize, u64, Inner),
    Ticks(usize, u64, u64, MissedTickBehavior),
    Poll(usize),
    Drop(usize),
    /// What is there gets this deadline.
    Reset(usize, u64),
    Advance(u64),
    /// Waits until a timer wakes somebody.
    Idle,
}

pub fn steps() -> BoxedStrategy<Vec<Step>> {
    use Step::*;
    let place = || 0..PLACES;
    // Few, so that deadlines meet; and some a nanosecond beside others.
    let times = vec![0, 1, MS - 1, 5 * MS, 5 * MS + 1, 60 * MS];
    let time = move || {
        prop_oneof![
            5 => select(vec![MS, 2 * MS]),
            4 => select(times.clone()),
            1 => Just(86_400_000 * 40 * MS),
            1 => Just(NEVER),
        ]
    };
    let short = || select(vec![1, MS, 3 * MS, 7 * MS + 1]);
    let inner = prop_oneof![
        Just(Inner::Ready),
        Just(Inner::Pending),
        time().prop_map(Inner::Sleeps)
    ];
    let behavior = select(vec![
        MissedTickBehavior::Burst,
        MissedTickBehavior::Delay,
        MissedTickBehavior::Skip,
    ]);
    let step = prop_oneof![
        4 => (place(), time()).prop_map(|(place, time)| After(place, time)),
        2 => (place(), time()).prop_map(|(place, time)| Until(place, time)),
        2 => (place(), time(), inner).prop_map(|(place, time, inner)| Timeout(place, time, inner)),
        2 => (place(), short(), short(), behavior)
            .prop_map(|(place, start, period, behavior)| Ticks(place, start, period, behavior)),
        16 => place().prop_map(Poll),
        2 => place().prop_map(Drop),
        3 => (place(), time()).prop_map(|(place, time)| Reset(place, time)),
        3 => select(vec![0, 1, MS - 1, MS, 3 * MS, 20 * MS]).prop_map(Advance),
        2 => Just(Idle),
    ];
    proptest::collection::vec(step, 0..40).boxed()
}
