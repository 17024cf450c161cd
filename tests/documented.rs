//! Whatever a program calls is shown being called: each public function, method, macro
//! and type of the library has an example, and `cargo test --doc` runs it.
//!
//! What counts as an example is what a reader finds without a search:
//!
//! 1. one in the item's own docs;
//! 2. for a method, one at the head of its type's page that calls it;
//! 3. one behind a link in the item's docs: the linked item's example calls this item, or
//!    the docs say that this one is "As [that]", or this one is a type, which is made by
//!    what is linked.
//!
//! Left out is what no program calls by name: implementations of traits, and what is
//! hidden from the docs. `unreachable_pub` is an error in the library, so what says `pub`
//! is public.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, Visibility};

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("executor/src")
}

/// Something public, and what its docs say.
#[derive(Debug)]
struct Item {
    kind: Kind,
    /// The type whose method it is.
    of: Option<String>,
    name: String,
    file: PathBuf,
    docs: String,
    /// By a macro of the library's.
    is_made: bool,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    Callable,
    Type,
}

impl Item {
    fn shows(&self) -> bool {
        !self.code().is_empty()
    }

    /// The lines of all its examples.
    fn code(&self) -> String {
        let fenced = self.docs.split("```").skip(1).step_by(2);
        fenced.filter(|block| !block.starts_with("text")).collect()
    }

    /// Whether an example here calls what has this name.
    fn calls(&self, name: &str) -> bool {
        let code = self.code();
        let mut places = code.match_indices(name);
        places.any(|(place, _)| {
            let is_inside_a_word = |c: char| c.is_alphanumeric() || c == '_';
            let before = code[..place].chars().next_back();
            let after = &code[place + name.len()..];
            !before.is_some_and(is_inside_a_word)
                && ["(", "::<", "!"].iter().any(|next| after.starts_with(next))
        })
    }

    /// What its docs link to, by the last one or two parts of the path.
    fn links(&self) -> Vec<(Option<String>, String)> {
        let prose: String = self.docs.split("```").step_by(2).collect();
        let ends = prose.match_indices(']').map(|(end, _)| end);
        let targets = ends.filter_map(|end| {
            if let Some(path) = prose[end + 1..].strip_prefix('(') {
                return path.split_once(')').map(|(path, _)| path);
            }
            prose[..end].rsplit_once('[').map(|(_, name)| name)
        });
        targets
            .map(|target| {
                let target = target.trim_matches(|c| "`()!".contains(c));
                let mut parts = target.rsplit("::").map(str::to_owned);
                let name = parts.next().unwrap_or_default();
                (parts.next(), name)
            })
            .collect()
    }

    /// Whether all modules on its way are public, or a `pub use` names it or its type. Of
    /// what a macro makes, the type isn't known.
    fn can_be_named(&self, ways: &Ways) -> bool {
        let inside = self.file.strip_prefix(source()).unwrap();
        let inside = inside.with_extension("");
        let mut modules = inside.iter().map(|part| part.to_str().unwrap());
        let is_open = |name: &str| ["mod", "lib"].contains(&name) || ways.modules.contains(name);
        let is_used = ways.uses.contains(self.of.as_ref().unwrap_or(&self.name));
        self.is_made || is_used || modules.all(is_open)
    }

    fn title(&self) -> String {
        let of = self.of.as_ref().map(|of| format!("{of}::"));
        let file = self.file.strip_prefix(source()).unwrap().display();
        format!("{}{} in {file}", of.unwrap_or_default(), self.name)
    }
}

/// All that is public in one file.
struct Reader<'a> {
    file: &'a Path,
    items: Vec<Item>,
    ways: Ways,
}

/// How a program may name what lies within a file.
#[derive(Default)]
struct Ways {
    /// By a module that is public,
    modules: BTreeSet<String>,
    /// or by a `pub use`.
    uses: BTreeSet<String>,
}

