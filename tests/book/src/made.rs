//! What mdBook is to copy beside the chapters: replays, and the pages of files.
//!
//! Owns docs/book/src/made/, which is made anew by each build and is in no commit. A page
//! is written only if it has changed, so that a server that looks for changes is left in
//! peace.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::Written;
use crate::files::page;
use crate::links::{FILES, page_of};
use crate::{chapters, root};

/// Makes the replays of these commands, and the pages of these files and of all that they
/// link to.
///
/// # Errors
///
/// If a program can't be run, or a file can't be read.
pub fn make(replays: &BTreeSet<String>, files: &BTreeSet<PathBuf>) -> Result<()> {
    let mut kept = BTreeSet::new();
    for command in replays {
        let command = Written::read(command)?;
        let to = chapters().join(format!("made/replays/{}.html", command.program()));
        let new = to.with_extension("new.html");
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        command.replay_to(&new)?;
        let text = fs::read(&new)?;
        fs::remove_file(&new)?;
        write(&to, &text)?;
        kept.insert(to);
    }
    let mut left: Vec<PathBuf> = files.iter().cloned().collect();
    let mut seen = files.clone();
    while let Some(file) = left.pop() {
        let page_of = page_of(&file);
        let (text, linked) = match page_of == file {
            true => (fs::read(root().join(&file))?, Vec::new()),
            false => page(&file).map(|(text, linked)| (text.into_bytes(), linked))?,
        };
        let to = chapters().join(FILES).join(page_of);
        write(&to, &text)?;
        kept.insert(to);
        left.extend(linked.into_iter().filter(|one| seen.insert(one.clone())));
    }
    sweep(&chapters().join("made"), &kept)
}

fn write(to: &Path, text: &[u8]) -> Result<()> {
    if fs::read(to).is_ok_and(|now| now == text) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(to, text).with_context(|| to.display().to_string())
}

/// What earlier builds have left.
fn sweep(folder: &Path, kept: &BTreeSet<PathBuf>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sweep(&path, kept)?;
        } else if !kept.contains(&path) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}
