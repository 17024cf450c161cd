//! A public name is tokio's, or in a list: so none comes to be unseen.
//!
//! `own.txt` has those that tokio has not (a method stands with the type that has it, and
//! `TcpStream` is an alias here). `WRITE_OWN=1 cargo test --test documented` writes it anew;
//! CONTRIBUTING.md says which names may be in it.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use crate::Library;
use crate::library::library;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// The last two parts of each of tokio's names, and the last alone.
fn of_tokio() -> BTreeSet<String> {
    let list = read("tests/from_tokio/names.txt");
    let names = list.lines().filter_map(|line| line.split_once(" = "));
    let ends = names.flat_map(|(name, _)| {
        let last = name.rsplit_once("::").map_or(name, |(_, last)| last);
        let two = name.rmatch_indices("::").nth(1);
        let two = two.map_or(name, |(at, _)| &name[at + 2..]);
        [last.to_owned(), two.to_owned()]
    });
    ends.collect()
}

#[test]
fn a_public_name_that_is_not_tokios_is_in_the_list() {
    let tokios = of_tokio();
    let library = Library::of(&library());
    let names = library.items.iter().map(|item| match &item.of {
        Some(of) => format!("{of}::{}", item.name),
        None => item.name.clone(),
    });
    let own: BTreeSet<_> = names.filter(|name| !tokios.contains(name)).collect();
    let path = "tests/documented/own.txt";
    if env::var_os("WRITE_OWN").is_some() {
        let text: String = own.iter().map(|name| format!("{name}\n")).collect();
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(path), text).unwrap();
        return;
    }
    let listed = read(path);
    let listed: BTreeSet<_> = listed.lines().map(str::to_owned).collect();
    let new: Vec<_> = own.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&own).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "{path} is old: not in it: {new:?}; not public any more: {gone:?}. CONTRIBUTING.md says \
         which names may be; WRITE_OWN=1 writes the list"
    );
}
