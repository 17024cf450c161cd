//! The long run: so many sequences, from a seed on.

use std::process::ExitCode;

const USAGE: &str = "how many sequences, and from which seed on: 10000000 --seed 0";

/// How many sequences are between two lines that say how far it is.
const STRETCH: u64 = 100_000;

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let number = |word: &str| word.parse::<u64>().expect(USAGE);
    let (count, first) = match words[..] {
        [count] => (number(count), 0),
        [count, "--seed", seed] => (number(count), number(seed)),
        _ => panic!("{USAGE}"),
    };
    for done in (0..count).step_by(STRETCH as usize) {
        let end = (done + STRETCH).min(count);
        if let Some(found) = random_models::first_of(first + done..first + end) {
            println!("{found}");
            return ExitCode::FAILURE;
        }
        println!("{end} sequences from seed {first} on: as the models say");
    }
    println!("figure: {count} sequences, from seed {first} on, as the models say");
    ExitCode::SUCCESS
}
