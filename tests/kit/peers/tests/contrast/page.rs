//! The page: made of verdicts, and read again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use buzzer_kit::{End, GROUPS, Mistake, Verdict, scenarios};

/// What one executor did, in the order of the scenarios; nothing if it can't run here.
pub struct Column {
    pub name: String,
    pub verdicts: Vec<Verdict>,
}

/// What is said of each executor in each scenario.
pub struct Page {
    columns: Vec<String>,
    /// By executor and scenario: a word, and what happened.
    pub cells: BTreeMap<(String, String), String>,
}

const HEAD: &str = "\
# What executors do with the known mistakes

Each line is a mistake that executors have made, and what eight of them do when it is tried on them by [the kit](../tests/kit/README.md): each scenario in a process of its own, decided by counts and by order, not by a stopwatch. This page is made by

```sh
WRITE_CONTRAST=1 cargo test -p buzzer-kit-peers
```

and the same without the variable fails when an executor does something else by now. `cargo run -p buzzer-kit-peers -- WORD` tells of single scenarios at length.

It is no ranking. An executor for firmware need not drop its tasks at an end that never comes, and one that starts a spawned task at once, lets a panic through, or leaves it to the program to yield, may mean to. Where one lacks a part, nothing was made up for it, but that embassy has no handles of tasks: a flag of the kit's is in their place, so that `ready_handles` says nothing of embassy. How each is used is a file in [tests/kit/peers/src](../tests/kit/peers/src).

";

const WORDS: &str = "\
| word | means |
|---|---|
| right | it doesn't make the mistake |
| **wrong** | it does: the lists at the end say what happened |
| **hangs** | it never came to an end: everything slept, and nobody was left to wake it |
| **spins** | it never came to an end, and kept the processor busy |
| **panics** | a panic left `block_on` that should not have |
| **aborts** | the process ended in the midst of it |
| – | it has no such part |

This run was on Linux with io_uring allowed, which glommio needs and compio takes; monoio ran on its driver for epoll. Without io_uring their columns are not compared.

";

impl Page {
    pub fn of(columns: &[Column]) -> Self {
        let mut cells = BTreeMap::new();
        for column in columns {
            for (scenario, verdict) in scenarios().zip(&column.verdicts) {
                let place = (column.name.clone(), scenario.name.to_owned());
                cells.insert(place, cell(verdict));
            }
        }
        let columns = columns.iter().map(|column| column.name.clone()).collect();
        Self { columns, cells }
    }

    pub fn text(&self) -> String {
        let mut text = HEAD.to_owned();
        self.totals(&mut text);
        text.push_str(WORDS);
        for group in GROUPS {
            let _ = writeln!(text, "## {}\n", capitalized(group.title));
            let _ = writeln!(text, "| mistake | {} |", self.columns.join(" | "));
            let _ = writeln!(text, "|---|{}", "---|".repeat(self.columns.len()));
            for scenario in group.scenarios {
                let words = self.columns.iter().map(|executor| {
                    let cell = self.cell(executor, scenario.name);
                    match word_of(cell) {
                        word @ ("right" | "–") => word.to_owned(),
                        word => format!("**{word}**"),
                    }
                });
                let words = words.collect::<Vec<_>>().join(" | ");
                let _ = writeln!(
                    text,
                    "| `{}` {} | {words} |",
                    scenario.name, scenario.mistake
                );
            }
            text.push('\n');
        }
        text.push_str("## What happened instead\n");
        for executor in &self.columns {
            self.list(&mut text, executor);
        }
        text
    }

    fn totals(&self, text: &mut String) {
        text.push_str("| | version | right | otherwise | no such part |\n|---|---|--:|--:|--:|\n");
        for executor in &self.columns {
            let words = scenarios().map(|scenario| word_of(self.cell(executor, scenario.name)));
            let words: Vec<_> = words.collect();
            let count = |word| words.iter().filter(|other| **other == word).count();
            let (right, lacks) = (count("right"), count("–"));
            let otherwise = words.len() - right - lacks;
            let version = version(executor);
            let _ = writeln!(
                text,
                "| {executor} | {version} | {right} | {otherwise} | {lacks} |"
            );
        }
        text.push('\n');
    }

