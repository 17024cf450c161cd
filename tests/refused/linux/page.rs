//! docs/refused.md: what was seen, as two tables.

use std::{env, fs};

use super::calls::Way;
use super::{NOTICED, Refused};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/refused.md");

/// The page is of Linux by its own calls.
const IS_OF_THIS_BUILD: bool = cfg!(not(buzzer_portable));

/// Of what a program says, as many lines as tell what it comes to.
const LINES: usize = 3;

const HEAD: &str = "\
# Linux that says no

Containers, sandboxes, gVisor and old kernels refuse calls. This is what a program of many parts (timers, threads, files, sockets, children, signals, standard streams, traces) does when one call is refused with one error from its beginning on. tests/refused/ runs it under a real filter (seccomp), counts how often it asks in vain, and fails if this page doesn't say what was seen; `WRITE_REFUSED=1 cargo test --test refused` writes the page anew.

Which calls are made at all is up to the processor and the C library: these are x86-64 and glibc.

## Calls that have another way

The program does the same, to the letter, and loses nothing; also with all of these refused at once. \"Once\" says that a refusal was noticed: the process asks at most once more, to be sure, and then never again.

| call | refused with | asked | instead |
|---|---|---|---|
";

const MIDDLE: &str = "
## Calls that have none

The parts of the program that need the call say what could not be done, and why; the others go on. ERROR stands for the system's words for the error.

| call | refused with | the program |
|---|---|---|
";

/// What a call comes to, and with which errors.
struct Row {
    refused_with: Vec<&'static str>,
    call: &'static str,
    way: Way,
    outcome: String,
}

/// One for each call that was made and each of its outcomes, in the order of the calls.
fn rows(refused: &[Refused]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for one in refused.iter().filter(|one| one.is_made) {
        let (call, outcome) = (one.call.name, outcome(one));
        let mut same = rows.iter_mut();
        match same.find(|row| row.call == call && row.outcome == outcome) {
            Some(row) => row.refused_with.push(one.error),
            None => rows.push(Row {
                refused_with: vec![one.error],
                call,
                way: one.call.way,
                outcome,
            }),
        }
    }
    rows
}

fn outcome(one: &Refused) -> String {
    if let (true, Way::Once(_) | Way::EachTime(_)) = (one.said.is_empty(), one.call.way) {
        let asked = if one.times <= NOTICED {
            "once"
        } else {
            "each time"
        };
        return asked.to_owned();
    }
    if one.said.is_empty() {
        return "does the same".to_owned();
    }
    let said = one.said.iter().take(LINES);
    let mut said: Vec<_> = said.map(|line| without_numbers(line)).collect();
    match one.said.len().saturating_sub(LINES) {
        0 => {}
        1 => said.push("and one line more".to_owned()),
        more => said.push(format!("and {more} lines more")),
    }
    said.join("<br>")
}

/// Without what differs from run to run: the numbers of ports and processes.
fn without_numbers(line: &str) -> String {
    let is_number = |text: &str| text.parse::<u32>().is_ok_and(|number| number > 0);
    let mut last = "";
    let words = line.split(' ').map(|word| {
        let bare = word.trim_end_matches(':');
        let port = bare.rsplit_once(':').filter(|(_, port)| is_number(port));
        let shown = match port {
            Some((host, _)) => format!("{host}:PORT"),
            None if last == "child" && is_number(bare) => "N".to_owned(),
            None => bare.to_owned(),
        };
        last = word;
        shown + &word[bare.len()..]
    });
    words.collect::<Vec<_>>().join(" ")
}

impl Row {
    fn text(&self) -> String {
        let Self { call, outcome, .. } = self;
        let errors = self.refused_with.join(", ");
        match self.way {
            Way::Once(instead) | Way::EachTime(instead) => {
                format!("| `{call}` | {errors} | {outcome} | {instead} |\n")
            }
            Way::None => format!("| `{call}` | {errors} | {outcome} |\n"),
        }
    }
}

pub fn write_if_asked(refused: &[Refused]) {
    if env::var_os("WRITE_REFUSED").is_none() || !IS_OF_THIS_BUILD {
        return;
    }
    let (without, with): (Vec<_>, Vec<_>) = rows(refused)
        .into_iter()
        .partition(|row| row.way == Way::None);
    let table = |rows: Vec<Row>| rows.iter().map(Row::text).collect::<String>();
    fs::write(PAGE, [HEAD, &table(with), MIDDLE, &table(without)].concat()).unwrap();
}

/// Holds the page against what was seen. Calls that this system's libraries don't make
/// were not seen.
pub fn check(refused: &[Refused]) {
    if !IS_OF_THIS_BUILD {
        return;
    }
    let page = fs::read_to_string(PAGE).unwrap();
    let rows: Vec<_> = rows(refused).iter().map(Row::text).collect();
    let missing = rows.iter().filter(|row| !page.contains(row.as_str()));
    let missing: String = missing.map(String::as_str).collect();
    // What the page says of the calls that were seen, it says of today's program.
    let seen = |line: &&str| {
        refused
            .iter()
            .any(|one| one.is_made && line.starts_with(&format!("| `{}` |", one.call.name)))
    };
    let stale = page
        .lines()
        .filter(seen)
        .filter(|line| !rows.iter().any(|row| row.trim_end() == *line));
    let stale: String = stale.map(|line| format!("{line}\n")).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "docs/refused.md lacks:\n{missing}and has:\n{stale}`WRITE_REFUSED=1 cargo test --test refused` writes it anew"
    );
}
