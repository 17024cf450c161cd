//! Locks that are wrong, and parts of values.

use super::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

struct Unlocked<T>(Lent<T, Shared>);

impl<T> Lender for Unlocked<T> {
    fn returned(&self, _: Loan) {}
}

fn lends<T>(make: impl FnOnce() -> T) -> bool {
    catch_unwind(AssertUnwindSafe(|| drop(make()))).is_ok()
}

#[test]
fn a_lock_that_lets_in_two_is_stopped_here() {
    let cell = Unlocked(Lent::new(1));
    let writer = write(&cell, |cell| &cell.0);
    assert!(!lends(|| write(&cell, |cell| &cell.0)));
    assert!(!lends(|| read(&cell, |cell| &cell.0)));
    let reader = writer.downgrade();
    assert!(lends(|| read(&cell, |cell| &cell.0)));
    assert!(!lends(|| write(&cell, |cell| &cell.0)));
    drop(reader);
    assert!(lends(|| write(&cell, |cell| &cell.0)));
}

#[test]
fn a_part_is_lent_until_the_part_is_returned() {
    let cell = Arc::new(Unlocked(Lent::new((1, 2))));
    let mut second = write(cell.clone(), |cell| &cell.0).map(|pair| &mut pair.1);
    *second = 3;
    assert!(!lends(|| read(&*cell, |cell| &cell.0)));
    let second = second.try_map(|_| None::<&mut u8>).map(drop).unwrap_err();
    drop(second);
    assert_eq!(*read(&*cell, |cell| &cell.0), (1, 3));
}

#[test]
fn a_mapping_that_panics_returns_the_loan() {
    let cell = Unlocked(Lent::new(1));
    let mapped = || write(&cell, |cell| &cell.0).map::<i32>(|_| panic!("no part"));
    assert!(!lends(mapped));
    assert!(lends(|| write(&cell, |cell| &cell.0)));
}
