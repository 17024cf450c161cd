//! How a waker's number is packed, against arithmetic.
//!
//! Owns the harness. The file under test is the library's own, compiled here once more,
//! since nobody outside may see it; it imports nothing.

use arbitrary::{Arbitrary, Unstructured};

use library::{Guests, MAX_RUNTIMES, MAX_SLOTS, RuntimeId, TaskNumber};

#[allow(
    dead_code,
    reason = "a file of the library, of which not all is asked for"
)]
#[path = "../../../executor/src/machine/scheduler/number.rs"]
mod library;

/// Generations of one runtime.
const GENERATIONS: u64 = 1 << 24;

#[derive(Arbitrary, Debug)]
struct Asked {
    bits: u64,
    runtime: u16,
    generation: u32,
    index: u32,
    /// What one part is changed to.
    other: u32,
    rounds: u8,
    registered: u64,
    spawns: u8,
}

/// Takes numbers apart and puts them together.
pub fn run(bytes: &[u8]) -> bool {
    let Ok(asked) = Asked::arbitrary(&mut Unstructured::new(bytes)) else {
        return false;
    };
    any_bits_are_a_number(asked.bits);
    parts_stay_apart(&asked);
    rounds_count(&asked);
    guests_count(&asked);
    true
}

fn parts(number: TaskNumber) -> (u16, u32, usize) {
    (number.runtime(), number.generation(), number.index())
}

/// A waker's word may be anything, once a program has it.
fn any_bits_are_a_number(bits: u64) {
    let number = TaskNumber::from_bits(bits);
    let (runtime, generation, index) = parts(number);
    assert!(usize::from(runtime) < MAX_RUNTIMES && index < MAX_SLOTS);
    assert!(u64::from(generation) < GENERATIONS);
    let sum = (u64::from(runtime) * GENERATIONS + u64::from(generation)) * MAX_SLOTS as u64;
    assert_eq!(sum + index as u64, bits, "nothing of the word is left over");
    assert_eq!(TaskNumber::new(runtime, generation, index), number);
    let told = format!("runtime {runtime} slot {index} generation {generation}");
    assert_eq!(format!("{number:?}"), told);
}

/// What is put in comes out, and no part reaches into another.
fn parts_stay_apart(asked: &Asked) {
    let runtime = asked.runtime % MAX_RUNTIMES as u16;
    let index = asked.index as usize % MAX_SLOTS;
    let of = |generation: u32| (u64::from(generation) % GENERATIONS) as u32;
    let number = TaskNumber::new(runtime, asked.generation, index);
    let kept = (runtime, of(asked.generation), index);
    assert_eq!(parts(number), kept);
    let other_runtime = asked.other as u16 % MAX_RUNTIMES as u16;
    let other_index = asked.other as usize % MAX_SLOTS;
    for (changed, expected) in [
        (
            TaskNumber::new(other_runtime, asked.generation, index),
            (other_runtime, kept.1, kept.2),
        ),
        (
            TaskNumber::new(runtime, asked.other, index),
            (kept.0, of(asked.other), kept.2),
        ),
        (
            TaskNumber::new(runtime, asked.generation, other_index),
            (kept.0, kept.1, other_index),
        ),
    ] {
        assert_eq!(parts(changed), expected);
        assert_eq!(changed == number, expected == kept);
    }
}

/// The runtimes of one number are told apart.
fn rounds_count(asked: &Asked) {
    let number = asked.runtime % MAX_RUNTIMES as u16;
    let first = RuntimeId::first(number);
    let other = RuntimeId::first(asked.other as u16 % MAX_RUNTIMES as u16);
    assert_eq!(first.number(), number);
    let mut id = first;
    for _ in 0..asked.rounds {
        let next = id.next();
        assert_eq!(next.number(), number);
        assert!(next != id && next != first && next != other);
        id = next;
    }
}

/// Each spawn has the generation after the last, and a later runtime of the same number
/// begins elsewhere.
fn guests_count(asked: &Asked) {
    let mut guests = Guests::of_runtime(asked.registered);
    let first = guests.next();
    for spawned in 1..=u64::from(asked.spawns) {
        let expected = (u64::from(first) + spawned) % GENERATIONS;
        assert_eq!(u64::from(guests.next()), expected);
    }
    for round in 1..=8 {
        let registered = asked.registered.wrapping_add(round * MAX_RUNTIMES as u64);
        let later = Guests::of_runtime(registered).next();
        let apart = (GENERATIONS + u64::from(later) - u64::from(first)) % GENERATIONS;
        assert!(apart.min(GENERATIONS - apart) > 500_000, "{apart}");
    }
}
