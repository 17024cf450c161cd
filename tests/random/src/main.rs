//! The long run: so many programs, from a seed on.

use random::{Fault, Search};
use std::process::ExitCode;

#[path = "../../support/seeds.rs"]
mod seeds;

const USAGE: &str = "how many programs, and from which seed on: 10000000 --seed 0";

/// How many programs are between two lines that say how far it is.
const STRETCH: u64 = 10_000;

fn main() -> ExitCode {
    let search = Search::new(Fault::None);
    let asked = seeds::asked(USAGE);
    seeds::search(asked, STRETCH, "programs", "the same on both", |seeds| {
        search.first_of(seeds)
    })
}
