//! What README.md names is there: stages, scenarios' stages, and the map's functions.

use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    fs::read_to_string(folder().join("README.md")).unwrap()
}

/// `file.rs: function`, wherever it stands between backticks.
fn names(text: &str) -> Vec<(&str, &str)> {
    let spans = text.split('`').skip(1).step_by(2);
    spans
        .filter_map(|span| span.split_once(": "))
        .filter(|(file, _)| file.ends_with(".rs"))
        .collect()
}

/// A stage is named as it lies here, a file of the library from executor/src.
fn path_of(file: &str) -> Option<PathBuf> {
    ["", "../../executor/src"]
        .map(|place| folder().join(place).join(file))
        .into_iter()
        .find(|path| path.is_file())
}

fn defines(source: &str, function: &str) -> bool {
    ["(", "<"]
        .iter()
        .any(|next| source.contains(&format!("fn {function}{next}")))
}

#[test]
fn every_function_on_the_map_exists() {
    let readme = readme();
    let names = names(&readme);
    assert!(names.len() > 40, "only {} were found", names.len());
    for (file, function) in names {
        let path = path_of(file).unwrap_or_else(|| panic!("no file {file}"));
        let source = fs::read_to_string(path).unwrap();
        assert!(defines(&source, function), "no {function} in {file}");
    }
}

#[test]
fn a_function_that_does_not_exist_is_found_out() {
    assert_eq!(names("`a.rs: b` and `c.rs`, `d: e`"), [("a.rs", "b")]);
    assert_eq!(path_of("10_none.rs"), None);
    assert!(defines("fn poll(number: usize)", "poll") && !defines("fn polls()", "poll"));
}

#[test]
fn each_row_of_the_map_goes_from_a_stage_to_the_library() {
    let readme = readme();
    let (_, map) = readme.split_once("## The map").unwrap();
    let rows: Vec<_> = map.lines().filter(|line| line.starts_with("| `")).collect();
    assert!(rows.len() > 20, "only {} rows", rows.len());
    for row in rows {
        let names = names(row);
        let is_stage = |file: &str| file.starts_with(|first: char| first.is_ascii_digit());
        assert!(is_stage(names[0].0) && !is_stage(names[1].0), "{row}");
    }
}

#[test]
fn every_link_leads_to_a_file() {
    let readme = readme();
    let links = readme.split("](").skip(1);
    let mut count = 0;
    for link in links.map(|rest| rest.split(')').next().unwrap()) {
        assert!(folder().join(link).exists(), "{link}");
        count += 1;
    }
    assert!(count > 12, "only {count} links");
}
