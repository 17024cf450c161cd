//! The book by mdBook.
//!
//! Owns the preprocessor, which makes of chapters for a forge those for the built book.
//! mdBook calls it where it is installed; `build` has mdBook as a library and needs no
//! other program.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use mdbook_driver::MDBook;
use mdbook_preprocessor::book::Book;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext, parse_input};

use crate::block::{Printed, for_the_book, written};
use crate::links::{in_repository, turned};
use crate::made::make;
use crate::{book, chapters, root};

/// The preprocessor. docs/book/book.toml has it under the same name.
#[derive(Debug)]
pub struct Buzzer;

impl Preprocessor for Buzzer {
    fn name(&self) -> &str {
        "buzzer"
    }

    fn run(&self, _: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let mut replays = BTreeSet::new();
        let mut files = BTreeSet::new();
        let mut failed = None;
        book.for_each_chapter_mut(|chapter| {
            let Some(path) = &chapter.source_path else {
                return;
            };
            let path = chapters().join(path);
            let turn = |text: &str| -> Result<String> {
                let path = in_repository(&path)?;
                let (text, runs) = for_the_book(path, text)?;
                replays.extend(runs.into_iter().map(str::to_owned));
                let (text, linked) = turned(path, &text)?;
                files.extend(linked);
                Ok(text)
            };
            match { turn }(&chapter.content) {
                Ok(text) => chapter.content = text,
                Err(error) => failed = failed.take().or(Some(error)),
            }
        });
        match failed {
            Some(error) => Err(error),
            None => make(&replays, &files).map(|()| book),
        }
    }
}

/// Builds the book.
///
/// # Errors
///
/// As mdBook's and the preprocessor's.
pub fn build() -> Result<()> {
    let mut book = MDBook::load(book())?;
    book.with_preprocessor(Buzzer);
    book.build()
}

/// The preprocessor as a program: mdBook's book comes in, ours goes out.
///
/// # Errors
///
/// As of [`build`].
pub fn preprocess(input: impl Read, mut output: impl Write) -> Result<()> {
    let (context, book) = parse_input(input)?;
    let book = Buzzer.run(&context, book)?;
    serde_json::to_writer(&mut output, &book)?;
    Ok(output.flush()?)
}

/// Each chapter: its file, what it holds, and what it should.
///
/// # Errors
///
/// If something that a chapter shows is gone.
pub fn compared() -> Result<Vec<(PathBuf, String, String)>> {
    let mut compared = Vec::new();
    let mut printed = Printed::new();
    for entry in fs::read_dir(chapters())? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "md") {
            let now = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let then = written(in_repository(&path)?, &now, &mut printed)?;
            compared.push((path, now, then));
        }
    }
    compared.sort();
    Ok(compared)
}

/// Writes what the chapters should hold; gives those that were changed.
///
/// # Errors
///
/// As of [`compared`], or if a chapter can't be written.
pub fn write() -> Result<Vec<PathBuf>> {
    let mut changed = Vec::new();
    for (path, now, then) in compared()? {
        if now != then {
            fs::write(&path, then)?;
            changed.push(path.strip_prefix(root()).unwrap_or(&path).to_owned());
        }
    }
    Ok(changed)
}
