//! DESIGN.md names what exists, and its walks are as short as promised.

#[path = "support/library.rs"]
mod library;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use library::library;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn design() -> String {
    fs::read_to_string(root().join("DESIGN.md")).expect("DESIGN.md is at the root")
}

/// What is between backticks: every second piece.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    text.split("```")
        .step_by(2)
        .flat_map(|prose| prose.split('`').skip(1).step_by(2))
}

/// `file.rs` or `file.rs: function` as (path, function).
fn names(text: &str) -> Vec<(&str, Option<&str>)> {
    code_spans(text)
        .filter_map(|span| match span.split_once(": ") {
            Some((file, function)) if file.ends_with(".rs") => Some((file, Some(function))),
            None if span.ends_with(".rs") => Some((span, None)),
            _ => None,
        })
        .collect()
}

/// Files of the library are named from executor/src, others from the root.
fn path_of(file: &str) -> Option<PathBuf> {
    ["executor/src", ""]
        .map(|folder| root().join(folder).join(file))
        .into_iter()
        .find(|path| path.is_file())
}

fn defines(source: &str, function: &str) -> bool {
    ["(", "<"]
        .iter()
        .any(|next| source.contains(&format!("fn {function}{next}")))
}

/// The part of DESIGN.md under the heading that begins like this.
fn section<'a>(design: &'a str, heading: &str) -> &'a str {
    let (_, rest) = design
        .split_once(heading)
        .unwrap_or_else(|| panic!("DESIGN.md has a section {heading:?}"));
    rest.split("\n#").next().unwrap_or(rest)
}

fn files_of(section: &str) -> BTreeSet<&str> {
    names(section).into_iter().map(|(file, _)| file).collect()
}

#[test]
fn every_file_and_function_that_design_names_exists() {
    let design = design();
    let names = names(&design);
    assert!(
        names.len() > 40,
        "only {} names were found in DESIGN.md",
        names.len()
    );
    for (file, function) in names {
        let path = path_of(file).unwrap_or_else(|| panic!("DESIGN.md names {file}: no such file"));
        if let Some(function) = function {
            let source = fs::read_to_string(path).unwrap();
            assert!(
                defines(&source, function),
                "DESIGN.md names {file}: {function}: no such function"
            );
        }
    }
}

#[test]
fn a_name_that_does_not_exist_is_found_out() {
    assert_eq!(path_of("machine/scheduler/no_such.rs"), None);
    let run = fs::read_to_string(path_of("machine/scheduler/run.rs").unwrap()).unwrap();
    assert!(defines(&run, "spawn") && !defines(&run, "spaw") && !defines(&run, "no_such"));
    assert_eq!(
        names("see `a.rs: b` and `c.rs` but not `d` nor\n```\n`e.rs`\n```"),
        [("a.rs", Some("b")), ("c.rs", None)]
    );
}

#[test]
fn the_two_walks_stay_within_their_bounds() {
    let design = design();
    let spawn = files_of(section(&design, "### From `spawn`"));
    let event = files_of(section(&design, "### From an event of the kernel"));
    assert!(
        (2..=5).contains(&spawn.len()),
        "spawn to last poll: {spawn:?}"
    );
    assert!((2..=6).contains(&event.len()), "event to task: {event:?}");
    let both: BTreeSet<_> = spawn.union(&event).collect();
    assert!(both.len() <= 9, "both walks: {both:?}");
    let lines: usize = both
        .iter()
        .map(|file| {
            fs::read_to_string(path_of(file).unwrap())
                .unwrap()
                .lines()
                .count()
        })
        .sum();
    assert!(lines <= 2_000, "both walks are {lines} lines");
    let hundreds = (lines + 50) / 100;
    let told = format!(
        "through {} files, the second through {}, and both together through {} files of some \
         {},{}00 lines",
        spawn.len(),
        event.len(),
        both.len(),
        hundreds / 10,
        hundreds % 10
    );
    assert!(design.contains(&told), "DESIGN.md does not say {told:?}");
}

#[test]
fn no_file_of_the_library_is_longer_than_a_reader_can_hold() {
    for (name, text) in library() {
        let lines = text.lines().count();
        assert!(lines <= 400, "{} has {lines} lines", name.display());
    }
}

#[test]
fn unsafe_stands_in_the_vtable_the_pinning_and_sys_only() {
    let files = library();
    let (_, front_door) = files
        .iter()
        .find(|(name, _)| name == Path::new("lib.rs"))
        .unwrap();
    assert!(front_door.contains("#![deny(unsafe_code)]"));
    let allowed: BTreeSet<_> = files
        .iter()
        .filter(|(_, text)| text.contains("allow(unsafe_code)"))
        .map(|(name, _)| name.to_str().unwrap())
        .collect();
    // sys/mod.rs speaks for its folder; the other two for what their macros make elsewhere.
    let expected = [
        "machine/scheduler/cell.rs",
        "machine/scheduler/waker.rs",
        "sys/mod.rs",
        "sys/pinned.rs",
        "sys/promised.rs",
    ];
    assert_eq!(allowed, BTreeSet::from(expected));
}

#[test]
fn every_file_that_the_crates_page_links_exists() {
    let page = fs::read_to_string(root().join("executor/src/lib.rs")).unwrap();
    let links = page.split("](../src/buzzer/").skip(1);
    let files: Vec<_> = links.filter_map(|link| link.split_once(".html)")).collect();
    assert!(files.len() > 15, "only {} links were found", files.len());
    for (file, _) in files {
        assert!(root().join("executor/src").join(file).is_file(), "{file}");
    }
}

#[test]
fn the_environment_is_read_in_one_place() {
    // One file looks for a program where exec does: in PATH.
    let may = ["trace/environment/mod.rs", "process/blame.rs"];
    for (name, text) in library() {
        let reads = text.contains("env::var") || text.contains("env::vars");
        let may = may.iter().any(|may| name == Path::new(may));
        assert!(!reads || may, "{} reads a variable", name.display());
    }
}
