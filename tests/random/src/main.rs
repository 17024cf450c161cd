//! The long run: so many programs, from a seed on.

use random::{Fault, Search};
use std::process::ExitCode;

const USAGE: &str = "how many programs, and from which seed on: 10000000 --seed 0";

/// How many programs are between two lines that say how far it is.
const STRETCH: u64 = 10_000;

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let number = |word: &str| word.parse::<u64>().expect(USAGE);
    let (count, first) = match words[..] {
        [count] => (number(count), 0),
        [count, "--seed", seed] => (number(count), number(seed)),
        _ => panic!("{USAGE}"),
    };
    let search = Search::new(Fault::None);
    for done in (0..count).step_by(STRETCH as usize) {
        let end = (done + STRETCH).min(count);
        if let Some(found) = search.first_of(first + done..first + end) {
            println!("{found}");
            return ExitCode::FAILURE;
        }
        println!("{end} programs from seed {first} on: the same on both");
    }
    println!("figure: {count} programs, from seed {first} on, the same on both");
    ExitCode::SUCCESS
}
