//! What a file is with its mutants in it, and that the lists fit the tree. What comes of a
//! mutant is tried in `tests/outcomes.rs`.

mod outcomes;

use std::path::Path;

use serde::de::IgnoredAny;

use crate::belongs::Belongs;
use crate::list::{At, Genre, Lies, Mutant};
use crate::missed::Missed;
use crate::switch::switched;

/// The mutant at `place` of `source`, which is there once.
fn mutant(number: usize, genre: Genre, source: &str, place: &str, replacement: &str) -> Mutant {
    let at = source.find(place).expect("it is there");
    let before = &source[..at];
    let line = before.matches('\n').count() + 1;
    let column = at - before.rfind('\n').map_or(0, |end| end + 1) + 1;
    Mutant {
        number,
        file: "some.rs".into(),
        name: String::new(),
        span: Lies {
            start: At { line, column },
        },
        replacement: replacement.into(),
        genre,
        function: Some(IgnoredAny),
    }
}

#[track_caller]
fn assert_switched(source: &str, mutants: &[Mutant], wanted: &str) {
    let made = switched(source, &mutants.iter().collect::<Vec<_>>());
    assert_eq!(made.text, wanted);
    assert_eq!(made.left, [0; 0]);
    for (placed, mutant) in made.places.iter().zip(mutants) {
        assert_eq!(placed.number, mutant.number);
        let is = format!("is({})", mutant.number);
        assert!(made.text[placed.at.clone()].contains(&is));
    }
}

#[test]
fn a_body_may_return_another_value() {
    let source = "fn two() -> u8 {\n    2\n}";
    let made = [
        mutant(1, Genre::Body, source, "2", "0"),
        mutant(2, Genre::Body, source, "2", "1"),
    ];
    let wanted = "fn two() -> u8 {if crate::mutant::is(1) { return 0; } \
                  if crate::mutant::is(2) { return 1; } \n    2\n}";
    assert_switched(source, &made, wanted);
}

#[test]
fn an_operator_within_another_is_switched_too() {
    let source = "fn f() -> u8 { 1 + 2 * 3 }";
    let made = [
        mutant(1, Genre::Binary, source, "+", "-"),
        mutant(2, Genre::Binary, source, "*", "/"),
    ];
    let wanted = "fn f() -> u8 { (if crate::mutant::is(1) { 1 - 2 * 3 } else { 1 + \
                  (if crate::mutant::is(2) { 2 / 3 } else { 2 * 3 }) }) }";
    assert_switched(source, &made, wanted);
}

#[test]
fn lines_stay_where_they_are() {
    let source = "fn f() -> bool {\n    !a(\n        // why\n        1,\n    )\n}";
    let made = [mutant(1, Genre::Unary, source, "!", "")];
    let made = switched(source, &made.iter().collect::<Vec<_>>());
    assert_eq!(made.text.lines().count(), source.lines().count());
    assert!(made.text.contains("if crate::mutant::is(1) { a (1 ,) }"));
}

#[test]
fn arms_go_and_guards_are_set() {
    let source = "fn f() { match x { 1 => a(), 2 if b() => c(), _ => d() } }";
    let made = [
        mutant(1, Genre::Arm, source, "1", ""),
        mutant(2, Genre::Guard, source, "b()", "true"),
        mutant(3, Genre::Guard, source, "b()", "false"),
    ];
    let wanted = "fn f() { match x { 1 if if crate::mutant::is(1) { false } else { true } => a(), \
                  2 if if crate::mutant::is(2) { true } else if crate::mutant::is(3) { false } \
                  else { b() } => c(), _ => d() } }";
    assert_switched(source, &made, wanted);
}

#[test]
fn an_iterator_that_is_returned_is_emptied() {
    let source = "fn f() -> impl Iterator<Item = u8> { some.iter() }";
    let made = [mutant(
        1,
        Genre::Body,
        source,
        "some",
        "::std::iter::empty()",
    )];
    let wanted = "fn f() -> impl Iterator<Item = u8> { (some.iter()).take(\
                  if crate::mutant::is(1) { 0 } else { usize::MAX }) }";
    assert_switched(source, &made, wanted);
}

#[test]
fn a_field_may_be_what_the_base_has() {
    let source = "fn f() { S { a: 1, ..S::none() } }";
    let made = [mutant(1, Genre::Field, source, "a:", "")];
    let wanted = "fn f() { S { a: (if crate::mutant::is(1) { (S :: none ()).a } else { 1 }), \
                  ..S::none() } }";
    assert_switched(source, &made, wanted);
}

#[test]
fn what_a_condition_binds_stays_in_its_chain() {
    let source = "fn f() { if a() && let Some(b) = c() && b == 1 {} }";
    let and = source.rfind("&&").unwrap();
    let mut made = mutant(1, Genre::Binary, source, "&&", "||");
    made.span.start.column = and + 1;
    let made = [made, mutant(2, Genre::Binary, source, "==", "!=")];
    let made = switched(source, &made.iter().collect::<Vec<_>>());
    assert_eq!(made.refused, [1]);
    assert!(
        made.text
            .contains("&& (if crate::mutant::is(2) { b != 1 } else { b == 1 })")
    );
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
}

#[test]
fn each_program_and_folder_of_belongs_is_there() {
    let belongs = Belongs::read();
    for program in belongs.programs() {
        let is_there = match program {
            "buzzer" => true,
            "contrast" => root().join("tests/contrast/suite.rs").is_file(),
            _ => [
                format!("tests/{program}.rs"),
                format!("tests/{program}/main.rs"),
            ]
            .iter()
            .any(|path| root().join(path).is_file()),
        };
        assert!(
            is_there,
            "tests/ has no {program}, which belongs.toml names"
        );
    }
    for folder in belongs.folders() {
        assert!(root().join(folder).is_dir(), "{folder}, of belongs.toml");
    }
}

#[test]
fn each_mutant_of_missed_is_of_a_function_that_is_there_and_has_a_reason() {
    for known in Missed::read().entries() {
        let text = std::fs::read_to_string(root().join(&known.file));
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", known.file));
        assert!(!known.why.is_empty(), "{}: {}", known.file, known.mutant);
        let (_, function) = known
            .mutant
            .rsplit_once(" in ")
            .unwrap_or(("", &known.mutant));
        let function = function.strip_prefix("replace ").unwrap_or(function);
        let end = function.find(" -> ").unwrap_or(function.len());
        let end = function.find(" with ").map_or(end, |with| end.min(with));
        let name = function[..end].rsplit("::").next().unwrap();
        assert!(
            text.contains(&format!("fn {name}")),
            "{} has no {name}, which missed.toml names",
            known.file
        );
    }
}
