//! The comments in a chapter that say what is to stand under them.
//!
//! Owns their grammar:
//!
//! ```text
//! <!-- code: FILE -->                        the whole file
//! <!-- code: FILE ITEM, ITEM, no docs -->    items of it, here without their doc comments
//! <!-- code: FILE #PART, #PART -->            what `// ANCHOR: PART` and its end enclose
//! <!-- diff: FILE FILE -->                   from one file to the other, folded
//! <!-- docs: FILE HEADING -->                a section of the file's own documentation
//! <!-- lines: FILE -->                       written by hand: a table whose last column
//!                                            has code of that file
//! <!-- run: COMMAND -->                      a command, and what it prints
//! <!-- run, short: COMMAND -->               the same, without the preface of a story
//! <!-- replay: COMMAND -->                   its run, to step through
//! <!-- replay at 12: COMMAND -->             the same, opened at a step
//! <!-- compare: COMMAND | COMMAND -->        two runs, side by side
//! ```
//!
//! What stands between such a comment and the next `<!-- end -->` is the tool's, but for
//! `lines`, which it only compares.

use anyhow::{Context, Result, bail};

const BEGIN: &str = "<!-- ";
const CLOSE: &str = " -->";
const END: &str = "<!-- end -->";

/// What a comment asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wanted<'a> {
    Code {
        file: &'a str,
        /// None means the whole file.
        items: Vec<&'a str>,
        docs: bool,
    },
    Diff {
        from: &'a str,
        to: &'a str,
    },
    Docs {
        file: &'a str,
        heading: &'a str,
    },
    Lines(&'a str),
    Run {
        short: bool,
        command: &'a str,
    },
    Replay {
        step: Option<usize>,
        command: &'a str,
    },
    Compare {
        left: &'a str,
        right: &'a str,
    },
}

/// A piece of a chapter.
#[derive(Debug)]
pub enum Piece<'a> {
    /// Written by hand.
    Text(&'a str),
    /// A marker's line, and what stands under it.
    Block {
        marker: &'a str,
        wanted: Wanted<'a>,
        now: &'a str,
    },
}

/// Takes a chapter apart.
///
/// # Errors
///
/// Of a marker that can't be read, or that has no end.
pub fn pieces(chapter: &str) -> Result<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut text_from = 0;
    let mut at = 0;
    for line in chapter.split_inclusive('\n') {
        let begins = at;
        at += line.len();
        if begins < text_from {
            continue;
        }
        let Some(wanted) = wanted(line.trim_end()).with_context(|| line.trim_end().to_owned())?
        else {
            continue;
        };
        let rest = &chapter[at..];
        let length = rest
            .find(END)
            .with_context(|| format!("no {END:?} follows {:?}", line.trim_end()))?;
        pieces.push(Piece::Text(&chapter[text_from..begins]));
        pieces.push(Piece::Block {
            marker: line,
            wanted,
            now: &rest[..length],
        });
        text_from = at + length;
    }
    pieces.push(Piece::Text(&chapter[text_from..]));
    Ok(pieces)
}

fn wanted(line: &str) -> Result<Option<Wanted<'_>>> {
    let Some(inside) = line
        .strip_prefix(BEGIN)
        .and_then(|rest| rest.strip_suffix(CLOSE))
    else {
        return Ok(None);
    };
    let Some((kind, what)) = inside.split_once(": ") else {
        return Ok(None);
    };
    let wanted = match kind.split_once(' ').unwrap_or((kind, "")) {
        ("code", "") => code(what),
        ("diff", "") => {
            let (from, to) = what.split_once(' ').context("to which file?")?;
            Wanted::Diff { from, to }
        }
        ("docs", "") => {
            let (file, heading) = what.split_once(' ').context("which heading?")?;
            Wanted::Docs { file, heading }
        }
        ("lines", "") => Wanted::Lines(what),
        ("compare", "") => {
            let (left, right) = what.split_once(" | ").context("with which run?")?;
            Wanted::Compare { left, right }
        }
        ("run", "") | ("run,", "short") => Wanted::Run {
            short: kind != "run",
            command: what,
        },
        ("replay", at) => Wanted::Replay {
            step: match at.strip_prefix("at ") {
                Some(step) => Some(step.parse().context("which step?")?),
                None if at.is_empty() => None,
                None => bail!("{at:?} is not understood"),
            },
            command: what,
        },
        _ => bail!("a marker is code, diff, docs, lines, run, replay or compare"),
    };
    Ok(Some(wanted))
}

fn code(what: &str) -> Wanted<'_> {
    let (file, items) = what.split_once(' ').unwrap_or((what, ""));
    let mut items: Vec<&str> = items
        .split(", ")
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .collect();
    let all = items.len();
    items.retain(|item| *item != "no docs");
    let docs = items.len() == all;
    Wanted::Code { file, items, docs }
}
