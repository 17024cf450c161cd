//! Files of the repository, as pages of the built book: source with numbered lines,
//! Markdown as it is meant, a folder as a list.
//!
//! Owns those pages. They link each other as the files do.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

use crate::links::{page_of, turned, up_from};
use crate::root;

const STYLE: &str = "\
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 100ch; padding: 1rem; font: 16px/1.5 system-ui, sans-serif; }
pre, code { font: 13px/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; }
img { max-width: 100%; }
.wide { overflow-x: auto; }
td, th { border: 1px solid #8888; padding: 2px 8px; vertical-align: top; text-align: left; }
table { border-collapse: collapse; }
.line { display: block; }
.line::before { content: attr(data-line); display: inline-block; width: 4ch; margin-right: 2ch; text-align: right; opacity: 0.5; }
.line:target { background: #fc03; }
p, li, td { overflow-wrap: anywhere; }";

/// The page of a file, and to which files it links.
///
/// # Errors
///
/// If it can't be read.
pub fn page(file: &Path) -> Result<(String, Vec<PathBuf>)> {
    let path = root().join(file);
    if path.is_dir() {
        return folder(file);
    }
    let text = fs::read_to_string(&path).with_context(|| file.display().to_string())?;
    if file.extension().is_some_and(|ending| ending == "md") {
        let (text, files) = turned(file, &text)?;
        return Ok((whole(file, &rendered(&text)), files));
    }
    let mut lines = String::from("<pre>");
    for (number, line) in (1..).zip(text.lines()) {
        // Without a line break: the next line is a block of its own.
        let line = escaped(line);
        lines +=
            &format!("<span class=\"line\" id=\"L{number}\" data-line=\"{number}\">{line}</span>");
    }
    lines.push_str("</pre>");
    Ok((whole(file, &lines), Vec::new()))
}

fn folder(file: &Path) -> Result<(String, Vec<PathBuf>)> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join(file))? {
        names.push(file.join(entry?.file_name()));
    }
    names.sort();
    let up = up_from(file);
    let mut list = String::from("<ul>");
    for name in &names {
        let shown = escaped(
            &name
                .strip_prefix(file)
                .unwrap_or(name)
                .display()
                .to_string(),
        );
        let page = page_of(name);
        list += &format!("<li><a href=\"{up}{}\">{shown}</a></li>", page.display());
    }
    list.push_str("</ul>");
    Ok((whole(file, &list), names))
}

fn rendered(text: &str) -> String {
    let mut ids = HashMap::new();
    let mut events: Vec<Event<'_>> = Parser::new_ext(text, Options::ENABLE_TABLES).collect();
    let mut heading: Option<usize> = None;
    for at in 0..events.len() {
        match &events[at] {
            Event::Start(Tag::Heading { .. }) => heading = Some(at),
            Event::End(TagEnd::Heading(_)) => {
                if let Some(begin) = heading.take() {
                    let id = id_of(&events[begin..at], &mut ids);
                    if let Event::Start(Tag::Heading { id: slot, .. }) = &mut events[begin] {
                        *slot = Some(id.into());
                    }
                }
            }
            _ => {}
        }
    }
    let around = events.into_iter().flat_map(|event| match event {
        Event::Start(Tag::Table(_)) => vec![Event::Html("<div class=\"wide\">".into()), event],
        Event::End(TagEnd::Table) => vec![event, Event::Html("</div>".into())],
        event => vec![event],
    });
    let mut page = String::new();
    html::push_html(&mut page, around);
    page
}

/// As a forge names headings: small letters, and a line for each space.
fn id_of(heading: &[Event<'_>], ids: &mut HashMap<String, usize>) -> String {
    let mut words = String::new();
    for event in heading {
        if let Event::Text(text) | Event::Code(text) = event {
            words.push_str(text);
        }
    }
    let id: String = words
        .to_lowercase()
        .chars()
        .filter_map(|one| match one {
            ' ' => Some('-'),
            one if one.is_alphanumeric() || one == '-' || one == '_' => Some(one),
            _ => None,
        })
        .collect();
    let count = ids.entry(id.clone()).or_default();
    *count += 1;
    match *count {
        1 => id,
        more => format!("{id}-{}", more - 1),
    }
}

fn whole(file: &Path, body: &str) -> String {
    let name = escaped(&file.display().to_string());
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"icon\" href=\"data:,\"><title>{name}</title><style>{STYLE}</style></head>\
         <body><p><code>{name}</code></p>{body}</body></html>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
