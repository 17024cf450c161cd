//! What the README and its like tell a newcomer to type exists, and what they link to.

#[path = "support/links.rs"]
mod links;

use std::fs;
use std::path::{Path, PathBuf};

use links::links;

const PAGES: [&str; 4] = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// What is between backticks, alone or in blocks.
fn code(page: &str) -> String {
    let blocks = page.split("```").skip(1).step_by(2);
    let prose = page.split("```").step_by(2);
    let spans = prose.flat_map(|prose| prose.split('`').skip(1).step_by(2));
    blocks.chain(spans).flat_map(|code| [code, "\n"]).collect()
}

/// The words that follow `flag` in commands of cargo's.
fn named<'a>(code: &'a str, flag: &str) -> Vec<&'a str> {
    let commands = code.lines().filter(|line| line.contains("cargo "));
    let words = commands.flat_map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        let pairs = words.windows(2).filter(|pair| pair[0] == flag);
        pairs.map(|pair| pair[1]).collect::<Vec<_>>()
    });
    words.collect()
}

/// The manifests of the workspace, from the list of its members.
fn manifests() -> Vec<String> {
    let manifest = text("Cargo.toml");
    let (_, members) = manifest.split_once("members = [").unwrap();
    let (members, _) = members.split_once(']').unwrap();
    let members = members.split('"').skip(1).step_by(2);
    let files = members.map(|member| text(&format!("{member}/Cargo.toml")));
    files.chain([manifest.clone()]).collect()
}

#[test]
fn every_package_program_and_test_that_a_page_has_cargo_run_exists() {
    let manifests = manifests();
    let mut seen = 0;
    for page in PAGES {
        let code = code(&text(page));
        for package in named(&code, "-p") {
            let name = format!("name = \"{package}\"");
            assert!(
                manifests.iter().any(|it| it.contains(&name)),
                "{page}: {package}"
            );
            seen += 1;
        }
        for (flag, folders) in [
            ("--example", ["examples", "examples/ladder"]),
            ("--test", ["tests"; 2]),
        ] {
            for name in named(&code, flag)
                .into_iter()
                .filter(|name| *name != "NAME")
            {
                let places = folders.map(|folder| root().join(folder));
                let is_there = |folder: &PathBuf| {
                    folder.join(name).with_extension("rs").is_file()
                        || folder.join(name).join("main.rs").is_file()
                };
                assert!(places.iter().any(is_there), "{page}: {flag} {name}");
                seen += 1;
            }
        }
    }
    assert!(seen > 10, "only {seen} were found");
}

#[test]
fn every_file_that_a_page_links_exists() {
    for page in PAGES {
        for (_, target) in links(&text(page)) {
            let file = target.split('#').next().unwrap();
            let is_elsewhere = file.contains("://") || file.is_empty();
            assert!(
                is_elsewhere || root().join(file).exists(),
                "{page}: {target}"
            );
        }
    }
}

#[test]
fn each_command_of_the_justfile_is_in_the_pages() {
    let pages: String = PAGES.map(|page| code(&text(page))).concat();
    let justfile = text("justfile");
    let commands = justfile
        .lines()
        .filter_map(|line| line.strip_prefix("    "));
    let commands: Vec<_> = commands.filter(|line| !line.starts_with('@')).collect();
    assert!(commands.len() > 5, "{commands:?}");
    for command in commands {
        let is_told = pages
            .lines()
            .any(|line| line.split('#').next().unwrap().trim() == command);
        assert!(is_told, "no page has `{command}`");
    }
}

#[test]
fn the_rust_that_the_readme_asks_for_is_the_manifests() {
    let manifest = text("Cargo.toml");
    let (_, version) = manifest.split_once("rust-version = \"").unwrap();
    let (version, _) = version.split_once('"').unwrap();
    assert!(text("README.md").contains(&format!("Rust {version} or newer")));
}
