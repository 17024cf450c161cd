//! The long run: so many scripts, from a seed on.

use random_sockets::search::Search;
use std::process::ExitCode;

const USAGE: &str = "how many scripts, and from which seed on: 100000 --seed 0";

/// How many scripts are between two lines that say how far it is.
const STRETCH: u64 = 1_000;

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let number = |word: &str| word.parse::<u64>().expect(USAGE);
    let (count, first) = match words[..] {
        [count] => (number(count), 0),
        [count, "--seed", seed] => (number(count), number(seed)),
        _ => panic!("{USAGE}"),
    };
    let search = Search::new();
    for done in (0..count).step_by(STRETCH as usize) {
        let end = (done + STRETCH).min(count);
        if let Some(found) = search.first_of(first + done..first + end) {
            println!("{found}");
            return ExitCode::FAILURE;
        }
        println!("{end} scripts from seed {first} on: as by blocking calls");
    }
    println!("figure: {count} scripts, from seed {first} on, as by blocking calls");
    ExitCode::SUCCESS
}
