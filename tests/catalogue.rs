//! docs/edge-cases.md has every line, names tests that exist and leads somewhere; what
//! tests/planted/ would put into the library still fits there; and docs/testing.md has every
//! layer that can be run.
//!
//! That a planted fault is caught costs a build of the library each:
//! `cargo run -p buzzer-planted`.

#[path = "support/links.rs"]
mod links;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use links::{anchors, links};

const LINES: RangeInclusive<u32> = 1..=97;

/// The lines that have a fault planted, at least: of wakes, events, deadlines, jobs and writes
/// that get lost, where a test is soon written that never sees one lost.
const PLANTED: [u32; 8] = [1, 2, 8, 32, 33, 49, 54, 59];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn page() -> String {
    text(&root().join("docs/edge-cases.md"))
}

/// The numbered lines of its tables.
fn lines(page: &str) -> Vec<(u32, &str)> {
    let numbered = page.lines().filter_map(|line| {
        let (number, rest) = line.strip_prefix("| ")?.split_once(" | ")?;
        Some((number.parse().ok()?, rest))
    });
    numbered.collect()
}

/// A link of the page's that names a function of a file.
struct Named<'a> {
    file: PathBuf,
    function: &'a str,
}

/// `[`file.rs: function`](../path/to/file.rs)`.
fn named<'a>((shown, target): (&'a str, &str)) -> Option<Named<'a>> {
    let (file, function) = shown.trim_matches('`').split_once(".rs: ")?;
    assert!(
        target.ends_with(&format!("{file}.rs")),
        "{shown}: {target} is another file"
    );
    let file = root().join("docs").join(target);
    Some(Named { file, function })
}

/// The tests of these items, with those of modules among them.
fn tests(items: &[syn::Item]) -> Vec<String> {
    let of_each = items.iter().map(|item| match item {
        syn::Item::Fn(function) => {
            // The runtime's attribute has its crate in front.
            let mut names = function.attrs.iter().map(|attribute| attribute.path());
            let is_test = names.any(|name| name.segments.last().unwrap().ident == "test");
            let name = is_test.then(|| function.sig.ident.to_string());
            Vec::from_iter(name)
        }
        syn::Item::Mod(module) => {
            let content = module.content.iter();
            content.flat_map(|(_, items)| tests(items)).collect()
        }
        _ => Vec::new(),
    });
    of_each.flatten().collect()
}

/// By their paths: many links name tests of one file, and to read it takes a while.
type TestsOfFiles = BTreeMap<PathBuf, Vec<String>>;

/// Why the function that a link names is not to be found, if it isn't. A test is meant, but
/// where `()` stands behind the name: then it is a function that the sentence is about.
fn lacks(named: &Named<'_>, of_files: &mut TestsOfFiles) -> Option<String> {
    let Named { file, function } = named;
    let shown = file.display();
    let Ok(source) = fs::read_to_string(file) else {
        return Some(format!("{shown}: no such file"));
    };
    let is_there = match function.strip_suffix("()") {
        Some(function) => source.contains(&format!("fn {function}(")),
        None => {
            let read = || tests(&syn::parse_file(&source).unwrap().items);
            let of_file = of_files.entry(file.clone()).or_insert_with(read);
            of_file.contains(&(*function).to_owned())
        }
    };
    (!is_there).then(|| format!("{shown}: no {function}"))
}

/// Whether a link leads to a file, and to a heading of it if it says which.
fn leads_somewhere(target: &str) -> bool {
    let (file, heading) = target.split_once('#').unwrap_or((target, ""));
    let file = root().join("docs").join(file);
    file.exists() && (heading.is_empty() || anchors(&text(&file)).contains(&heading.to_owned()))
}

#[test]
fn every_number_has_its_line_and_each_line_its_links() {
    let page = page();
    let lines = lines(&page);
    let numbers: Vec<_> = lines.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, Vec::from_iter(LINES));
    for (number, line) in lines {
        assert!(
            !links(line).is_empty(),
            "{number} names no test and no place"
        );
    }
}

#[test]
fn every_link_leads_somewhere() {
    for (shown, target) in links(&page()) {
        assert!(leads_somewhere(target), "{shown}: {target}");
    }
}

#[test]
fn every_test_that_is_named_exists() {
    let page = page();
    let named: Vec<_> = links(&page).into_iter().filter_map(named).collect();
    assert!(named.len() > 200, "only {} were found", named.len());
    let mut of_files = TestsOfFiles::new();
    let lacks: Vec<_> = named
        .iter()
        .filter_map(|named| lacks(named, &mut of_files))
        .collect();
    assert!(lacks.is_empty(), "{lacks:#?}");
}

