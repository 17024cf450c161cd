//! docs/from-tokio.md.
//!
//! A section whose heading is a module's path has rows for what is not the same, written
//! by a person, and ends in lists of what is, which follow from `names.txt` and the rows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::{Name, root};

pub fn path() -> PathBuf {
    root().join("docs/from-tokio.md")
}

pub fn read() -> String {
    std::fs::read_to_string(path()).expect("docs/from-tokio.md is there")
}

/// A line of a module's table: what is not the same.
#[derive(Debug)]
pub struct Row {
    /// The names in full, as in the list.
    pub names: Vec<String>,
    pub here: String,
    pub why: String,
}

/// Where a name stands on the page: under its module, with its type or alone.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    pub module: String,
    /// As it is written there.
    pub short: String,
}

/// `tokio::fs::File::open` stands in `tokio::fs` as `File::open`. An implementation stands
/// where its type does, or its trait if the type is another crate's.
pub fn place(name: &str) -> Place {
    let (module, short) = match name.strip_prefix("impl ") {
        Some(of) => {
            let (trait_, ty) = of.split_once(" for ").expect("impl … for …");
            let path = [ty, trait_]
                .into_iter()
                .find(|path| path.starts_with("tokio::"));
            let module = module_of(
                path.unwrap_or_default()
                    .split('<')
                    .next()
                    .unwrap_or_default(),
            );
            (module, bare(name))
        }
        None => {
            let module = module_of(name);
            let rest = name.strip_prefix(&format!("{module}::"));
            (module, rest.unwrap_or(name).to_owned())
        }
    };
    Place { module, short }
}

/// The path as far as it has modules: a type begins with a capital, a function is last.
fn module_of(path: &str) -> String {
    let parts: Vec<_> = path.split("::").collect();
    let is_type = |part: &&str| part.starts_with(char::is_uppercase);
    let types = parts.iter().position(is_type);
    let end = types.unwrap_or(parts.len() - 1).max(1);
    parts[..end].join("::")
}

/// Each path by its last name alone.
fn bare(text: &str) -> String {
    let is_of_path = |at: char| at.is_alphanumeric() || at == '_' || at == ':';
    let mut out = String::new();
    let mut path = String::new();
    for at in text.chars().chain([' ']) {
        if is_of_path(at) {
            path.push(at);
        } else {
            out.push_str(path.rsplit("::").next().unwrap_or_default());
            path.clear();
            out.push(at);
        }
    }
    out.trim_end().to_owned()
}

/// The sections: heading and text.
fn sections(page: &str) -> Vec<(&str, &str)> {
    let mut parts = page.split("\n## ");
    let head = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.split_once('\n').unwrap_or((part, "")));
    [("", head)].into_iter().chain(rest).collect()
}

/// The module whose section it is.
fn module(heading: &str) -> Option<&str> {
    heading.strip_prefix('`')?.strip_suffix('`')
}

fn is_list(line: &str) -> bool {
    line.starts_with("The same: ") || line.starts_with("- `")
}

/// The rows of all modules. Panics when one speaks of a name that tokio does not have.
pub fn rows(page: &str, names: &[Name]) -> Vec<Row> {
    let mut by_place: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
    for Name { name, .. } in names {
        let Place { module, short } = place(name);
        by_place.entry((module, short)).or_default().push(name);
    }
    let mut rows = Vec::new();
    for (heading, text) in sections(page) {
        let Some(module) = module(heading) else {
            continue;
        };
        let lines = text.lines().filter(|line| line.starts_with("| `"));
        for line in lines {
            let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [of, here, why] = cells[..] else {
                panic!("docs/from-tokio.md, {module}: a row has three cells: {line}");
            };
            let shorts = of.split('`').skip(1).step_by(2);
            let full = shorts.flat_map(|short| {
                let place = (module.to_owned(), short.to_owned());
                by_place.get(&place).cloned().unwrap_or_else(|| {
                    panic!("docs/from-tokio.md, {module}: tokio has no `{short}`")
                })
            });
            rows.push(Row {
                names: full.map(str::to_owned).collect(),
                here: here.to_owned(),
                why: why.to_owned(),
            });
        }
    }
    rows
}

/// The page with the lists that its rows leave.
pub fn with_lists(page: &str, names: &[Name]) -> String {
    let different: BTreeSet<_> = rows(page, names)
        .into_iter()
        .flat_map(|row| row.names)
        .collect();
    let mut lists = lists(names, &different);
    let mut out = String::new();
    for (heading, text) in sections(page) {
        if !heading.is_empty() {
            out.push_str(&format!("\n## {heading}\n"));
        }
        let Some(list) = module(heading).map(|module| lists.remove(module).unwrap_or_default())
        else {
            out.push_str(text);
            continue;
        };
        let prose: Vec<_> = text.lines().take_while(|line| !is_list(line)).collect();
        let prose = prose.join("\n");
        let prose = prose.trim_end();
        out.push_str(prose);
        out.push_str(if prose.is_empty() { "\n" } else { "\n\n" });
        out.push_str(&list);
    }
    for (module, list) in lists {
        out.push_str(&format!("\n## `{module}`\n\n{list}"));
    }
    out
}

/// For each module what is the same: what stands alone, then what types have.
fn lists(names: &[Name], different: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut alone: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut of_types: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for Name { name, .. } in names {
        let Place { module, short } = place(name);
        let all = alone.entry(module.clone()).or_default();
        // Implementations go with their types, and checks of a trait with the trait.
        let is_unsaid = name.starts_with("impl ") || name.contains(", ") || name.ends_with('\'');
        if is_unsaid || name == "tokio" || different.contains(name) {
            continue;
        }
        match short.split_once("::") {
            Some((ty, member)) => {
                let types = of_types.entry(module).or_default();
                types
                    .entry(ty.to_owned())
                    .or_default()
                    .insert(member.to_owned());
            }
            None => {
                all.insert(short);
            }
        }
    }
    let mut lists = BTreeMap::new();
    for (module, mut alone) in alone {
        let types = of_types.remove(&module).unwrap_or_default();
        alone.retain(|name| !types.contains_key(name));
        let mut list = String::new();
        if !alone.is_empty() {
            list.push_str(&format!("The same: {}\n", spans(&alone)));
        }
        if !alone.is_empty() && !types.is_empty() {
            list.push('\n');
        }
        for (ty, members) in types {
            list.push_str(&format!("- `{ty}`: {}\n", spans(&members)));
        }
        if !list.is_empty() {
            lists.insert(module, list);
        }
    }
    lists
}

fn spans(names: &BTreeSet<String>) -> String {
    let spans: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    spans.join(", ")
}
