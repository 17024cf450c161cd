//! An item of a Rust file, as its lines.
//!
//! Owns how an item is named: `turn`, `Turning::run`, `impl Wake for Buzzer`; `#timers` is
//! what stands between `// ANCHOR: timers` and its end. Tests are not looked at.

use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result, bail};
use syn::spanned::Spanned;
use syn::{ImplItem, Item, Type};

/// Lines of a file, with the number of the first, from 1.
#[derive(Debug)]
pub struct Lines {
    pub text: String,
    pub first: usize,
}

/// The items of a file, one after the other, with an empty line between two. Without any,
/// the whole file.
///
/// # Errors
///
/// If the file can't be read, or an item is not there, or twice.
pub fn lines_of(root: &Path, file: &str, items: &[&str], docs: bool) -> Result<Lines> {
    let path = root.join(file);
    let source = fs::read_to_string(&path).with_context(|| format!("{file} can't be read"))?;
    if items.is_empty() {
        return Ok(Lines {
            text: without_anchors(&source),
            first: 1,
        });
    }
    let parsed = syn::parse_file(&source).with_context(|| format!("{file} is no Rust"))?;
    let all: Vec<&str> = source.lines().collect();
    let mut texts = Vec::new();
    let mut first = None;
    for wanted in items {
        let found = match wanted.strip_prefix('#') {
            Some(part) => anchored(&all, part).into_iter().collect(),
            None => found(&parsed.items, wanted),
        };
        let range = match found.as_slice() {
            [one] => one.clone(),
            [] => bail!("{file} has no item {wanted:?}"),
            _ => bail!("{file} has {wanted:?} more than once"),
        };
        first.get_or_insert(range.start);
        texts.push(text(&all[range.start - 1..range.end], docs));
    }
    Ok(Lines {
        text: texts.join("\n"),
        first: first.unwrap_or(1),
    })
}

/// A file without the lines that mark its parts.
pub fn without_anchors(source: &str) -> String {
    let lines = source.split_inclusive('\n');
    lines
        .filter(|line| !line.trim_start().starts_with("// ANCHOR"))
        .collect()
}

fn anchored(lines: &[&str], part: &str) -> Option<Range<usize>> {
    let at = |mark: String| lines.iter().position(|line| line.trim() == mark);
    let begin = at(format!("// ANCHOR: {part}"))?;
    let end = at(format!("// ANCHOR_END: {part}"))?;
    // Between the two, counted from 1.
    Some(begin + 2..end)
}

/// From which line to which, the last included as `end`.
fn found(items: &[Item], wanted: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for item in items {
        if name(item).is_some_and(|name| name == wanted) {
            found.push(lines(item));
        }
        match item {
            Item::Mod(inner) if !is_test(&inner.attrs) => {
                if let Some((_, items)) = &inner.content {
                    found.extend(self::found(items, wanted));
                }
            }
            Item::Impl(block) => {
                if title(block) == wanted {
                    found.push(lines(block));
                }
                let of = type_name(&block.self_ty);
                let of_it = wanted
                    .split_once("::")
                    .filter(|(of_type, _)| *of_type == of);
                if let Some((_, member)) = of_it {
                    let named = block.items.iter().filter(|one| member_name(one) == member);
                    found.extend(named.map(lines));
                }
            }
            _ => {}
        }
    }
    found
}

fn name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

fn member_name(member: &ImplItem) -> String {
    match member {
        ImplItem::Const(member) => member.ident.to_string(),
        ImplItem::Fn(member) => member.sig.ident.to_string(),
        ImplItem::Type(member) => member.ident.to_string(),
        _ => String::new(),
    }
}

/// As `impl Trait for Type`, without what either is generic over.
fn title(block: &syn::ItemImpl) -> String {
    let of = type_name(&block.self_ty);
    match &block.trait_ {
        None => format!("impl {of}"),
        Some((_, path, _)) => {
            let name = path.segments.last().map(|last| last.ident.to_string());
            format!("impl {} for {of}", name.unwrap_or_default())
        }
    }
}

fn type_name(of: &Type) -> String {
    match of {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|last| last.ident.to_string())
            .unwrap_or_default(),
        _ => String::new(),
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Ident>()
                .is_ok_and(|of| of == "test")
    })
}

fn lines(of: &impl Spanned) -> Range<usize> {
    of.span().start().line..of.span().end().line
}

/// Moved to the left margin.
fn text(lines: &[&str], docs: bool) -> String {
    let indent = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    let mut text = String::new();
    for line in lines {
        let line = line.get(indent..).unwrap_or("");
        if docs || !line.trim_start().starts_with("///") {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}