impl Reader<'_> {
    fn add(&mut self, kind: Kind, of: Option<&str>, name: &Ident, attributes: &[Attribute]) {
        self.items.push(Item {
            kind,
            of: of.map(str::to_owned),
            name: name.to_string(),
            file: self.file.to_owned(),
            docs: docs_of(attributes),
            is_made: false,
        });
    }

    /// What a macro makes is written in its body, or in what it is given.
    fn add_made(&mut self, tokens: &TokenStream) {
        let scan = |input: ParseStream<'_>| {
            while !input.is_empty() {
                let ahead = input.fork();
                if let Ok((attributes, name)) = public_function(&ahead) {
                    self.add(Kind::Callable, None, &name, &attributes);
                    self.items.last_mut().unwrap().is_made = true;
                    input.advance_to(&ahead);
                    continue;
                }
                if let TokenTree::Group(group) = input.parse()? {
                    self.add_made(&group.stream());
                }
            }
            Ok(())
        };
        scan.parse2(tokens.clone()).expect("tokens are tokens");
    }
}

/// The beginning of one: its attributes, `pub`, `fn` and the name.
fn public_function(input: ParseStream<'_>) -> syn::Result<(Vec<Attribute>, Ident)> {
    let attributes = input.call(Attribute::parse_outer)?;
    input.parse::<syn::Token![pub]>()?;
    input.parse::<Option<syn::Token![const]>>()?;
    input.parse::<Option<syn::Token![async]>>()?;
    input.parse::<Option<syn::Token![unsafe]>>()?;
    input.parse::<syn::Token![fn]>()?;
    Ok((attributes, input.parse()?))
}

/// The names at the ends of a `use`.
fn add_names(tree: &syn::UseTree, names: &mut BTreeSet<String>) {
    match tree {
        syn::UseTree::Path(path) => add_names(&path.tree, names),
        syn::UseTree::Name(name) => _ = names.insert(name.ident.to_string()),
        syn::UseTree::Rename(name) => _ = names.insert(name.ident.to_string()),
        syn::UseTree::Glob(_) => panic!("name what is passed on"),
        syn::UseTree::Group(group) => group.items.iter().for_each(|it| add_names(it, names)),
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn docs_of(attributes: &[Attribute]) -> String {
    let docs = attributes.iter().filter_map(|attribute| {
        let meta = attribute.meta.require_name_value().ok()?;
        let is_doc = meta.path.is_ident("doc");
        let syn::Expr::Lit(value) = is_doc.then_some(&meta.value)? else {
            return None;
        };
        match &value.lit {
            syn::Lit::Str(line) => Some(line.value() + "\n"),
            _ => None,
        }
    });
    docs.collect()
}

/// `#[doc(hidden)]` or `#[cfg(test)]`.
fn is_left_out(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let says = |word: &str| {
            attribute
                .parse_args::<Ident>()
                .is_ok_and(|said| said == word)
        };
        attribute.path().is_ident("doc") && says("hidden")
            || attribute.path().is_ident("cfg") && says("test")
    })
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        use syn::Item;
        let (kind, visibility, name, attributes) = match item {
            Item::Fn(item) => (Kind::Callable, &item.vis, &item.sig.ident, &item.attrs),
            Item::Struct(item) => (Kind::Type, &item.vis, &item.ident, &item.attrs),
            Item::Enum(item) => (Kind::Type, &item.vis, &item.ident, &item.attrs),
            Item::Type(item) => (Kind::Type, &item.vis, &item.ident, &item.attrs),
            Item::Trait(item) => (Kind::Type, &item.vis, &item.ident, &item.attrs),
            Item::Macro(item) => {
                let is_exported = |it: &Attribute| it.path().is_ident("macro_export");
                match &item.ident {
                    Some(name) if item.attrs.iter().any(is_exported) => {
                        if !is_left_out(&item.attrs) {
                            self.add(Kind::Callable, None, name, &item.attrs);
                        }
                    }
                    _ => self.add_made(&item.mac.tokens),
                }
                return;
            }
            Item::Mod(item) => {
                if is_public(&item.vis) && !is_left_out(&item.attrs) {
                    self.ways.modules.insert(item.ident.to_string());
                }
                return;
            }
            Item::Use(item) => {
                if is_public(&item.vis) && !is_left_out(&item.attrs) {
                    add_names(&item.tree, &mut self.ways.uses);
                }
                return;
            }
            Item::Impl(item) if item.trait_.is_some() || is_left_out(&item.attrs) => return,
            _ => return visit::visit_item(self, item),
        };
        if is_public(visibility) && !is_left_out(attributes) {
            self.add(kind, None, name, attributes);
            if let Item::Trait(of) = item {
                for method in &of.items {
                    if let syn::TraitItem::Fn(method) = method
                        && !is_left_out(&method.attrs)
                    {
                        let of = of.ident.to_string();
                        self.add(Kind::Callable, Some(&of), &method.sig.ident, &method.attrs);
                    }
                }
            }
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let syn::Type::Path(path) = &*item.self_ty else {
            return;
        };
        let of = path.path.segments.last().unwrap().ident.to_string();
        for method in &item.items {
            match method {
                syn::ImplItem::Fn(method)
                    if is_public(&method.vis) && !is_left_out(&method.attrs) =>
                {
                    self.add(Kind::Callable, Some(&of), &method.sig.ident, &method.attrs);
                }
                syn::ImplItem::Macro(made) => {
                    let before = self.items.len();
                    self.add_made(&made.mac.tokens);
                    for item in &mut self.items[before..] {
                        item.of = Some(of.clone());
                    }
                }
                _ => {}
            }
        }
    }
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}

