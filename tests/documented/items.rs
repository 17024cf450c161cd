//! What is public in the library's source, and what its docs say.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::visit::{self, Visit};
use syn::{Attribute, Ident, Visibility};

/// Something public, and what its docs say.
#[derive(Debug)]
pub struct Item {
    pub kind: Kind,
    /// The type whose method it is.
    pub of: Option<String>,
    pub name: String,
    pub file: PathBuf,
    /// The lines of all its examples.
    code: String,
    /// What its docs link to, by the last one or two parts of the path.
    pub links: Vec<(Option<String>, String)>,
    /// Whether its docs begin with a link to what it is like.
    pub says_as: bool,
    /// By a macro of the library's.
    is_made: bool,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Kind {
    Callable,
    Type,
}

impl Item {
    pub fn shows(&self) -> bool {
        !self.code.is_empty()
    }

    /// Whether an example here calls what has this name.
    pub fn calls(&self, name: &str) -> bool {
        let code = &self.code;
        let mut places = code.match_indices(name);
        places.any(|(place, _)| {
            let is_inside_a_word = |c: char| c.is_alphanumeric() || c == '_';
            let before = code[..place].chars().next_back();
            let after = &code[place + name.len()..];
            !before.is_some_and(is_inside_a_word)
                && ["(", "::<", "!"].iter().any(|next| after.starts_with(next))
        })
    }

    /// Whether all modules on its way are public, or a `pub use` names it or its type. Of
    /// what a macro makes, the type isn't known.
    fn can_be_named(&self, ways: &Ways) -> bool {
        let inside = self.file.with_extension("");
        let mut modules = inside.iter().map(|part| part.to_str().unwrap());
        let is_open = |name: &str| ["mod", "lib"].contains(&name) || ways.modules.contains(name);
        let name = self.of.as_deref().unwrap_or(&self.name);
        let is_used = |name| ways.uses.contains(name);
        let by_alias = self.of.is_some() && ways.aliases(name).any(is_used);
        self.is_made || is_used(name) || by_alias || modules.all(is_open)
    }

    pub fn title(&self) -> String {
        let of = self.of.as_ref().map(|of| format!("{of}::"));
        format!(
            "{}{} in {}",
            of.unwrap_or_default(),
            self.name,
            self.file.display()
        )
    }
}

/// All that is public in the files that it is given.
#[derive(Default)]
struct Reader {
    file: PathBuf,
    items: Vec<Item>,
    ways: Ways,
    /// What each file passes on by a `pub use`.
    uses: Vec<(PathBuf, String)>,
    /// Modules that the docs do not show: what they pass on is for macros.
    hidden: Vec<PathBuf>,
}

/// How a program may name what lies within a file.
#[derive(Default)]
pub struct Ways {
    /// By a module that is public,
    modules: BTreeSet<String>,
    /// or by a `pub use`.
    uses: BTreeSet<String>,
    /// Each `type` that is another's name: whose, and its own.
    aliases: Vec<(String, String)>,
}

impl Ways {
    /// What stands on the page of a `type` are the methods of whose name it is.
    pub fn aliases(&self, of: &str) -> impl Iterator<Item = &str> {
        let aliases = self.aliases.iter().filter(move |(whose, _)| whose == of);
        aliases.map(|(_, alias)| alias.as_str())
    }
}

impl Reader {
    fn add(&mut self, kind: Kind, of: Option<&str>, name: &Ident, attributes: &[Attribute]) {
        let docs = docs_of(attributes);
        self.items.push(Item {
            kind,
            of: of.map(str::to_owned),
            name: name.to_string(),
            file: self.file.clone(),
            says_as: docs.trim_start().starts_with("As ["),
            links: links_in(&docs),
            code: code_in(&docs),
            is_made: false,
        });
    }

    /// What a macro makes is written in its body, or in what it is given.
    fn add_made(&mut self, tokens: &TokenStream) {
        let scan = |input: ParseStream<'_>| {
            while !input.is_empty() {
                let ahead = input.fork();
                if let Ok((attributes, name)) = public_function(&ahead) {
                    if !is_left_out(&attributes) {
                        self.add(Kind::Callable, None, &name, &attributes);
                        self.items.last_mut().unwrap().is_made = true;
                    }
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

fn code_in(docs: &str) -> String {
    let fenced = docs.split("```").skip(1).step_by(2);
    fenced.filter(|block| !block.starts_with("text")).collect()
}

fn links_in(docs: &str) -> Vec<(Option<String>, String)> {
    let prose: String = docs.split("```").step_by(2).collect();
    let ends = prose.match_indices(']').map(|(end, _)| end);
    let targets = ends.filter_map(|end| match prose[end + 1..].strip_prefix('(') {
        Some(path) => path.split_once(')').map(|(path, _)| path),
        None => prose[..end].rsplit_once('[').map(|(_, name)| name),
    });
    let parts = targets.map(|target| {
        let target = target.trim_matches(|c| "`()!".contains(c));
        let mut parts = target.rsplit("::").map(str::to_owned);
        let name = parts.next().unwrap_or_default();
        (parts.next(), name)
    });
    parts.collect()
}

/// `#[doc(hidden)]`, `#[deprecated]` or `#[cfg(test)]`.
fn is_left_out(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let says = |word: &str| {
            attribute
                .parse_args::<Ident>()
                .is_ok_and(|said| said == word)
        };
        attribute.path().is_ident("deprecated")
            || attribute.path().is_ident("doc") && says("hidden")
            || attribute.path().is_ident("cfg") && says("test")
    })
}

impl<'ast> Visit<'ast> for Reader {
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
                let name = item.ident.to_string();
                if is_left_out(&item.attrs) {
                    self.hidden.push(self.file.with_file_name(name));
                } else if is_public(&item.vis) {
                    self.ways.modules.insert(name);
                }
                return;
            }
            Item::Use(item) => {
                if is_public(&item.vis) && !is_left_out(&item.attrs) {
                    let mut names = BTreeSet::new();
                    add_names(&item.tree, &mut names);
                    let names = names.into_iter().map(|name| (self.file.clone(), name));
                    self.uses.extend(names);
                }
                return;
            }
            Item::Impl(item) if item.trait_.is_some() || is_left_out(&item.attrs) => return,
            _ => return visit::visit_item(self, item),
        };
        if is_public(visibility) && !is_left_out(attributes) {
            if let Item::Type(alias) = item
                && let syn::Type::Path(whose) = &*alias.ty
            {
                let whose = whose.path.segments.last().unwrap().ident.to_string();
                self.ways.aliases.push((whose, name.to_string()));
            }
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

/// All that is public and can be named, and how.
pub fn of(files: &[(PathBuf, String)]) -> (Vec<Item>, Ways) {
    let mut reader = Reader::default();
    for (file, text) in files {
        reader.file.clone_from(file);
        reader.visit_file(&syn::parse_file(text).unwrap());
    }
    let Reader {
        mut items,
        mut ways,
        uses,
        hidden,
        ..
    } = reader;
    let is_hidden = |file: &Path| hidden.iter().any(|folder| file.starts_with(folder));
    let uses = uses.into_iter().filter(|(file, _)| !is_hidden(file));
    ways.uses = uses.map(|(_, name)| name).collect();
    let types = items.iter().filter(|item| item.kind == Kind::Type);
    let types: BTreeSet<_> = types.map(|item| item.name.clone()).collect();
    // The types that are missing among them are hidden.
    let is_known = |item: &Item| item.of.as_ref().is_none_or(|of| types.contains(of));
    items.retain(|item| is_known(item) && item.can_be_named(&ways));
    (items, ways)
}
