//! The long run: so many sequences, from a seed on.

use random_models::{Fault, Search};
use std::process::ExitCode;

#[path = "../../support/seeds.rs"]
mod seeds;

const USAGE: &str = "how many sequences, and from which seed on: 10000000 --seed 0";

/// How many sequences are between two lines that say how far it is.
const STRETCH: u64 = 100_000;

fn main() -> ExitCode {
    let asked = seeds::asked(USAGE);
    let search = Search::new(Fault::None);
    seeds::search(asked, STRETCH, "sequences", "as the models say", |seeds| {
        search.first_of(seeds)
    })
}
