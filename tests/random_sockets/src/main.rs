//! The long run: so many scripts, from a seed on.

use random_sockets::search::{Fault, Search};
use std::process::ExitCode;

#[path = "../../support/seeds.rs"]
mod seeds;

const USAGE: &str = "how many scripts, and from which seed on: 100000 --seed 0";

/// How many scripts are between two lines that say how far it is.
const STRETCH: u64 = 1_000;

fn main() -> ExitCode {
    let search = Search::new(Fault::None);
    let asked = seeds::asked(USAGE);
    seeds::search(asked, STRETCH, "scripts", "as by blocking calls", |seeds| {
        search.first_of(seeds)
    })
}
