//! From a marker to the Markdown under it.
//!
//! Owns the two forms of a block: as a forge shows it, which is what the chapters hold,
//! and as the built book does.

use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use similar::{ChangeTag, TextDiff};

use crate::command::Written;
use crate::docs::{compare_lines, section};
use crate::item::{lines_of, without_anchors};
use crate::links::up_from;
use crate::marker::{Piece, Wanted, pieces};
use crate::root;

/// What commands have printed: each is run once, however many chapters show it.
pub type Printed = HashMap<String, String>;

/// What a chapter should hold. `chapter` is its file, from the repository's root.
///
/// # Errors
///
/// If something that it shows is gone: a file, an item, a program.
pub fn written(chapter: &Path, text: &str, printed: &mut Printed) -> Result<String> {
    let mut whole = String::new();
    for piece in pieces(text).with_context(|| chapter.display().to_string())? {
        match piece {
            Piece::Text(text) => whole.push_str(text),
            Piece::Block {
                marker,
                wanted,
                now,
            } => {
                whole.push_str(marker);
                let block = block(chapter, &wanted, now, printed);
                whole += &block.with_context(|| format!("{}: {marker}", chapter.display()))?;
            }
        }
    }
    Ok(whole)
}

/// A chapter as mdBook is to have it: links to code lead to its lines, and a run is there
/// to be stepped through. Nothing is run for it. Gives the commands whose replays it shows.
///
/// # Errors
///
/// If code that it shows has changed or is gone.
pub fn for_the_book<'a>(chapter: &Path, text: &'a str) -> Result<(String, Vec<&'a str>)> {
    let mut whole = String::new();
    let mut replays = Vec::new();
    for piece in pieces(text)? {
        match piece {
            Piece::Text(text) => whole.push_str(text),
            Piece::Block {
                marker,
                wanted,
                now,
            } => match wanted {
                Wanted::Code { .. } => {
                    let (block, line) = code(chapter, &wanted)?;
                    ensure_fresh(marker, &block, now)?;
                    whole += &block.replacen(".rs)", &format!(".rs#L{line})"), 1);
                }
                Wanted::Diff { .. } | Wanted::Docs { .. } | Wanted::Lines(_) => {
                    let block = block(chapter, &wanted, now, &mut Printed::new())?;
                    ensure_fresh(marker, &block, now)?;
                    whole += &block;
                }
                Wanted::Run { .. } => whole.push_str(now),
                Wanted::Replay { step, command } => {
                    whole += &player(command, step)?;
                    replays.push(command);
                }
                Wanted::Compare { left, right } => {
                    whole += &two_players(left, right)?;
                    replays.extend([left, right]);
                }
            },
        }
    }
    Ok((whole, replays))
}

fn ensure_fresh(marker: &str, block: &str, now: &str) -> Result<()> {
    ensure!(
        block == now,
        "{marker} is not what is there: `cargo run -p buzzer-book -- write`"
    );
    Ok(())
}

fn block(chapter: &Path, wanted: &Wanted<'_>, now: &str, printed: &mut Printed) -> Result<String> {
    match *wanted {
        Wanted::Code { .. } => code(chapter, wanted).map(|(block, _)| block),
        Wanted::Diff { from, to } => diff(from, to),
        Wanted::Docs { file, heading } => section(file, heading),
        Wanted::Lines(file) => compare_lines(file, now).map(|()| now.to_owned()),
        Wanted::Run { short, command } => {
            if !printed.contains_key(command) {
                let text = Written::read(command)?.printed()?;
                printed.insert(command.to_owned(), text);
            }
            let text = match short {
                true => without_preface(&printed[command]),
                false => printed[command].clone(),
            };
            let text = text.trim_matches('\n');
            Ok(format!("```sh\n{command}\n```\n\n```text\n{text}\n```\n"))
        }
        Wanted::Replay { command, .. } => {
            Written::read(command)?;
            Ok(format!(
                "In the built book this run is here, to step through. By hand:\n\n\
                 ```sh\nBUZZER_TRACE=run.html {command}\n```\n"
            ))
        }
        Wanted::Compare { left, right } => {
            for command in [left, right] {
                Written::read(command)?;
            }
            Ok(format!(
                "In the built book these two runs are here, side by side. By hand, with \
                 *Compare…* on the page of the one to take in the other:\n\n\
                 ```sh\nBUZZER_TRACE=left.html {left}\nBUZZER_TRACE=right.html {right}\n```\n"
            ))
        }
    }
}