#[test]
fn what_is_not_there_is_found_out() {
    let mut of_files = TestsOfFiles::new();
    let mut told = |shown, target| {
        let named = named((shown, target))?;
        lacks(&named, &mut of_files)
    };
    let (wakes, inject) = (
        "../tests/wakes.rs",
        "../executor/src/machine/scheduler/inject.rs",
    );
    let there = "`wakes.rs: many_wakes_before_a_poll_make_one_poll`";
    assert_eq!(told(there, wakes), None);
    let by_the_runtime = "`util.rs: datagrams_are_framed`";
    assert_eq!(told(by_the_runtime, "../tests/patched/util.rs"), None);
    let of_the_library = "`inject.rs: what_is_sent_before_the_last_look_is_seen_by_it`";
    assert_eq!(told(of_the_library, inject), None);
    assert_eq!(told("`inject.rs: prepare_park()`", inject), None);
    assert!(told("`inject.rs: prepare_parking()`", inject).is_some());
    assert!(told("`inject.rs: prepare_park`", inject).is_some());
    assert!(told("`wakes.rs: many_wakes`", wakes).is_some());
    // A function of it, but no test.
    assert!(told("`wakes.rs: until`", wakes).is_some());
    assert!(told("`gone.rs: many_wakes_before`", "../tests/gone.rs").is_some());
    assert!(leads_somewhere("../DESIGN.md#no-wakeup-is-lost"));
    assert!(!leads_somewhere("../DESIGN.md#no-such-heading"));
    assert!(!leads_somewhere("no-such-page.md"));
    assert_eq!(
        lines("| 7 | what | here |\n|--:|---|\n| | goes | wrong |").len(),
        1
    );
}

/// What a patch expects of its files: the lines of each piece that are to be there.
fn expects(patch: &str) -> Vec<(&str, String)> {
    let of_file = |part| {
        let (file, pieces): (&str, &str) = str::split_once(part, '\n').unwrap();
        let pieces = pieces.split("\n@@ ").skip(1);
        pieces.map(move |piece| {
            let (_, lines) = piece.split_once('\n').unwrap();
            let before = lines.lines().filter(|line| !line.starts_with('+'));
            let before = before.filter_map(|line| line.get(1..));
            (file, before.flat_map(|line| [line, "\n"]).collect())
        })
    };
    patch.split("\n--- a/").skip(1).flat_map(of_file).collect()
}

#[test]
fn every_planted_fault_fits_the_library_and_is_caught_by_a_test_of_its_line() {
    let page = page();
    let lines = lines(&page);
    let folder = root().join("tests/planted/faults");
    let mut planted = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let patch = text(&path);
        let expects = expects(&patch);
        assert!(!expects.is_empty(), "{name} is no patch");
        for (file, before) in expects {
            let source = text(&root().join(file));
            assert!(source.contains(&before), "{name} no longer fits {file}");
        }
        let says = |key| patch.lines().find_map(|line| line.strip_prefix(key));
        let command = says("Fails: ").or_else(|| says("Hangs: "));
        let command = command.unwrap_or_else(|| panic!("{name} says not what must fail"));
        let number = name
            .split('-')
            .next()
            .and_then(|number| number.parse().ok());
        let Some(number) = number else { continue };
        let line = lines.iter().find(|(other, _)| *other == number);
        let (_, line) = line.unwrap_or_else(|| panic!("{name}: no such line"));
        let (_, test) = command.rsplit_once([' ', ':']).unwrap();
        for told in [format!(": {test}`]"), format!("planted/faults/{name})")] {
            assert!(line.contains(&told), "the line of {name} lacks {told:?}");
        }
        planted.insert(number);
    }
    let lacks: Vec<_> = PLANTED
        .iter()
        .filter(|number| !planted.contains(number))
        .collect();
    assert!(lacks.is_empty(), "no fault is planted for {lacks:?}");
}

/// The rows of the table of layers: a name, and the page that it leads to.
fn layers(page: &str) -> Vec<(&str, &str)> {
    let rows = page.lines().filter_map(|line| {
        let (name, rest) = line.strip_prefix("| [")?.split_once("](")?;
        Some((name, rest.split_once(')')?.0))
    });
    rows.collect()
}

/// Each layer of docs/testing.md has a page and a long form, and each long form a layer.
#[test]
fn each_layer_has_a_page_and_a_long_form() {
    let page = text(&root().join("docs/testing.md"));
    let layers = layers(&page);
    for (name, of) in &layers {
        assert!(root().join("docs").join(of).is_file(), "{name}: no {of}");
    }
    let named: BTreeSet<_> = layers.iter().map(|(name, _)| (*name).to_owned()).collect();
    let forms = fs::read_dir(root().join(".ci/long.d")).unwrap();
    let forms: BTreeSet<_> = forms
        .map(|form| form.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(named, forms);
    assert_eq!(named.len(), layers.len(), "one row each");
}