    fn list(&self, text: &mut String, executor: &str) {
        let wrong = scenarios().filter_map(|scenario| {
            let (word, happened) = self.cell(executor, scenario.name).split_once(": ")?;
            Some(format!("- `{}` {word}: {happened}\n", scenario.name))
        });
        let wrong: String = wrong.collect();
        if !wrong.is_empty() {
            let _ = write!(text, "\n### {executor}\n\n{wrong}");
        }
    }

    fn cell(&self, executor: &str, scenario: &str) -> &str {
        let place = (executor.to_owned(), scenario.to_owned());
        self.cells.get(&place).map_or("–", String::as_str)
    }

    /// The cells of a page that `text` has made.
    pub fn read(text: &str) -> Self {
        let mut columns = Vec::new();
        let mut cells = BTreeMap::new();
        let (tables, lists) = text
            .split_once("## What happened instead")
            .unwrap_or_default();
        for line in tables.lines() {
            let parts: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            if let Some(names) = line.strip_prefix("| mistake |") {
                let names = names.trim_matches('|').split(" | ");
                columns = names
                    .map(|name| name.trim().trim_matches(['|', ' ']).to_owned())
                    .collect();
            } else if let Some(scenario) =
                line.strip_prefix("| `").and_then(|l| l.split('`').next())
            {
                for (executor, word) in columns.iter().zip(&parts[1..]) {
                    let word = word.trim_matches(['*', '|', ' ']);
                    cells.insert((executor.clone(), scenario.to_owned()), word.to_owned());
                }
            }
        }
        let mut executor = "";
        for line in lists.lines() {
            if let Some(name) = line.strip_prefix("### ") {
                executor = name;
            } else if let Some((scenario, cell)) = line
                .strip_prefix("- `")
                .and_then(|line| line.split_once("` "))
            {
                cells.insert((executor.to_owned(), scenario.to_owned()), cell.to_owned());
            }
        }
        Self { columns, cells }
    }
}

pub fn cell(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Right => "right".to_owned(),
        Verdict::NotOffered(_) => "–".to_owned(),
        Verdict::Wrong(Mistake { end, finding, .. }) => {
            let (expected, happened) = (&finding.expected, &finding.happened);
            match end {
                End::Hung => format!("hangs: waits for {expected}"),
                End::Spun | End::Unfinished => format!("spins: waits for {expected}"),
                End::Died => format!("aborts: {happened}"),
                End::Told => match happened.strip_prefix("block_on panicked: ") {
                    Some(panic) => format!("panics: \"{panic}\""),
                    None => format!("wrong: expected {expected}; {happened}"),
                },
            }
        }
    }
}

fn word_of(cell: &str) -> &str {
    cell.split_once(": ").map_or(cell, |(word, _)| word)
}

fn capitalized(title: &str) -> String {
    let mut chars = title.chars();
    match (title.starts_with("block_on"), chars.next()) {
        (false, Some(first)) => first.to_uppercase().chain(chars).collect(),
        _ => title.to_owned(),
    }
}

/// The one that was built.
fn version(executor: &str) -> String {
    let package = match executor {
        "buzzer" => return "this one".to_owned(),
        "smol" => "async-executor",
        "embassy" => "embassy-executor",
        name => name,
    };
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../Cargo.lock");
    let lock = fs::read_to_string(lock).expect("the workspace's Cargo.lock");
    let (_, rest) = lock
        .split_once(&format!("name = \"{package}\"\nversion = \""))
        .expect("a package of the lock file");
    let version = rest.split('"').next().expect("a version");
    match executor == package {
        true => version.to_owned(),
        false => format!("{package} {version}"),
    }
}
