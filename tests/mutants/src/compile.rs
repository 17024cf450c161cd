//! All mutants in one build, but for those that don't compile.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Stdio};
use std::time::UNIX_EPOCH;

use serde::Deserialize;

use crate::list::Mutant;
use crate::switch::{Placed, Switched, switched};
use crate::tree::Tree;

/// What a mutant is to the compiler.
pub struct Compiled {
    /// They are in the build.
    pub viable: BTreeSet<usize>,
    /// They don't compile.
    pub unviable: BTreeSet<usize>,
    /// No switch is known for them: constants, and some that would return another type.
    pub unswitched: BTreeSet<usize>,
}

/// A program of tests.
pub struct Program {
    pub name: String,
    pub path: String,
    /// It runs there.
    pub package: String,
    /// When, in nanoseconds. It is written anew when anything of it has changed, and so may
    /// any of its tests have.
    pub written: u128,
}

/// Puts them all into the copy, and takes out whom the compiler complains of, until it
/// doesn't.
///
/// `unviable` are known not to compile.
pub fn compile(tree: &Tree, mutants: &[Mutant], unviable: BTreeSet<usize>) -> Compiled {
    let numbers = |is_constant| {
        let some = move |mutant: &&Mutant| mutant.function.is_none() == is_constant;
        let some = mutants.iter().filter(some).map(|mutant| mutant.number);
        some.filter(|number| !unviable.contains(number)).collect()
    };
    let mut compiled = Compiled {
        viable: numbers(false),
        unswitched: numbers(true),
        unviable: unviable.clone(),
    };
    let mut told = String::new();
    let mut is_checked = !compiled.unviable.is_empty();
    for round in 1.. {
        let places = put(tree, mutants, &mut compiled);
        println!("round {round}: {} mutants", compiled.viable.len());
        // Sums that overflow are seen only by the build, and much else by the check in
        // half the time.
        let how = if is_checked { "build" } else { "check" };
        let (passed, messages) = cargo(tree, how, &["-p", "buzzer", "--lib"]);
        if passed && is_checked {
            break;
        }
        if passed {
            is_checked = true;
            continue;
        }
        let mut refused = BTreeSet::new();
        let errors = messages
            .iter()
            .filter_map(|message| message.message.as_ref());
        let errors: Vec<_> = errors.filter(|error| error.level == "error").collect();
        for error in &errors {
            let blamed = blamed(error, &places);
            for number in &blamed {
                let why = error.rendered.as_deref().unwrap_or_default();
                told += &format!("{}\n{why}\n", mutants[number - 1].name);
            }
            refused.extend(blamed);
        }
        if refused.is_empty() {
            for error in errors {
                eprintln!("{}", error.rendered.as_deref().unwrap_or_default());
            }
            panic!("no mutant is to blame for this");
        }
        compiled.viable.retain(|number| !refused.contains(number));
        compiled.unviable.extend(refused);
    }
    if !told.is_empty() {
        // For who doubts that one doesn't.
        fs::write(tree.told.join("unviable"), told).expect("the build's folder can be written");
    }
    compiled
}

type Places = BTreeMap<String, Vec<Placed>>;

/// Writes the copy.
fn put(tree: &Tree, mutants: &[Mutant], compiled: &mut Compiled) -> Places {
    let mut of_files: BTreeMap<&str, Vec<&Mutant>> = BTreeMap::new();
    for mutant in mutants {
        if compiled.viable.contains(&mutant.number) {
            of_files.entry(&mutant.file).or_default().push(mutant);
        }
    }
    let places = RefCell::new(Places::new());
    let left = RefCell::new(BTreeSet::new());
    let refused = RefCell::new(BTreeSet::new());
    tree.copy_all(|file, text| match file {
        "executor/src/lib.rs" => Some(with_switches(text)),
        "Cargo.toml" => Some(format!("{text}\n{PROFILE}")),
        _ => {
            let of_file = of_files.get(file)?;
            let made: Switched = switched(text, of_file);
            places.borrow_mut().insert(file.to_owned(), made.places);
            left.borrow_mut().extend(made.left);
            refused.borrow_mut().extend(made.refused);
            Some(made.text)
        }
    });
    let (left, refused) = (left.into_inner(), refused.into_inner());
    let viable = &mut compiled.viable;
    viable.retain(|number| !left.contains(number) && !refused.contains(number));
    compiled.unswitched.extend(left);
    compiled.unviable.extend(refused);
    places.into_inner()
}

/// Half the build is the writing of what only a debugger reads.
const PROFILE: &str = "[profile.dev.package.buzzer]\ndebug = false\n\
    [profile.dev.package.buzzer-programs]\ndebug = false\n";

