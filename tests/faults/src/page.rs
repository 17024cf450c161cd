//! docs/testing/faults-table.md: what the program got, as a table.
//!
//! Owns the page. `main.rs` has it written anew, and each sweep is held against it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;

use crate::sweep::Seen;

const PAGE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/testing/faults-table.md"
);

const HEAD: &str = "\
# What a program gets when a call fails

[The page of the layer](faults.md) says how this came about. Each of these calls has failed with each of these errors, in each part of the program that makes it, each time that the part makes it. ERROR stands for the system's words, PATH for a path, N and PORT for numbers. \"The same\" is what the part does without a fault, to the letter; where more is listed, it depends on which part made the call, and for what. A line without a name in it is of a connected stream: who calls has the stream.

`cargo run --release -p buzzer-faults -- --write` writes this page anew. Which calls are made at all is up to the processor and the C library: these are x86-64 and glibc.

| call | failed with | the program got |
|---|---|---|
";

const THE_SAME: &str = "the same";

/// What a call and an error come to, by their names.
type Table = BTreeMap<(String, String), BTreeSet<String>>;

/// What a run came to, without the name of the part.
fn outcomes(seen: &Seen) -> Vec<String> {
    const TOLD: &[&str] = &[": error: ", ": panic: ", "the process: "];
    let is_told = |line: &&String| TOLD.iter().any(|words| line.contains(words));
    let told = seen.said.iter().filter(is_told);
    let told: Vec<_> = told.map(|line| shown(line)).collect();
    match told.is_empty() {
        true => vec![THE_SAME.to_owned()],
        false => told,
    }
}

fn shown(line: &str) -> String {
    let (_, told) = line.split_once(": ").unwrap_or_default();
    let told = told.strip_prefix("error: ").unwrap_or(told);
    let word = |word: &str| {
        let bare = word.trim_end_matches([':', ',']);
        let rest = &word[bare.len()..];
        let is_job = bare
            .strip_prefix('j')
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
        match () {
            () if bare.starts_with("DIR") || bare.starts_with("/proc") => format!("PATH{rest}"),
            () if is_job => format!("N{rest}"),
            () => word.to_owned(),
        }
    };
    let words: Vec<_> = told.split(' ').map(word).collect();
    words.join(" ").replace('|', "\\|")
}

fn table(seen: &[Seen]) -> Table {
    let mut table = Table::new();
    for seen in seen.iter().filter(|seen| seen.failed) {
        let key = (
            seen.point.call.name.to_owned(),
            seen.point.error.name.to_owned(),
        );
        table.entry(key).or_default().extend(outcomes(seen));
    }
    table
}

/// Writes the page, or those of its rows that are of calls that were seen.
///
/// # Errors
///
/// Those of the write.
pub fn write(seen: &[Seen]) -> io::Result<()> {
    let mut rows: BTreeMap<(String, BTreeSet<String>), Vec<String>> = BTreeMap::new();
    for ((call, error), outcomes) in table(seen) {
        rows.entry((call, outcomes)).or_default().push(error);
    }
    let rows = rows.into_iter().map(|((call, outcomes), errors)| {
        let outcomes: Vec<_> = outcomes.into_iter().collect();
        let (errors, outcomes) = (errors.join(", "), outcomes.join("<br>"));
        format!("| `{call}` | {errors} | {outcomes} |")
    });
    let mut rows: Vec<_> = rows.collect();
    let is_seen = |line: &str| {
        let mut seen = seen.iter();
        seen.any(|seen| line.starts_with(&format!("| `{}` |", seen.point.call.name)))
    };
    let page = fs::read_to_string(PAGE).unwrap_or_default();
    let others = page
        .lines()
        .filter(|line| line.starts_with("| `") && !is_seen(line));
    rows.extend(others.map(str::to_owned));
    rows.sort();
    fs::write(PAGE, HEAD.to_owned() + &rows.join("\n") + "\n")
}

/// What was seen and isn't on the page; and what is on the page and wasn't seen, which may
/// be the sweep's reach.
///
/// # Errors
///
/// Those of reading it.
pub fn differences(seen: &[Seen]) -> io::Result<(Vec<String>, Vec<String>)> {
    let page = fs::read_to_string(PAGE)?;
    let mut listed = Table::new();
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.trim_matches(['|', ' ']).split(" | ").collect();
        let [call, errors, outcomes] = cells[..] else {
            continue;
        };
        for error in errors.split(", ") {
            let key = (call.trim_matches('`').to_owned(), error.to_owned());
            let outcomes = outcomes.split("<br>").map(str::to_owned);
            listed.entry(key).or_default().extend(outcomes);
        }
    }
    let seen = table(seen);
    Ok((besides(&seen, &listed), besides(&listed, &seen)))
}

/// What `one` has and `other` has not.
fn besides(one: &Table, other: &Table) -> Vec<String> {
    let none = BTreeSet::new();
    let mut besides = Vec::new();
    for (key, outcomes) in one {
        let others = other.get(key).unwrap_or(&none);
        let (call, error) = key;
        let missing = outcomes.difference(others);
        besides.extend(missing.map(|outcome| format!("{call} {error}: {outcome}")));
    }
    besides
}

/// How many calls have failed.
pub fn calls(seen: &[Seen]) -> usize {
    let failed = seen.iter().filter(|seen| seen.failed);
    let names: BTreeSet<_> = failed.map(|seen| seen.point.call.name).collect();
    names.len()
}
