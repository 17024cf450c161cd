//! Random sequences of steps do what the models say: of 40,000 seeds, those that are about
//! each; or of as many as `RANDOM_SEEDS` says.

use random_models::{About, Fault, Search};
use std::env;
use std::time::Duration;

#[path = "../../support/hangs.rs"]
mod hangs;

fn do_what_the_models_say(about: About) {
    let seeds = env::var("RANDOM_SEEDS").map_or(40_000, |seeds| seeds.parse().expect("a number"));
    if let Some(found) = Search::new(Fault::None).first_about(about, 0..seeds) {
        panic!("{found}");
    }
}

#[test]
fn timers() {
    do_what_the_models_say(About::Timers);
}

#[test]
fn locks() {
    do_what_the_models_say(About::Locks);
}

#[test]
fn channels() {
    do_what_the_models_say(About::Channels);
}

/// Of a lock, and of timers.
#[test]
fn a_panic_is_told_and_shrunk() {
    for about in [About::Locks, About::Timers] {
        let found = Search::new(Fault::Panics).first_about(about, 0..1_000);
        let told = found.expect("it differs").to_string();
        let rows: Vec<_> = told.lines().filter(|line| line.contains('|')).collect();
        assert_eq!(rows.len(), 1, "{told}");
        assert!(rows[0].starts_with("! Drop("), "{told}");
        assert!(rows[0].contains("| panics: as planned |"), "{told}");
    }
}

/// It can't be shrunk: nobody comes back from it. So the process ends, and says which it was.
#[test]
fn a_sequence_that_does_not_come_to_an_end_is_named() {
    /// It drops something.
    const SEED: u64 = 0;
    let told = hangs::told_of(|| {
        let search = Search::new(Fault::Hangs);
        search
            .with_patience(Duration::from_millis(300))
            .first_of(SEED..SEED + 1);
    });
    assert!(told.contains("\nDrop("), "{told}");
    assert!(told.contains(&format!("-- 1 --seed {SEED}\n")), "{told}");
}
