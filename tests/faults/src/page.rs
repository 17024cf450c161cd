//! docs/testing/faults-table.md: what the program got, as a table.
//!
//! Owns the page. `main.rs` has it written anew, and each sweep is held against it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;

use crate::parts::TOGETHER;
use crate::sweep::Seen;

const PAGE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/testing/faults-table.md"
);

const HEAD: &str = "\
# What a program gets when a call fails

[The page of the layer](faults.md) says how this came about. Each of these calls has failed with each of these errors, in each part of the program that makes it, each time that the part makes it; all parts at once only with the likeliest one and with EINTR. ERROR stands for the system's words, PATH for a path, N and PORT for numbers. \"The same\" is what the part does without a fault, to the letter; where more is listed, it depends on which part made the call, and for what. The parts that did the same are named then; at another of its calls the same part may have been told. Where a thread could not be started (`clone3`, `mmap`, `mprotect`) it is a matter of who came first whether another did its work, so those named are the ones that were seen. A line without a name in it is of a connected stream: who calls has the stream.

`cargo run --release -p buzzer-faults -- --write` writes this page anew. Which calls are made at all is up to the processor and the C library: these are x86-64 and glibc.

| call | failed with | the program got |
|---|---|---|
";

const THE_SAME: &str = "the same";

/// What a call and an error come to, by their names. What was told says itself what it is of.
/// [`THE_SAME`] doesn't, so it has the part: what one may pass over, another would lose.
type Table = BTreeMap<(String, String), BTreeSet<String>>;

/// What a run came to, without the name of the part.
fn outcomes(seen: &Seen) -> Vec<String> {
    const TOLD: &[&str] = &[": error: ", ": panic: ", "the process: "];
    let is_told = |line: &&String| TOLD.iter().any(|words| line.contains(words));
    let told = seen.said.iter().filter(is_told);
    let told: Vec<_> = told.map(|line| shown(line)).collect();
    match told.is_empty() {
        true => vec![the_same_in(seen.point.part)],
        false => told,
    }
}

fn the_same_in(part: &str) -> String {
    format!("{THE_SAME} in: {part}")
}

/// In a cell: the parts that did the same are listed, unless all did. Of all at once it is
/// not known whose call has failed.
fn cell(outcomes: &BTreeSet<String>) -> String {
    let same = the_same_in("");
    let (parts, told): (Vec<_>, Vec<_>) = outcomes.iter().partition(|one| one.starts_with(&same));
    let names = parts.iter().filter_map(|one| one.strip_prefix(&same));
    let is_one = parts.len() == 1;
    let parts: Vec<_> = names.filter(|part| is_one || *part != TOGETHER).collect();
    let mut shown: Vec<_> = told.into_iter().cloned().collect();
    match shown.is_empty() {
        true => shown.push(THE_SAME.to_owned()),
        false if parts.is_empty() => {}
        false => shown.push(the_same_in(&parts.join(", "))),
    }
    shown.join("<br>")
}

/// What [`cell`] has shown.
fn outcomes_in(cell: &str) -> BTreeSet<String> {
    let mut outcomes = BTreeSet::new();
    for outcome in cell.split("<br>") {
        match outcome.strip_prefix(&the_same_in("")) {
            Some(parts) => outcomes.extend(parts.split(", ").map(the_same_in)),
            None => _ = outcomes.insert(outcome.to_owned()),
        }
    }
    outcomes
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
    let before = listed().unwrap_or_default();
    let mut rows: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for ((call, error), mut outcomes) in table(seen) {
        if let Some(others) = before.get(&(call.clone(), error.clone())) {
            outcomes.extend(by_chance(&call, others));
        }
        rows.entry((call, cell(&outcomes))).or_default().push(error);
    }
    let rows = rows.into_iter().map(|((call, outcomes), errors)| {
        let errors = errors.join(", ");
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
    let (seen, listed) = (table(seen), listed()?);
    let missing = besides(&seen, &with_starts_alike(&listed));
    Ok((missing, besides(&listed, &seen)))
}

/// What else `call` may come to, of what some run has seen. How often a thread is started, and
/// which job then needs it, is up to who comes first: so where one could not be started, a
/// part that did the same without it may be told another time, and the other way round.
fn by_chance(call: &str, outcomes: &BTreeSet<String>) -> BTreeSet<String> {
    const STARTS_OF_THREADS: &[&str] = &["clone3", "mmap", "mprotect"];
    let is_same = |outcome: &&String| outcome.starts_with(&the_same_in(""));
    match STARTS_OF_THREADS.contains(&call) {
        true => outcomes.iter().filter(is_same).cloned().collect(),
        false => BTreeSet::new(),
    }
}

/// With whatever may be by chance for each error of a call that has it for one.
fn with_starts_alike(listed: &Table) -> Table {
    let mut alike = listed.clone();
    for ((call, _), outcomes) in &mut alike {
        let of_it = listed.iter().filter(|((other, _), _)| other == call);
        outcomes.extend(of_it.flat_map(|(_, others)| by_chance(call, others)));
    }
    alike
}

/// The calls on the page, each with its errors.
///
/// # Errors
///
/// Those of reading it.
pub fn pairs() -> io::Result<BTreeSet<(String, String)>> {
    Ok(listed()?.into_keys().collect())
}

fn listed() -> io::Result<Table> {
    let page = fs::read_to_string(PAGE)?;
    let mut listed = Table::new();
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.trim_matches(['|', ' ']).split(" | ").collect();
        let [call, errors, outcomes] = cells[..] else {
            continue;
        };
        for error in errors.split(", ") {
            let key = (call.trim_matches('`').to_owned(), error.to_owned());
            listed.entry(key).or_default().extend(outcomes_in(outcomes));
        }
    }
    Ok(listed)
}

/// What `one` has and `other` has not.
fn besides(one: &Table, other: &Table) -> Vec<String> {
    let none = BTreeSet::new();
    let mut besides = Vec::new();
    for (key, outcomes) in one {
        let others = other.get(key).unwrap_or(&none);
        let (call, error) = key;
        let missing = outcomes.iter().filter(|outcome| !has(others, outcome));
        besides.extend(missing.map(|outcome| format!("{call} {error}: {outcome}")));
    }
    besides
}

/// Where no part is named, each may do the same; and all at once, where any may.
fn has(outcomes: &BTreeSet<String>, outcome: &str) -> bool {
    let is_same = |outcome: &str| outcome.starts_with(&the_same_in(""));
    let may_be_any = outcome == THE_SAME || outcome == the_same_in(TOGETHER);
    outcomes.contains(outcome)
        || is_same(outcome) && outcomes.contains(THE_SAME)
        || may_be_any && outcomes.iter().any(|one| is_same(one))
}

/// How many calls have failed.
pub fn calls(seen: &[Seen]) -> usize {
    let failed = seen.iter().filter(|seen| seen.failed);
    let names: BTreeSet<_> = failed.map(|seen| seen.point.call.name).collect();
    names.len()
}
