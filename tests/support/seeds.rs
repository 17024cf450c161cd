//! A long search through seeds, for programs that differ in what they try and in what they
//! say of it.
//!
//! Owns the loop, its lines, and the words on a command line that asks for one.

use std::fmt::Display;
use std::ops::Range;
use std::process::ExitCode;

/// How many, and from which seed on, by the words of the command line.
#[allow(dead_code, reason = "who has more words reads them itself")]
pub fn asked(usage: &str) -> Range<u64> {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let number = |word: &str| word.parse::<u64>().expect(usage);
    match words[..] {
        [count] => 0..number(count),
        [count, "--seed", seed] => number(seed)..number(seed) + number(count),
        _ => panic!("{usage}"),
    }
}

/// Tries all `seeds`, with a line after so many that says how far it is. `what` is what comes
/// of a seed, in the plural; `verdict` what they are found to be. It ends with the first for
/// which `first_of` finds something to say.
pub fn search<F: Display>(
    seeds: Range<u64>,
    stretch: u64,
    what: &str,
    verdict: &str,
    mut first_of: impl FnMut(Range<u64>) -> Option<F>,
) -> ExitCode {
    let (first, count) = (seeds.start, seeds.end - seeds.start);
    let stretch_by = usize::try_from(stretch).expect("a short one");
    for begin in seeds.clone().step_by(stretch_by) {
        let end = (begin + stretch).min(seeds.end);
        if let Some(found) = first_of(begin..end) {
            println!("{found}");
            return ExitCode::FAILURE;
        }
        println!("{} {what} from seed {first} on: {verdict}", end - first);
    }
    println!("figure: {count} {what}, from seed {first} on, {verdict}");
    ExitCode::SUCCESS
}
