//! Random programs do the same on both runtimes.

use random::{Fault, Search};

#[test]
fn five_thousand_programs_do_the_same_on_both() {
    if let Some(found) = Search::new(Fault::None).first_of(0..5_000) {
        panic!("{found}");
    }
}

/// Each within as many programs as the test above has.
#[test]
fn every_planted_fault_is_found() {
    for fault in Fault::ALL {
        let found = Search::new(fault).first_of(0..5_000);
        let found = found.unwrap_or_else(|| panic!("{fault:?} was not found"));
        println!(
            "{fault:?}, by the program of seed {}:\n{}",
            found.seed, found.smallest
        );
    }
}
