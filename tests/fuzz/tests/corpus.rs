//! Every file of the corpora, through its harness: what libFuzzer has found once is tried
//! again by everybody, on any Rust.

use std::fs;
use std::path::Path;

/// What is in a target's corpus, by the names of its files.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut files: Vec<_> = fs::read_dir(folder.join(target))
        .unwrap_or_else(|error| panic!("{target} has no corpus: {error}"))
        .map(|file| {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            (name, fs::read(file.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn run(target: &str) {
    let (_, harness) = harness::ALL
        .into_iter()
        .find(|(name, _)| *name == target)
        .unwrap();
    let files = corpus(target);
    assert!(files.len() > 1, "{target} has next to no corpus");
    let count = files.len();
    let mut idle = Vec::new();
    for (name, bytes) in files {
        // Seen only if it fails.
        println!("fuzz/corpus/{target}/{name}");
        if !harness(&bytes) {
            idle.push(name);
        }
    }
    // A few are there for what happens when there is nothing to do. It would be all of them
    // if the harness took the bytes for something else by now.
    assert!(5 * idle.len() <= count, "{target}: idle are {idle:#?}");
}

/// How many mutants of its corpus a target is fed, beside it. A run that is shown in every
/// way takes as long as a hundred others.
fn mutants(target: &str) -> usize {
    match target {
        "names" => 60,
        _ => 4_000,
    }
}

/// Files of the corpus, changed at random as libFuzzer would: the same each time.
fn run_mutants(target: &str) {
    let (_, harness) = harness::ALL
        .into_iter()
        .find(|(name, _)| *name == target)
        .unwrap();
    let files = corpus(target);
    let mut random = fastrand::Rng::with_seed(17);
    let count = mutants(target);
    let mut idle = 0;
    for mutant in 0..count {
        let mut bytes = random.choice(&files).unwrap().1.clone();
        for _ in 0..random.usize(1..=4) {
            let at = random.usize(0..=bytes.len());
            match random.u8(0..4) {
                0 => bytes.insert(at, random.u8(..)),
                1 => bytes.truncate(at),
                2 => {
                    let other = &random.choice(&files).unwrap().1;
                    let from = random.usize(0..=other.len());
                    bytes.splice(at.., other[from..].iter().copied());
                }
                _ if at < bytes.len() => bytes[at] ^= 1 << random.u32(0..8),
                _ => {}
            }
        }
        // Seen only if it fails.
        println!("mutant {mutant}: {bytes:?}");
        idle += usize::from(!harness(&bytes));
    }
    assert!(2 * idle <= count, "{target}: {idle} of {count} do nothing");
}

macro_rules! targets {
    ($($target:ident),*) => {
        $(mod $target {
            #[test]
            fn every_file_of_the_corpus_passes() {
                super::run(stringify!($target));
            }

            #[test]
            fn what_is_near_the_corpus_passes() {
                super::run_mutants(stringify!($target));
            }
        })*

        #[test]
        fn every_harness_has_its_tests() {
            let tested = [$(stringify!($target)),*];
            assert_eq!(tested, harness::ALL.map(|(name, _)| name));
        }
    };
}

targets!(copies, environment, lines, machine, names, number);
