//! Random programs do the same on both runtimes.

use random::{Fault, Search};
use std::time::Duration;

#[path = "../../support/hangs.rs"]
mod hangs;

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

/// It can't be shrunk: nobody comes back from it. So the process ends, and says which it was.
#[test]
fn a_program_that_does_not_come_to_an_end_is_named() {
    /// It has a job.
    const SEED: u64 = 3;
    let told = hangs::told_of(|| {
        let search = Search::new(Fault::JobsAreNotHeardOf);
        search
            .with_patience(Duration::from_millis(300))
            .first_of(SEED..SEED + 1);
    });
    assert!(told.contains("Job("), "{told}");
    assert!(told.contains(&format!("-- 1 --seed {SEED}\n")), "{told}");
}
