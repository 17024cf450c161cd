//! The walls stand where DESIGN.md draws them.
//!
//! The imports are read from the library's own source, tests left out.

#[path = "support/library.rs"]
mod library;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use library::library;
use syn::visit::{self, Visit};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn source() -> PathBuf {
    root().join("executor/src")
}

/// A module, from the crate's root.
type Module = Vec<String>;

/// What each module's file names of the crate, and what it has for some systems alone.
struct House {
    rooms: BTreeMap<Module, BTreeSet<Module>>,
    of_some_systems: BTreeMap<Module, Vec<ForSome>>,
}

/// An item that not every system has.
struct ForSome {
    name: String,
    is_public: bool,
    docs: String,
}

impl House {
    /// Read once: each test looks at the same.
    fn get() -> &'static Self {
        static HOUSE: OnceLock<House> = OnceLock::new();
        HOUSE.get_or_init(Self::read)
    }

    fn read() -> Self {
        let mut house = Self {
            rooms: BTreeMap::new(),
            of_some_systems: BTreeMap::new(),
        };
        for (path, text) in library().iter().filter(|(path, _)| !is_test(path)) {
            let module = module_of(path);
            let file = syn::parse_file(text).unwrap();
            let mut seen = Seen {
                module: &module,
                names: BTreeSet::new(),
                of_some_systems: Vec::new(),
            };
            seen.visit_file(&file);
            let Seen {
                names,
                of_some_systems,
                ..
            } = seen;
            house
                .of_some_systems
                .insert(module.clone(), of_some_systems);
            house.rooms.insert(module, names);
        }
        house
    }

    /// Which file of the library `path` leads to: the longest of its beginnings that is
    /// one. The front door is not meant: it only passes on.
    fn file_of(&self, path: &Module) -> Option<&Module> {
        let beginnings = (1..=path.len()).rev().map(|length| &path[..length]);
        beginnings
            .filter_map(|beginning| self.rooms.get_key_value(beginning))
            .map(|(module, _)| module)
            .next()
    }

    /// Each file, and each other that it imports from.
    fn imports(&self) -> impl Iterator<Item = (&Module, &Module)> {
        self.rooms.iter().flat_map(move |(module, paths)| {
            let files = paths.iter().filter_map(|path| self.file_of(path));
            files
                .filter(move |file| *file != module)
                .map(move |file| (module, file))
        })
    }
}

fn is_test(path: &Path) -> bool {
    path.ends_with("tests.rs") || path.iter().any(|part| part == "tests")
}

fn module_of(path: &Path) -> Module {
    let inside = path.with_extension("");
    let mut module: Module = inside
        .iter()
        .map(|part| part.to_str().unwrap().to_owned())
        .collect();
    if module
        .last()
        .is_some_and(|last| last == "mod" || last == "lib")
    {
        module.pop();
    }
    module
}

/// Collects paths that begin with `crate` or `super`, in `use` and elsewhere, and what is
/// for some systems alone.
struct Seen<'a> {
    module: &'a Module,
    names: BTreeSet<Module>,
    of_some_systems: Vec<ForSome>,
}

impl Seen<'_> {
    /// Whether an item is part of the library; notes one that not every system has.
    fn takes_in(
        &mut self,
        name: &dyn Display,
        visibility: Option<&syn::Visibility>,
        attributes: &[syn::Attribute],
    ) -> bool {
        if attributes.iter().any(is_for_some_systems) {
            self.of_some_systems.push(ForSome {
                name: name.to_string(),
                is_public: matches!(visibility, Some(syn::Visibility::Public(_))),
                docs: docs_of(attributes),
            });
        }
        !is_for_tests(attributes)
    }

    fn add(&mut self, segments: &[String]) {
        let (mut path, rest) = match segments.first().map(String::as_str) {
            Some("crate") => (Vec::new(), &segments[1..]),
            Some("super") => (self.module.clone(), segments),
            _ => return,
        };
        let supers = rest
            .iter()
            .take_while(|segment| *segment == "super")
            .count();
        path.truncate(path.len() - supers);
        path.extend(
            rest[supers..]
                .iter()
                .filter(|segment| *segment != "self")
                .cloned(),
        );
        self.names.insert(path);
    }

    fn add_use(&mut self, before: &[String], tree: &syn::UseTree) {
        let with = |name: &dyn ToString| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.add_use(&with(&path.ident), &path.tree),
            syn::UseTree::Name(name) => self.add(&with(&name.ident)),
            syn::UseTree::Rename(name) => self.add(&with(&name.ident)),
            syn::UseTree::Glob(_) => self.add(before),
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_use(before, tree);
                }
            }
        }
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Ident>()
                .is_ok_and(|condition| condition == "test")
    })
}

