//! docs/from-tokio.md is true, and complete.
//!
//! Every public name of tokio is compiled against tokio and against buzzer in its place:
//! a call with tokio's whole signature, the value of a constant, an implementation of a
//! trait. What compiles must not be in a row of the page, and what doesn't must be.

mod compiler;

use std::collections::BTreeMap;
use std::fs;

use buzzer_from_tokio_tests::page::{self, Row};
use buzzer_from_tokio_tests::{List, Name, locked_version, root};
use compiler::{Refusal, Tokio};

/// What only a build with all features has.
const ALL_FEATURES: [&str; 3] = [
    "fn it<B: bytes::BufMut>(it: &mut B) { \
     let _ = tokio::io::AsyncReadExt::read_buf(&mut &[0_u8][..], it); }",
    "async fn it() { tokio::time::pause(); let _ = tokio::net::TcpListener::bind(\"\").await; }",
    "async fn it() { let _ = tokio::fs::read(\"\").await; tokio::task::yield_now().await; }",
];

fn tokio() -> Tokio {
    Tokio::find("tokio", &ALL_FEATURES)
}

fn buzzer() -> Tokio {
    Tokio::find("buzzer", &ALL_FEATURES)
}

fn probes(names: &[Name]) -> Vec<&str> {
    names.iter().map(|name| name.probe.as_str()).collect()
}

const AGAIN: &str = "`cargo run -p buzzer-from-tokio-tests` makes it anew";

#[test]
fn the_list_is_of_the_tokio_that_the_lock_file_has() {
    assert_eq!(List::read().version, locked_version(), "names.txt: {AGAIN}");
}

#[test]
fn every_name_of_the_list_is_tokios_as_the_probe_says() {
    let list = List::read();
    assert!(list.names.len() > 2_000, "only {} names", list.names.len());
    let refused = tokio().refused(&probes(&list.names));
    for (index, Refusal { text, .. }) in &refused {
        println!("{}: {text}", list.names[*index].name);
    }
    assert!(
        refused.is_empty(),
        "{} probes do not fit tokio",
        refused.len()
    );
}

#[test]
fn every_name_stands_on_the_page() {
    let (list, text) = (List::read(), page::read());
    let expected = page::with_lists(&text, &list.names);
    for (has, needs) in text.lines().zip(expected.lines()) {
        assert_eq!(has, needs, "a list of docs/from-tokio.md is old: {AGAIN}");
    }
    assert_eq!(
        text.len(),
        expected.len(),
        "docs/from-tokio.md is old: {AGAIN}"
    );
}

/// Lines of what is not as the page says, for a person to mend.
fn untrue(rows: &[Row], names: &[Name], refused: &BTreeMap<usize, Refusal>) -> Vec<String> {
    let row_of = |name: &str| {
        rows.iter()
            .find(|row| row.names.iter().any(|of| of == name))
    };
    let mut untrue = Vec::new();
    for (index, Name { name, .. }) in names.iter().enumerate() {
        match (row_of(name), refused.get(&index)) {
            (None, None) => {}
            (None, Some(Refusal { text, .. })) => {
                untrue.push(format!("{name} is not the same, and has no row:\n{text}"));
            }
            (Some(_), None) => untrue.push(format!("{name} has a row, and is the same")),
            (Some(row), Some(refusal)) => {
                let is_true = match row.here.as_str() {
                    "not here" => refusal.is_unknown_name() || name.starts_with("impl "),
                    "differs" => !refusal.is_unknown_name(),
                    "refused" => match row.why.split(['“', '”']).nth(1) {
                        Some(sentence) => refusal.text.contains(sentence),
                        None => false,
                    },
                    _ => false,
                };
                if !is_true {
                    let Refusal { text, .. } = refusal;
                    untrue.push(format!("{name} is not what its row says:\n{text}"));
                }
            }
        }
    }
    untrue
}

#[test]
fn every_name_is_here_what_the_page_says() {
    let list = List::read();
    let rows = page::rows(&page::read(), &list.names);
    let refused = buzzer().refused(&probes(&list.names));
    let untrue = untrue(&rows, &list.names, &refused);
    let lines = untrue.join("\n");
    assert!(untrue.is_empty(), "{lines}\n{} names", untrue.len());
}

#[test]
fn a_row_that_is_not_true_and_a_row_that_is_missing_are_found() {
    let name = |name: &str, probe: &str| Name {
        name: name.to_owned(),
        probe: probe.to_owned(),
    };
    let names = [
        name("tokio::spawn", "use tokio::spawn as It;"),
        name("tokio::swim", "use tokio::swim as It;"),
        name(
            "tokio::task::block_in_place",
            "fn it() { tokio::task::block_in_place(|| 7); }",
        ),
        name(
            "impl Sync for tokio::task::LocalSet",
            "fn it(it: &tokio::task::LocalSet) -> &impl Sync { it }",
        ),
    ];
    let refused = buzzer().refused(&probes(&names));
    let told = |page: &str| {
        let untrue = untrue(&page::rows(page, &names), &names, &refused);
        let first = untrue
            .iter()
            .map(|text| text.lines().next().unwrap().to_owned());
        first.collect::<Vec<_>>()
    };
    let root = "\n## `tokio`\n\n| `swim` | not here | why |\n";
    let task = "\n## `tokio::task`\n\n| `block_in_place` | refused | “a second worker thread” |\n\
                | `impl Sync for LocalSet` | not here | why |\n";
    assert!(told(&format!("{root}{task}")).is_empty());
    assert_eq!(
        told(&format!("{root}| `spawn` | not here | why |\n{task}")),
        ["tokio::spawn has a row, and is the same"]
    );
    assert_eq!(told(task), ["tokio::swim is not the same, and has no row:"]);
    for (has, says) in [
        ("a second worker thread", "another sentence"),
        ("refused", "not here"),
    ] {
        assert_eq!(
            told(&format!("{root}{task}").replace(has, says)),
            ["tokio::task::block_in_place is not what its row says:"]
        );
    }
}

#[test]
fn every_feature_of_tokio_is_one_here_or_has_a_row() {
    let manifest = fs::read_to_string(root().join("executor/Cargo.toml")).unwrap();
    let (_, features) = manifest.split_once("\n[features]\n").unwrap();
    let features = features.split("\n[").next().unwrap();
    let text = page::read();
    for feature in List::read().features {
        let is_here = features
            .lines()
            .any(|line| line.starts_with(&format!("{feature} =")));
        let is_absent = text.contains(&format!("| `{feature}` | not here |"));
        let is_same = text.contains(&format!("| `{feature}` | ")) && !is_absent;
        assert_eq!(
            (is_here, !is_here),
            (is_same, is_absent),
            "the feature {feature}"
        );
    }
}
