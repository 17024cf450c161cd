//! Links out of the book, to files of the repository.
//!
//! Owns where they lead. On a forge a relative link leads to the file itself. The built
//! book stands alone, so there the same link leads to a page of the file that was made
//! with the book (`files.rs`).

use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, ensure};
use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::{chapters, root};

/// Where the pages of files are, seen from the chapters.
pub const FILES: &str = "made/files";

/// From a file of the repository up to its root: `../` for each folder.
pub fn up_from(file: &Path) -> String {
    "../".repeat(file.components().count().saturating_sub(1))
}

/// The text with its links to files turned into links to their pages; and those files.
///
/// # Errors
///
/// Of a link that leads to nothing.
pub fn turned(file: &Path, text: &str) -> Result<(String, Vec<PathBuf>)> {
    let mut turned = String::new();
    let mut files = Vec::new();
    let mut from = 0;
    for (range, to) in links(text) {
        let Some((path, fragment)) = resolve(file, &to) else {
            continue;
        };
        let Some(link) = link(file, &path) else {
            continue;
        };
        ensure!(
            root().join(&path).exists(),
            "{} links to {to}, which is not there",
            file.display()
        );
        turned.push_str(&text[from..range.start]);
        turned.push_str(&link);
        turned.push_str(fragment);
        from = range.end;
        files.push(path);
    }
    turned.push_str(&text[from..]);
    Ok((turned, files))
}

/// Where the links and pictures of a Markdown text lead, and where that stands.
fn links(text: &str) -> Vec<(Range<usize>, String)> {
    let parser = Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter();
    let found = parser.filter_map(|(event, range)| {
        let (Event::Start(Tag::Link { dest_url, .. }) | Event::Start(Tag::Image { dest_url, .. })) =
            event
        else {
            return None;
        };
        let written = format!("]({dest_url}");
        let at = range.start + text[range.clone()].rfind(&written)? + 2;
        Some((at..at + dest_url.len(), dest_url.into_string()))
    });
    let mut found: Vec<_> = found.collect();
    // A picture within a link ends before the link does.
    found.sort_by_key(|(range, _)| range.start);
    found
}

/// The file that a relative link leads to, from the repository's root, and the fragment.
fn resolve<'a>(file: &Path, to: &'a str) -> Option<(PathBuf, &'a str)> {
    if to.contains("://") || to.starts_with('#') {
        return None;
    }
    let (path, fragment) = to.split_at(to.find('#').unwrap_or(to.len()));
    let mut resolved = file.parent()?.to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => {
                resolved.pop();
            }
            Component::Normal(name) => resolved.push(name),
            _ => {}
        }
    }
    Some((resolved, fragment))
}

/// The link to write; none where it may stay, between two chapters.
fn link(from: &Path, to: &Path) -> Option<String> {
    let chapters = chapters();
    let chapters = chapters.strip_prefix(root()).ok()?;
    let from_chapter = from.starts_with(chapters);
    let to_chapter = to.strip_prefix(chapters).ok();
    match (from_chapter, to_chapter) {
        (true, Some(_)) => None,
        (true, None) => Some(format!("{FILES}/{}", page_of(to).display())),
        (false, None) => Some(format!("{}{}", up_from(from), page_of(to).display())),
        (false, Some(chapter)) => {
            let up = "../".repeat(Path::new(FILES).components().count());
            let chapter = chapter.with_extension("html");
            Some(format!("{}{up}{}", up_from(from), chapter.display()))
        }
    }
}

/// The page of a file, or the file itself if it is a picture.
pub fn page_of(file: &Path) -> PathBuf {
    let mut page = match file.extension().and_then(|ending| ending.to_str()) {
        Some("png" | "svg") => return file.to_owned(),
        // mdBook takes `.md` out of a link, wherever it stands in it.
        Some("md") => file.with_extension(""),
        _ => file.to_owned(),
    };
    page.as_mut_os_string().push(".html");
    page
}

/// A file's path from the repository's root.
///
/// # Errors
///
/// If it isn't in it.
pub fn in_repository(path: &Path) -> Result<&Path> {
    path.strip_prefix(root())
        .with_context(|| format!("{} is not in the repository", path.display()))
}