/// Whether it is a condition on the system, or on the way that Linux goes.
fn is_for_some_systems(attribute: &syn::Attribute) -> bool {
    let condition = match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string(),
        syn::Meta::List(list) if list.path.is_ident("cfg_attr") => list.tokens.to_string(),
        _ => return false,
    };
    names_a_system(&condition)
}

fn names_a_system(condition: &str) -> bool {
    let words = ["target_", "unix", "buzzer_portable", "mio_"];
    words.iter().any(|word| condition.contains(word))
}

fn docs_of(attributes: &[syn::Attribute]) -> String {
    let lines = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            syn::Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(text),
                    ..
                }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        });
    lines.collect()
}

impl<'ast> Visit<'ast> for Seen<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        use syn::Item;
        let taken_in = match item {
            Item::Mod(item) => self.takes_in(&item.ident, Some(&item.vis), &item.attrs),
            Item::Fn(item) => self.takes_in(&item.sig.ident, Some(&item.vis), &item.attrs),
            Item::Struct(item) => self.takes_in(&item.ident, Some(&item.vis), &item.attrs),
            Item::Enum(item) => self.takes_in(&item.ident, Some(&item.vis), &item.attrs),
            Item::Const(item) => self.takes_in(&item.ident, Some(&item.vis), &item.attrs),
            Item::Static(item) => self.takes_in(&item.ident, Some(&item.vis), &item.attrs),
            Item::Type(item) => self.takes_in(&item.ident, Some(&item.vis), &item.attrs),
            Item::Use(item) => self.takes_in(&"use", Some(&item.vis), &item.attrs),
            Item::Impl(item) => {
                // That of a trait is as public as the type.
                let public = syn::Visibility::Public(Default::default());
                let visibility = item.trait_.as_ref().map(|_| &public);
                self.takes_in(&"impl", visibility, &item.attrs)
            }
            _ => true,
        };
        if taken_in {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if self.takes_in(&item.sig.ident, Some(&item.vis), &item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    /// `cfg!(…)`, in the midst of a function.
    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        let condition = called.tokens.to_string();
        if called.path.is_ident("cfg") && names_a_system(&condition) {
            self.of_some_systems.push(ForSome {
                name: format!("cfg!({condition})"),
                is_public: false,
                docs: String::new(),
            });
        }
        visit::visit_macro(self, called);
    }

    /// `pub(super)` names a module and imports nothing.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_use(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<_> = path
            .segments
            .iter()
            .map(|part| part.ident.to_string())
            .collect();
        self.add(&segments);
        visit::visit_path(self, path);
    }
}

/// The floors of the drawing in DESIGN.md, from the top: what stands in each line. What is
/// indented lies within the folder above it.
fn floors() -> Vec<Vec<Module>> {
    let design = fs::read_to_string(root().join("DESIGN.md")).unwrap();
    let (_, house) = design.split_once("## The house").unwrap();
    let drawing = house.split("```").nth(1).unwrap();
    let mut folder = String::new();
    let mut floors = Vec::new();
    for line in drawing.lines().skip(1) {
        let is_inside = line.starts_with(' ');
        let names: Vec<_> = line
            .split_whitespace()
            .take_while(|word| word.ends_with('/') || word.ends_with(".rs"))
            .map(|word| {
                word.trim_end_matches(".rs")
                    .trim_end_matches('/')
                    .to_owned()
            })
            .collect();
        let floor = names.iter().map(|name| match is_inside {
            true => vec![folder.clone(), name.clone()],
            false => vec![name.clone()],
        });
        floors.push(floor.collect());
        if !is_inside {
            folder = names[0].clone();
        }
    }
    floors
}

