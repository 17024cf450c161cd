//! Random sequences of steps do what the models say: of 40,000 seeds, those that are about
//! each; or of as many as `RANDOM_SEEDS` says.

use random_models::{About, first_about};
use std::env;

fn do_what_the_models_say(about: About) {
    let seeds = env::var("RANDOM_SEEDS").map_or(40_000, |seeds| seeds.parse().expect("a number"));
    if let Some(found) = first_about(about, 0..seeds) {
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