/// A story says what its words mean before it begins, which one chapter shows.
fn without_preface(text: &str) -> String {
    let Some((before, rest)) = text.split_once("The story of a run.") else {
        return text.to_owned();
    };
    match rest.find("\n    1 ") {
        Some(first) => format!("{before}(…)\n{}", &rest[first..]),
        None => text.to_owned(),
    }
}

/// The block, and the line of the file that it begins with.
fn code(chapter: &Path, wanted: &Wanted<'_>) -> Result<(String, usize)> {
    let Wanted::Code { file, items, docs } = wanted else {
        anyhow::bail!("{wanted:?} is no code");
    };
    let lines = lines_of(root(), file, items, *docs)?;
    let mut block = String::new();
    let language = match file.rsplit_once('.') {
        Some((_, "rs")) => "rust",
        Some((_, "py")) => "python",
        Some((_, ending)) => ending,
        None => "text",
    };
    // The shortest that says it all, from within executor/src as DESIGN.md does.
    let short = file.strip_prefix("executor/src/").unwrap_or(file);
    let up = up_from(chapter);
    write!(block, "[`{short}`]({up}{file})")?;
    let names = items.iter().filter(|item| !item.starts_with('#'));
    for (index, item) in names.enumerate() {
        let before = if index == 0 { ": " } else { ", " };
        write!(block, "{before}`{item}`")?;
    }
    write!(block, "\n\n```{language}\n{}\n```\n", lines.text.trim_end())?;
    Ok((block, lines.first))
}

fn diff(from: &str, to: &str) -> Result<String> {
    let read = |file: &str| {
        let source = fs::read_to_string(root().join(file));
        source
            .map(|it| without_anchors(&it))
            .with_context(|| file.to_owned())
    };
    let (before, after) = (read(from)?, read(to)?);
    let lines = TextDiff::from_lines(&before, &after);
    let added = lines
        .iter_all_changes()
        .filter(|line| line.tag() == ChangeTag::Insert);
    let added = added.count();
    let diff = lines
        .unified_diff()
        .context_radius(2)
        .header(from, to)
        .to_string();
    Ok(format!(
        "<details><summary>The whole step, as a diff: {added} lines are new</summary>\n\n\
         ```diff\n{}\n```\n\n</details>\n",
        diff.trim_end()
    ))
}

/// The page of a run within the page.
fn player(command: &str, step: Option<usize>) -> Result<String> {
    let name = Written::read(command)?.program();
    let at = step.map(|step| format!("#step={step}")).unwrap_or_default();
    Ok(format!(
        "<iframe class=\"replay\" src=\"made/replays/{name}.html{at}\" loading=\"lazy\" \
         title=\"A run of {name}, to step through\"></iframe>\n\n\
         [This run on a page of its own](made/replays/{name}.html{at}), made by \
         `BUZZER_TRACE=run.html {command}`.\n"
    ))
}

/// The page of one run, which docs/book/book.js has compared with the other's.
fn two_players(left: &str, right: &str) -> Result<String> {
    let (left, right) = (
        Written::read(left)?.program(),
        Written::read(right)?.program(),
    );
    Ok(format!(
        "<iframe class=\"replay\" src=\"made/replays/{left}.html\" \
         data-against=\"made/replays/{right}.html\" loading=\"lazy\" \
         title=\"Runs of {left} and of {right}, side by side\"></iframe>\n\n\
         Each on a page of its own: [{left}](made/replays/{left}.html), \
         [{right}](made/replays/{right}.html).\n"
    ))
}