/// The library with the module that the switches are in. `is` has to be callable where the
/// library's constants are computed.
fn with_switches(text: &str) -> String {
    let denied = text
        .find("#![deny(unsafe_code)]")
        .expect("the library says so");
    let (head, rest) = text.split_at(denied);
    let rest = rest.replacen("#![deny(", "#![warn(", 2);
    format!(
        "{head}#![feature(core_intrinsics, const_eval_select)] #![allow(internal_features)] \
         {rest}\nmod mutant;\n"
    )
}

/// Builds the programs of tests.
pub fn build(tree: &Tree, arguments: &[&str]) -> Vec<Program> {
    let mut all = vec!["--no-run"];
    all.extend(arguments);
    let (passed, messages) = cargo(tree, "test", &all);
    if !passed {
        for error in messages
            .iter()
            .filter_map(|message| message.message.as_ref())
        {
            if error.level == "error" {
                eprintln!("{}", error.rendered.as_deref().unwrap_or_default());
            }
        }
        panic!("the tests can't be built");
    }
    let made = messages.into_iter().filter_map(|message| {
        let path = message.executable?;
        let target = message.target?;
        let manifest = message.manifest_path?;
        message
            .profile
            .is_some_and(|profile| profile.test)
            .then(|| Program {
                name: target.name,
                written: written(&path),
                path,
                package: manifest.trim_end_matches("/Cargo.toml").to_owned(),
            })
    });
    made.collect()
}

fn written(program: &str) -> u128 {
    let at = fs::metadata(program).and_then(|meta| meta.modified());
    let at = at.expect("it was just built").duration_since(UNIX_EPOCH);
    at.expect("it is later").as_nanos()
}

fn cargo(tree: &Tree, what: &str, arguments: &[&str]) -> (bool, Vec<Message>) {
    let ran = Command::new("cargo")
        .arg(what)
        .arg("--message-format=json")
        .args(arguments)
        .current_dir(&tree.copied.copy)
        .env("CARGO_TARGET_DIR", &tree.copied.built)
        .env("CARGO_INCREMENTAL", "0")
        .env("RUSTC_BOOTSTRAP", "buzzer")
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo is there");
    let text = String::from_utf8_lossy(&ran.stdout);
    let messages = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    (ran.status.success(), messages.collect())
}

/// Whose text an error points at; if nobody's, whose text its other places point at; and if
/// that is nobody's, whoever is within its place, or the next arm of the match that it is in.
fn blamed(error: &Diagnostic, places: &Places) -> BTreeSet<usize> {
    let primary = error.spans.iter().filter(|span| span.is_primary);
    let mut found: BTreeSet<_> = primary
        .clone()
        .flat_map(|span| around(span, places))
        .collect();
    if found.is_empty() {
        let notes = error.children.iter().flat_map(|note| &note.spans);
        let others = error.spans.iter().chain(notes);
        found = others.flat_map(|span| around(span, places)).collect();
    }
    if found.is_empty() {
        found = primary
            .clone()
            .flat_map(|span| within(span, places))
            .collect();
    }
    if found.is_empty() && error.code.as_ref().is_some_and(|code| code.code == "E0004") {
        found = primary.filter_map(|span| next_arm(span, places)).collect();
    }
    found
}

fn of_file<'a>(span: &Span, places: &'a Places) -> &'a [Placed] {
    places.get(&span.file_name).map_or(&[], Vec::as_slice)
}

fn around<'a>(span: &'a Span, places: &'a Places) -> impl Iterator<Item = usize> + 'a {
    let found = of_file(span, places)
        .iter()
        .filter(|placed| placed.at.start <= span.byte_start && span.byte_end <= placed.at.end);
    found.map(|placed| placed.number)
}

fn within<'a>(span: &'a Span, places: &'a Places) -> impl Iterator<Item = usize> + 'a {
    let found = of_file(span, places)
        .iter()
        .filter(|placed| span.byte_start <= placed.at.start && placed.at.end <= span.byte_end);
    found.map(|placed| placed.number)
}

fn next_arm(span: &Span, places: &Places) -> Option<usize> {
    let next = of_file(span, places)
        .iter()
        .find(|placed| placed.is_arm && placed.at.start >= span.byte_end)?;
    Some(next.number)
}

#[derive(Deserialize)]
struct Message {
    message: Option<Diagnostic>,
    executable: Option<String>,
    target: Option<Target>,
    manifest_path: Option<String>,
    profile: Option<Profile>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

#[derive(Deserialize)]
struct Diagnostic {
    code: Option<Code>,
    level: String,
    spans: Vec<Span>,
    children: Vec<Diagnostic>,
    rendered: Option<String>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    byte_start: usize,
    byte_end: usize,
    is_primary: bool,
}
