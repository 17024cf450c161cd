//! Random sequences of file operations do the same on buzzer and on std.

use random_files::{Fault, Ground, Search, ground};

/// On the disk that the build is on, and with less than root may.
fn search(fault: Fault) -> Search {
    ground::limit();
    Search::new(Ground::in_dir(env!("CARGO_TARGET_TMPDIR").as_ref()), fault)
}

#[test]
fn three_thousand_programs_do_the_same_on_both() {
    if let Some(found) = search(Fault::None).first_of(0..3_000) {
        panic!("{found}");
    }
}

/// Each within as many programs as the test above has.
#[test]
fn every_planted_fault_is_found() {
    for fault in Fault::ALL {
        let found = search(fault).first_of(0..3_000);
        let found = found.unwrap_or_else(|| panic!("{fault:?} was not found"));
        println!("{fault:?}, by the program of seed {}:\n{found}", found.seed);
    }
}
