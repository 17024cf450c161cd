//! Random programs do the same on both runtimes.

use random::{Fault, Search};

#[test]
fn five_thousand_programs_do_the_same_on_both() {
    if let Some(found) = Search::new(Fault::None).first_of(0..5_000) {
        panic!("{found}");
    }
}
