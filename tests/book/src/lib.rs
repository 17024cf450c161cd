//! What makes the book: docs/book/, which a forge shows as the Markdown that it is, and
//! which mdBook builds.
//!
//! A forge expands nothing, so the chapters hold all that they show. What is also
//! elsewhere (code, commands, what a program prints) is written into them by a tool, and
//! a chapter that no longer says what is there fails the build. In reading order:
//!
//! - `marker.rs`: the comments that say what is to stand at a place
//! - `item.rs`: an item of a Rust file, as its lines
//! - `docs.rs`: a section of a file's own documentation; a table that quotes a file
//! - `command.rs`: a command of the book, and what it prints
//! - `block.rs`: from a marker to the Markdown under it
//! - `links.rs`: links out of the book, to files of the repository
//! - `files.rs`: those files, as pages of the built book
//! - `made.rs`: what mdBook is to copy beside the chapters: replays and files
//! - `build.rs`: the book by mdBook, with all of this as its preprocessor
//! - `serve.rs`: the built book over HTTP, by the runtime that it is about

pub mod block;
pub mod build;
pub mod command;
pub mod docs;
pub mod files;
pub mod item;
pub mod links;
pub mod made;
pub mod marker;
pub mod serve;

use std::path::{Path, PathBuf};

/// The repository.
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    match package.ancestors().nth(2) {
        Some(root) => root,
        None => package,
    }
}

/// Where mdBook finds the book.
pub fn book() -> PathBuf {
    root().join("docs/book")
}

/// Where the chapters are.
pub fn chapters() -> PathBuf {
    book().join("src")
}

/// Where the built book goes: docs/book/book.toml says so, too.
pub fn built() -> PathBuf {
    root().join("target/book")
}
