//! Random conversations go on buzzer as by blocking calls: of 2,000 seeds, those that are
//! about each; or of as many as `RANDOM_SEEDS` says.

use random_sockets::search::{About, Search};
use std::env;

fn go_as_by_blocking_calls(about: About) {
    let seeds = env::var("RANDOM_SEEDS").map_or(2_000, |seeds| seeds.parse().expect("a number"));
    if let Some(found) = Search::new().first_about(about, 0..seeds) {
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
