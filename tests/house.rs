//! The walls stand where DESIGN.md draws them.
//!
//! The imports are read from the library's own source, tests left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn source() -> PathBuf {
    root().join("executor/src")
}

/// A module, from the crate's root.
type Module = Vec<String>;

/// What each module's file names of the crate.
struct House {
    rooms: BTreeMap<Module, BTreeSet<Module>>,
}

impl House {
    fn read() -> Self {
        let mut files = Vec::new();
        collect(&source(), &mut files);
        assert!(files.len() > 100, "only {} files were found", files.len());
        let rooms = files
            .iter()
            .filter(|path| !is_test(path))
            .map(|path| {
                let module = module_of(path);
                let text = fs::read_to_string(path).unwrap();
                let file = syn::parse_file(&text).unwrap();
                let mut names = Names {
                    module: &module,
                    found: BTreeSet::new(),
                };
                names.visit_file(&file);
                let found = names.found;
                (module, found)
            })
            .collect();
        Self { rooms }
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

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

fn is_test(path: &Path) -> bool {
    path.ends_with("tests.rs")
        || path
            .iter()
            .any(|part| part == "tests" && !root().ends_with(part))
}

fn module_of(path: &Path) -> Module {
    let inside = path.strip_prefix(source()).unwrap().with_extension("");
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

/// Collects paths that begin with `crate` or `super`, in `use` and elsewhere.
struct Names<'a> {
    module: &'a Module,
    found: BTreeSet<Module>,
}

impl Names<'_> {
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
        self.found.insert(path);
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

impl<'ast> Visit<'ast> for Names<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Mod(item) => &item.attrs,
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Use(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            syn::Item::Struct(item) => &item.attrs,
            _ => &Vec::new(),
        };
        if !is_for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
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
    for module in House::read().rooms.keys() {
        // The front door has the empty path, and the map of a folder lies in it.
        let is_drawn = module.is_empty() || floor_of(&floors, module).is_some();
        assert!(is_drawn, "{module:?} is not drawn");
    }
}

#[test]
fn nothing_imports_from_a_line_above_its_own() {
    let (house, floors) = (House::read(), floors());
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
    for (module, paths) in House::read().rooms {
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
fn there_is_no_circle_of_imports_between_files() {
    let house = House::read();
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
    let mut files = Vec::new();
    collect(&source(), &mut files);
    for file in files {
        let folder = file.with_extension("");
        assert!(
            !folder.is_dir(),
            "{} beside {}",
            file.display(),
            folder.display()
        );
    }
}
