//! The long run: so many programs, from a seed on, in a directory or on one of the file
//! systems tmpfs, ext4, overlay, small (which is full soon) and read-only.

use random_files::{Fault, Ground, Search, ground};
use std::process::ExitCode;

#[path = "../../support/seeds.rs"]
mod seeds;

const USAGE: &str = "how many programs, from which seed on, and where: 200000 --seed 0 --on ext4";

/// How it ends where there can be no such file system.
const SKIPPED: u8 = 77;

/// How many programs are between two lines that say how far it is.
const STRETCH: u64 = 1_000;

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let (mut first, mut name) = (0, std::env::temp_dir().display().to_string());
    let mut words = words.iter();
    let count: u64 = words
        .next()
        .and_then(|word| word.parse().ok())
        .expect(USAGE);
    while let Some(word) = words.next() {
        let value = words.next().expect(USAGE);
        match word.as_str() {
            "--seed" => first = value.parse().expect(USAGE),
            "--on" => name = value.clone(),
            _ => panic!("{USAGE}"),
        }
    }
    let on = match Ground::on(&name) {
        Ok(on) => on,
        Err(why) => {
            println!("skipped {name}: {why}");
            return ExitCode::from(SKIPPED);
        }
    };
    ground::limit();
    let mut search = Search::new(on, Fault::None);
    let what = format!("programs on {name}");
    seeds::search(
        first..first + count,
        STRETCH,
        &what,
        "the same on both",
        |seeds| search.first_of(seeds),
    )
}
