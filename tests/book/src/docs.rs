//! A section of a file's own documentation, and a table that quotes a file.
//!
//! Owns what becomes of rustdoc's links in a chapter: code, since a forge knows no paths of
//! Rust.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::root;

/// The section under `# heading` of a file's head, as Markdown, without the heading.
///
/// # Errors
///
/// If the file or the heading isn't there.
pub fn section(file: &str, heading: &str) -> Result<String> {
    let source = fs::read_to_string(root().join(file)).with_context(|| file.to_owned())?;
    let docs = source
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line));
    let title = format!("# {heading}");
    let mut after = docs.skip_while(|line| *line != title);
    ensure!(after.next().is_some(), "{file} has no heading {heading:?}");
    let lines: Vec<&str> = after.take_while(|line| !line.starts_with("# ")).collect();
    let text = without_paths(&lines.join("\n"));
    Ok(format!("{}\n", text.trim_matches('\n')))
}

/// ``[`name`]`` and ``[`name`](path::of_it)`` become `` `name` ``.
fn without_paths(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once("[`") {
        let Some((name, after)) = link.split_once("`]") else {
            break;
        };
        kept += &format!("{before}`{name}`");
        rest = after;
        if let Some((path, behind)) = after.strip_prefix('(').and_then(|it| it.split_once(')'))
            && !path.contains("://")
        {
            rest = behind;
        }
    }
    kept + rest
}

/// Compares the code in the last column of a table with a file that it is from.
///
/// # Errors
///
/// Of code that is not there.
pub fn compare_lines(file: &str, table: &str) -> Result<()> {
    let source = fs::read_to_string(root().join(file)).with_context(|| file.to_owned())?;
    let source = in_one_line(&source);
    let rows = table.lines().filter(|line| line.starts_with('|'));
    for row in rows {
        let cell = row.trim_end_matches('|').rsplit(" | ").next();
        for code in cell.unwrap_or("").split('`').skip(1).step_by(2) {
            ensure!(
                // A table has `|` for its own.
                source.contains(&in_one_line(&code.replace("\\|", "|"))),
                "{file} has no longer {code:?}"
            );
        }
    }
    Ok(())
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