/// On which floor a module lies, counted from the top. The innermost that is drawn counts.
fn floor_of(floors: &[Vec<Module>], module: &Module) -> Option<usize> {
    let lies_in = |place: &Module| module.starts_with(place);
    let drawn = floors.iter().enumerate();
    drawn
        .flat_map(|(floor, places)| places.iter().map(move |place| (floor, place)))
        .filter(|(_, place)| lies_in(place))
        .max_by_key(|(_, place)| place.len())
        .map(|(floor, _)| floor)
}

#[test]
fn a_newcomer_finds_few_doors_and_the_machine_among_them() {
    let entries: BTreeSet<_> = fs::read_dir(source())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        entries.len() <= 18,
        "{} entries: {entries:?}",
        entries.len()
    );
    assert!(entries.contains("machine"));
}

#[test]
fn everything_is_drawn_and_nothing_that_is_drawn_is_gone() {
    let floors = floors();
    for place in floors.concat() {
        let path = source().join(place.join("/"));
        assert!(
            path.is_dir() || path.with_extension("rs").is_file(),
            "no {place:?}"
        );
    }
    for module in House::get().rooms.keys() {
        // The front door has the empty path, and the map of a folder lies in it.
        let is_drawn = module.is_empty() || floor_of(&floors, module).is_some();
        assert!(is_drawn, "{module:?} is not drawn");
    }
}

#[test]
fn nothing_imports_from_a_line_above_its_own() {
    let (house, floors) = (House::get(), floors());
    let mut imports = 0;
    for (from, to) in house.imports() {
        let (Some(above), Some(below)) = (floor_of(&floors, from), floor_of(&floors, to)) else {
            continue;
        };
        imports += 1;
        assert!(
            above <= below,
            "{} imports {}",
            from.join("/"),
            to.join("/")
        );
    }
    assert!(imports > 500, "only {imports} imports were found");
}

#[test]
fn the_machine_imports_the_systems_calls_and_the_recorder_and_no_more_of_the_crate() {
    let may = ["machine", "record", "sys"];
    for (module, paths) in &House::get().rooms {
        let is_machine = module.first().is_some_and(|first| first == "machine");
        for path in paths.iter().filter(|_| is_machine) {
            let is_inside = path.first().is_some_and(|first| may.contains(&&**first));
            assert!(
                is_inside,
                "{} imports {}",
                module.join("/"),
                path.join("::")
            );
        }
    }
}

#[test]
fn only_sys_knows_the_system_but_for_public_items_that_say_so() {
    let mut public = 0;
    for (module, items) in &House::get().of_some_systems {
        let is_elsewhere = module.first().is_some_and(|first| first != "sys");
        for item in items.iter().filter(|_| is_elsewhere) {
            let place = format!("{} in {}", item.name, module.join("/"));
            assert!(item.is_public, "{place} is for some systems");
            let says_so = ["Only on Linux", "Only where"];
            let is_said = says_so.iter().any(|words| item.docs.contains(words));
            assert!(is_said, "{place} does not say so");
            public += 1;
        }
    }
    assert!(public > 0, "not even `set_quickack` was found");
}

#[test]
fn there_is_no_circle_of_imports_between_files() {
    let house = House::get();
    let mut of: BTreeMap<&Module, BTreeSet<&Module>> = BTreeMap::new();
    for (from, to) in house.imports() {
        // A folder's mod.rs passes on what lies in it, and that may name the folder.
        if !from.starts_with(to) && !to.starts_with(from) {
            of.entry(from).or_default().insert(to);
        }
    }
    // Takes away who imports nothing that is left, until nobody is, or a circle.
    while !of.is_empty() {
        let left: BTreeSet<_> = of.keys().copied().collect();
        for imported in of.values_mut() {
            imported.retain(|file| left.contains(file));
        }
        let before = of.len();
        of.retain(|_, imported| !imported.is_empty());
        assert!(of.len() < before, "a circle among {:?}", of.keys());
    }
}

#[test]
fn a_module_with_children_is_a_folder_with_a_mod_rs() {
    for (file, _) in library() {
        let folder = source().join(&file).with_extension("");
        assert!(!folder.is_dir(), "{} beside its folder", file.display());
    }
}