/// Everything public, by name.
struct Library {
    items: Vec<Item>,
    by_name: BTreeMap<String, Vec<usize>>,
}

impl Library {
    fn read() -> Self {
        let mut paths = Vec::new();
        files(&source(), &mut paths);
        paths.sort();
        let mut items = Vec::new();
        let mut ways = Ways::default();
        for file in &paths {
            let text = fs::read_to_string(file).unwrap();
            let mut reader = Reader {
                file,
                items: Vec::new(),
                ways: Ways::default(),
            };
            reader.visit_file(&syn::parse_file(&text).unwrap());
            items.append(&mut reader.items);
            ways.modules.append(&mut reader.ways.modules);
            ways.uses.append(&mut reader.ways.uses);
        }
        items.retain(|item| item.can_be_named(&ways));
        let types = items.iter().filter(|item| item.kind == Kind::Type);
        let types: BTreeSet<_> = types.map(|item| item.name.clone()).collect();
        items.retain(|item| item.of.as_ref().is_none_or(|of| types.contains(of)));
        let mut by_name: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (place, item) in items.iter().enumerate() {
            by_name.entry(item.name.clone()).or_default().push(place);
        }
        Self { items, by_name }
    }

    /// Those of a name, the nearest to `file` first: some names are in several modules.
    fn named(&self, name: &str, file: &Path) -> Vec<&Item> {
        let places = self.by_name.get(name).into_iter().flatten();
        let mut items: Vec<_> = places.map(|&place| &self.items[place]).collect();
        let shared = |item: &Item| {
            let pairs = item.file.iter().zip(file);
            pairs.take_while(|(one, other)| one == other).count()
        };
        items.sort_by_key(|item| std::cmp::Reverse(shared(item)));
        items
    }

    fn type_of(&self, item: &Item) -> Option<&Item> {
        let named = self.named(item.of.as_deref()?, &item.file);
        named.into_iter().find(|it| it.kind == Kind::Type)
    }

    fn linked(&self, item: &Item, of: &Option<String>, name: &str) -> Option<&Item> {
        if name == "Self" {
            return self.type_of(item);
        }
        let of = match of.as_deref() {
            Some("Self") => item.of.as_deref().or(Some(&item.name)),
            of => of,
        };
        let named = self.named(name, &item.file);
        let is_it = |it: &&Item| match of {
            Some(of) if of.starts_with(char::is_uppercase) => it.of.as_deref() == Some(of),
            _ => it.of.is_none(),
        };
        named.into_iter().find(is_it)
    }

    fn is_shown(&self, item: &Item) -> bool {
        if item.shows() || self.type_of(item).is_some_and(|of| of.calls(&item.name)) {
            return true;
        }
        let says_as = item.docs.trim_start().starts_with("As [");
        item.links().iter().enumerate().any(|(place, (of, name))| {
            let is_alike = item.kind == Kind::Type || says_as && place == 0;
            self.linked(item, of, name)
                .is_some_and(|it| it.calls(&item.name) || is_alike && it.shows())
        })
    }
}

#[test]
fn all_that_a_program_calls_is_shown_being_called() {
    let library = Library::read();
    let not_shown: Vec<_> = library
        .items
        .iter()
        .filter(|item| !library.is_shown(item))
        .map(Item::title)
        .collect();
    assert!(
        library.items.len() > 800,
        "only {} items",
        library.items.len()
    );
    assert!(
        not_shown.is_empty(),
        "{} of {} have no example:\n{}",
        not_shown.len(),
        library.items.len(),
        not_shown.join("\n")
    );
}
