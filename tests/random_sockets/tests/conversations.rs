//! Random conversations go on buzzer as by blocking calls: of 2,000 seeds, those that are
//! about each; or of as many as `RANDOM_SEEDS` says.

use random_sockets::search::{About, Fault, Search};
use std::env;
use std::time::Duration;

#[path = "../../support/hangs.rs"]
mod hangs;

fn go_as_by_blocking_calls(about: About) {
    let seeds = env::var("RANDOM_SEEDS").map_or(2_000, |seeds| seeds.parse().expect("a number"));
    if let Some(found) = Search::new(Fault::None).first_about(about, 0..seeds) {
        panic!("{found}");
    }
}

#[test]
fn unix_streams() {
    go_as_by_blocking_calls(About::Unix);
}

#[test]
fn tcp_streams() {
    go_as_by_blocking_calls(About::Tcp);
}

#[test]
fn pipes() {
    go_as_by_blocking_calls(About::Pipes);
}

#[test]
fn datagrams() {
    go_as_by_blocking_calls(About::Mail);
}

#[test]
fn listeners() {
    go_as_by_blocking_calls(About::Door);
}

/// An error that the twin has not met, and a panic, are told like any other account.
#[test]
fn what_can_not_go_on_is_told_and_shrunk() {
    for (fault, said) in [
        (Fault::Fails, "| it can't go on: address in use"),
        (Fault::Panics, "| it panics: as planned"),
    ] {
        let found = Search::new(fault).first_of(0..1).expect("it differs");
        let told = found.to_string();
        assert!(told.contains(said), "{told}");
        assert!(told.contains("phases: [],"), "{told}");
        assert!(told.contains("-- 1 --seed 0\n"), "{told}");
    }
}

/// It can't be shrunk: nobody comes back from it. So the process ends, and says which it was.
#[test]
fn a_script_that_holds_the_loop_is_named() {
    let told = hangs::told_of(|| {
        let search = Search::new(Fault::HoldsTheLoop);
        search
            .with_patience(Duration::from_millis(300))
            .first_of(0..1);
    });
    assert!(told.contains("phases:"), "{told}");
    assert!(told.contains("-- 1 --seed 0\n"), "{told}");
}
