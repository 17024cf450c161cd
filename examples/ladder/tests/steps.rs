//! The stages are as short, and as near to each other, as the README says.

use std::fs;
use std::path::Path;

use similar::{ChangeTag, TextDiff};

/// What marks a part for the book is nothing that a reader reads.
fn without_anchors(source: &str) -> String {
    let lines = source.lines();
    let read = lines.filter(|line| !line.trim_start().starts_with("// ANCHOR"));
    read.map(|line| format!("{line}\n")).collect()
}

/// The names of the stages and their sources, in order.
fn stages() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut stages: Vec<_> = paths
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.strip_suffix(".rs")?.to_owned();
            let is_stage = name.starts_with(|first: char| first.is_ascii_digit());
            is_stage.then(|| (name, fs::read_to_string(path).unwrap()))
        })
        .collect();
    stages.sort();
    stages
}

#[test]
fn stages_are_counted_without_a_gap() {
    for (number, (name, _)) in (1..).zip(stages()) {
        assert!(
            name.starts_with(&format!("{number}_")),
            "{name} is stage {number}"
        );
    }
}

#[test]
fn every_stage_has_fewer_than_200_lines() {
    for (name, source) in stages() {
        let lines = without_anchors(&source).lines().count();
        assert!(lines < 200, "{name}: {lines} lines");
    }
}

#[test]
fn a_stage_adds_at_most_80_lines_to_the_one_before() {
    for pair in stages().windows(2) {
        let [(_, before), (name, after)] = pair else {
            unreachable!("windows of two");
        };
        let (before, after) = (without_anchors(before), without_anchors(after));
        let diff = TextDiff::from_lines(&before, &after);
        let changes = diff.iter_all_changes();
        let added = changes
            .filter(|change| change.tag() == ChangeTag::Insert)
            .count();
        assert!(added <= 80, "{name}: {added} lines");
    }
}

#[test]
fn each_head_has_the_command_the_idea_what_is_wrong_and_what_comes_next() {
    let stages = stages();
    for (index, (name, source)) in stages.iter().enumerate() {
        let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
        let head: String = lines.map(str::trim).collect::<Vec<_>>().join(" ");
        let next = stages.get(index + 1).map_or("", |(name, _)| name);
        for part in [
            format!(" cargo run --example {name} "),
            "New: ".to_owned(),
            "Still wrong: ".to_owned(),
            format!("Next: {next}"),
        ] {
            assert!(head.contains(&part), "{name}: no {part:?} in {head}");
        }
    }
}

#[test]
fn anchors_for_the_book_are_closed_and_named_once() {
    for (name, source) in stages() {
        let named = |mark: &str| -> Vec<String> {
            let lines = source
                .lines()
                .filter_map(|line| line.trim().strip_prefix(mark));
            lines.map(str::to_owned).collect()
        };
        let (begun, ended) = (named("// ANCHOR: "), named("// ANCHOR_END: "));
        assert!(!begun.is_empty(), "{name} has none");
        // One after the other: what begins ends before the next begins.
        assert_eq!(begun, ended, "{name}");
        let mut once = begun.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), begun.len(), "{name}: {begun:?}");
    }
}
