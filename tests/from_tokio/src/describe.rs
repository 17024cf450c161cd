//! From rustdoc's description of a crate to its public names, each with a probe: an item
//! of Rust that compiles where the name exists with the signature that it has there.

use std::collections::{BTreeMap, HashMap};

use rustdoc_types::{
    Attribute, Crate, Function, Generics, Id, Impl, Item, ItemEnum, StructKind, Trait, Type,
    VariantKind, Visibility,
};

use crate::Name;
use crate::text::{Nameless, Text, Writer};

/// Traits that say nothing to a program: of the compiler's own, and `Drop`, which can't
/// be asked for.
const UNASKED: [&str; 6] = [
    "Freeze",
    "TrivialClone",
    "UnsafeUnpin",
    "StructuralPartialEq",
    "Drop",
    "PinnedDrop",
];

/// Traits of two types, which are one and the same where none is named.
const COMPARES: [&str; 2] = ["PartialEq", "PartialOrd"];

/// Every public name, by its path; then every implementation of a trait.
pub fn names(krate: &Crate) -> Vec<Name> {
    let mut all = Names {
        krate,
        public: HashMap::new(),
        paths: Vec::new(),
        found: BTreeMap::new(),
    };
    let root = &krate.index[&krate.root];
    let name = root.name.clone().unwrap_or_default();
    all.walk(krate.root, name);
    // The shortest path is the one to speak of, and of two the first in the alphabet.
    all.paths
        .sort_by_key(|(path, _)| (path.matches("::").count(), path.clone()));
    for (path, id) in &all.paths {
        all.public.entry(*id).or_insert_with(|| path.clone());
    }
    for (path, id) in all.paths.clone() {
        all.describe(&path, id);
    }
    for item in krate.index.values() {
        if let ItemEnum::Impl(of) = &item.inner {
            // One whose type or trait has no name is nobody's to ask for.
            let _ = all.describe_impl(of);
        }
    }
    let found = all.found.into_iter();
    found.map(|(name, probe)| Name { name, probe }).collect()
}

struct Names<'a> {
    krate: &'a Crate,
    public: HashMap<Id, String>,
    paths: Vec<(String, Id)>,
    found: BTreeMap<String, String>,
}

fn is_hidden(item: &Item) -> bool {
    item.attrs.iter().any(|attribute| match attribute {
        Attribute::Other(text) => text.contains("doc(hidden)") || text.contains("doc_hidden"),
        _ => false,
    })
}

fn is_public(item: &Item) -> bool {
    item.visibility == Visibility::Public && !is_hidden(item)
}

fn is_open(item: &Item) -> bool {
    !item.attrs.contains(&Attribute::NonExhaustive)
}

impl<'a> Names<'a> {
    /// Notes `id`, which `path` leads to, and all that lies in it.
    fn walk(&mut self, id: Id, path: String) {
        self.paths.push((path.clone(), id));
        let Some(ItemEnum::Module(module)) = self.krate.index.get(&id).map(|item| &item.inner)
        else {
            return;
        };
        for id in &module.items {
            let item = &self.krate.index[id];
            if !is_public(item) {
                continue;
            }
            match &item.inner {
                ItemEnum::Use(of) => {
                    assert!(!of.is_glob, "{path} has a use of all of {}", of.source);
                    let id = of.id.expect("what is used is known");
                    self.walk(id, format!("{path}::{}", of.name));
                }
                _ => {
                    let name = item.name.as_deref().expect("an item has a name");
                    self.walk(*id, format!("{path}::{name}"));
                }
            }
        }
    }

    fn writer(&self, me: &str) -> Writer<'_> {
        Writer {
            krate: self.krate,
            public: &self.public,
            me: me.to_owned(),
            elided: "'_",
            given: HashMap::new(),
            or_any: false,
        }
    }

    fn add(&mut self, name: String, probe: Text) {
        let probe = probe.unwrap_or_else(|Nameless| panic!("{name} has a type without a name"));
        self.found.insert(name, probe);
    }

    fn describe(&mut self, path: &str, id: Id) {
        let used = format!("use {path} as It;");
        let Some(item) = self.krate.index.get(&id) else {
            // Another crate's.
            return self.add(path.to_owned(), Ok(self.same_as_of_other_crate(path, id)));
        };
        let is_first = self.public[&id] == path;
        match &item.inner {
            ItemEnum::Function(function) => {
                let probe = self.call(&self.writer("Self"), path, &[], function, None);
                return self.add(path.to_owned(), probe);
            }
            ItemEnum::Struct(of) if is_first => {
                let fields = match &of.kind {
                    StructKind::Plain { fields, .. } => fields.clone(),
                    StructKind::Tuple(fields) => fields.iter().flatten().copied().collect(),
                    StructKind::Unit => Vec::new(),
                };
                let me = self.applied(path, &of.generics);
                for id in fields {
                    let field = &self.krate.index[&id];
                    if let ItemEnum::StructField(ty) = &field.inner
                        && is_public(field)
                    {
                        let name = field.name.as_deref().expect("a field has a name");
                        let probe = self.field(&me, &of.generics, name, ty);
                        self.add(format!("{path}::{name}"), probe);
                    }
                }
                self.describe_members(path, &of.impls);
            }
            ItemEnum::Enum(of) if is_first => {
                let me = self.applied(path, &of.generics);
                for id in &of.variants {
                    let variant = &self.krate.index[id];
                    let name = format!("{path}::{}", variant.name.as_deref().unwrap_or("?"));
                    let probe = self.variant(&me, &of.generics, &name, variant, is_open(item));
                    self.add(name, probe);
                }
                self.describe_members(path, &of.impls);
            }
            ItemEnum::Trait(of) if is_first => self.describe_trait(path, of),
            _ => {}
        }
        self.add(path.to_owned(), Ok(used));
    }

    /// That the name is the other crate's, where it has no parameters.
    fn same_as_of_other_crate(&self, path: &str, id: Id) -> String {
        use rustdoc_types::ItemKind::{Enum, Struct};
        let summary = &self.krate.paths[&id];
        let of = rustdoc_types::Path {
            path: String::new(),
            id,
            args: None,
        };
        let other = Writer {
            public: &HashMap::new(),
            ..self.writer("Self")
        };
        match (summary.kind, other.path(&of)) {
            (Struct | Enum, Ok(name)) => format!("fn it(it: {path}) -> {name} {{ it }}"),
            _ => format!("use {path} as It;"),
        }
    }

    /// The type with its own parameters.
    fn applied(&self, path: &str, generics: &Generics) -> String {
        let names: Vec<_> = generics
            .params
            .iter()
            .map(|param| param.name.as_str())
            .collect();
        match names.is_empty() {
            true => path.to_owned(),
            false => format!("{path}<{}>", names.join(", ")),
        }
    }

    fn field(&self, me: &str, generics: &Generics, name: &str, ty: &Type) -> Text {
        let writer = self.writer(me);
        let (params, conditions) = writer.generics(&[generics], &[])?;
        let ty = writer.ty(ty)?;
        Ok(format!(
            "fn it{params}(it: {me}) -> {ty}{conditions} {{ it.{name} }}"
        ))
    }

    fn variant(
        &self,
        me: &str,
        generics: &Generics,
        path: &str,
        variant: &Item,
        is_open: bool,
    ) -> Text {
        let ItemEnum::Variant(of) = &variant.inner else {
            return Err(Nameless);
        };
        let writer = self.writer(me);
        let (params, conditions) = writer.generics(&[generics], &[])?;
        match &of.kind {
            VariantKind::Plain if is_open => {
                Ok(format!("fn it{params}() -> {me}{conditions} {{ {path} }}"))
            }
            VariantKind::Tuple(fields) if is_open => {
                let (mut takes, mut gives) = (Vec::new(), Vec::new());
                for (index, id) in fields.iter().enumerate() {
                    let field = &self.krate.index[&id.ok_or(Nameless)?];
                    if let ItemEnum::StructField(ty) = &field.inner {
                        takes.push(format!("a{index}: {}", writer.ty(ty)?));
                        gives.push(format!("a{index}"));
                    }
                }
                let (takes, gives) = (takes.join(", "), gives.join(", "));
                Ok(format!(
                    "fn it{params}({takes}) -> {me}{conditions} {{ {path}({gives}) }}"
                ))
            }
            _ => Ok(format!(
                "fn it{params}(it: {me}) -> bool{conditions} {{ matches!(it, {path} {{ .. }}) }}"
            )),
        }
    }

    /// What a type has of its own.
    fn describe_members(&mut self, path: &str, impls: &[Id]) {
        for id in impls {
            let ItemEnum::Impl(of) = &self.krate.index[id].inner else {
                continue;
            };
            if of.trait_.is_some() {
                continue;
            }
            for id in &of.items {
                let member = &self.krate.index[id];
                if !is_public(member) {
                    continue;
                }
                let name = member.name.as_deref().expect("a member has a name");
                let full = format!("{path}::{name}");
                let me = self.writer("Self").ty(&of.for_);
                let me = me.unwrap_or_else(|_| panic!("{full} is of a type without a name"));
                let writer = self.writer(&me);
                let probe = match &member.inner {
                    ItemEnum::Function(function) => self.call(
                        &writer,
                        &format!("<{me}>::{name}"),
                        &[&of.generics],
                        function,
                        None,
                    ),
                    ItemEnum::AssocConst { type_, .. } => writer
                        .ty(type_)
                        .map(|ty| format!("const IT: {ty} = <{me}>::{name};")),
                    _ => continue,
                };
                // Of one name in several implementations, the most general is written
                // last; all of them are asked for.
                let mut full = full;
                while self.found.contains_key(&full) {
                    full.push('\'');
                }
                self.add(full, probe);
            }
        }
    }

    fn describe_trait(&mut self, path: &str, of: &Trait) {
        let mut required = Vec::new();
        let mut is_sealed = false;
        for id in &of.items {
            let member = &self.krate.index[id];
            let ItemEnum::Function(function) = &member.inner else {
                continue;
            };
            if is_hidden(member) {
                is_sealed |= !function.has_body;
                continue;
            }
            let name = member.name.as_deref().expect("a member has a name");
            let writer = self.writer("Me");
            let me = format!("Me: {path} + ?Sized");
            let called = format!("<Me as {path}>::{name}");
            let probe = self.call(&writer, &called, &[], function, Some(me));
            self.add(format!("{path}::{name}"), probe);
            if !function.has_body {
                let writer = self.writer("Self");
                required.push(self.required(&writer, name, function));
            }
        }
        let has_supers = of
            .bounds
            .iter()
            .any(|bound| matches!(bound, rustdoc_types::GenericBound::TraitBound { .. }));
        if !is_sealed && !required.is_empty() && !has_supers {
            let methods: Result<Vec<_>, _> = required.into_iter().collect();
            let probe = methods.map(|methods| {
                format!("struct It; impl {path} for It {{ {} }}", methods.join(" "))
            });
            self.add(format!("{path}, implemented"), probe);
        }
    }

    /// A method of a trait as a program would write it.
    fn required(&self, writer: &Writer<'_>, name: &str, function: &Function) -> Text {
        let (params, conditions) = writer.generics(&[&function.generics], &[])?;
        let mut takes = Vec::new();
        for (index, (input, ty)) in function.sig.inputs.iter().enumerate() {
            takes.push(match input.as_str() {
                "self" => format!("self: {}", writer.ty(ty)?),
                _ => format!("_a{index}: {}", writer.ty(ty)?),
            });
        }
        let output = writer.output(&function.sig.output)?;
        let takes = takes.join(", ");
        Ok(format!(
            "fn {name}{params}({takes}){output}{conditions} {{ loop {{}} }}"
        ))
    }

    /// A function that takes what the function takes, gives what it gives, and calls it.
    fn call(
        &self,
        writer: &Writer<'_>,
        called: &str,
        outer: &[&Generics],
        function: &Function,
        me: Option<String>,
    ) -> Text {
        let (mut takes, mut gives) = (Vec::new(), Vec::new());
        let mut more: Vec<_> = me.into_iter().collect();
        let mut output = writer.clone();
        for (index, (name, ty)) in function.sig.inputs.iter().enumerate() {
            let mut writer = writer.clone();
            // A lifetime that is left out of the output is that of `self`.
            if name == "self" {
                writer.elided = "'this";
            }
            let ty = writer.ty(ty)?;
            if name == "self" && ty.contains("'this") {
                more.push("'this".to_owned());
                output.elided = "'this";
            }
            takes.push(format!("a{index}: {ty}"));
            gives.push(format!("a{index}"));
        }
        let all = [outer, &[&function.generics]].concat();
        let (params, conditions) = writer.generics(&all, &more)?;
        let output = output.output_or_future(&function.sig.output)?;
        let header = &function.header;
        let kind = [
            (header.is_const, "const "),
            (header.is_async, "async "),
            (header.is_unsafe, "unsafe "),
        ];
        let kind: String = kind
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, word)| *word)
            .collect();
        let mut call = format!("{called}({})", gives.join(", "));
        if header.is_unsafe {
            call = format!("unsafe {{ {call} }}");
        }
        if header.is_async {
            call.push_str(".await");
        }
        let takes = takes.join(", ");
        Ok(format!(
            "{kind}fn it{params}({takes}){output}{conditions} {{ {call} }}"
        ))
    }

    fn generics_of(&self, id: Id) -> Option<&'a Generics> {
        match &self.krate.index.get(&id)?.inner {
            ItemEnum::Struct(of) => Some(&of.generics),
            ItemEnum::Enum(of) => Some(&of.generics),
            _ => None,
        }
    }

    /// That a trait is implemented, with what it is implemented with.
    fn describe_impl(&mut self, of: &Impl) -> Result<(), Nameless> {
        let Some(trait_) = of.trait_.as_ref().filter(|_| !of.is_negative) else {
            return Ok(());
        };
        let is_own = self.public.contains_key(&trait_.id);
        // What follows for this type from an implementation for all.
        let follows = of.blanket_impl.is_some();
        let is_foreign = matches!(of.for_, Type::Generic(_)) && !is_own;
        let last = trait_.path.rsplit("::").next().unwrap_or_default();
        if UNASKED.contains(&last) || follows || is_foreign {
            return Ok(());
        }
        let plain = self.writer("Self");
        let me = plain.ty(&of.for_)?;
        let writer = self.writer(&me);
        let name = writer.path(trait_)?;
        let mut given = Vec::new();
        for id in &of.items {
            let item = &self.krate.index[id];
            if let ItemEnum::AssocType {
                type_: Some(ty), ..
            } = &item.inner
            {
                let assigned = item.name.as_deref().unwrap_or("?");
                // One that has no name is not asked for.
                if let Ok(ty) = writer.ty(ty) {
                    given.push(format!("{assigned} = {ty}"));
                }
            }
        }
        if given.is_empty() && COMPARES.contains(&last) && trait_.args.is_none() {
            given.push(me.clone());
        }
        let bound = match (given.is_empty(), name.strip_suffix('>')) {
            (true, _) => name.clone(),
            (false, Some(open)) => format!("{open}, {}>", given.join(", ")),
            (false, None) => format!("{name}<{}>", given.join(", ")),
        };
        let anonymous = [&me, &bound].iter().any(|text| text.contains("'_"));
        let (me, bound) = (me.replace("'_", "'any"), bound.replace("'_", "'any"));
        let mut more = vec!["'it".to_owned()];
        more.extend(anonymous.then(|| "'any".to_owned()));
        // What the compiler has found out leaves out what the type itself asks for.
        let of_type = match &of.for_ {
            Type::ResolvedPath(path) if of.is_synthetic => self.generics_of(path.id),
            _ => None,
        };
        let generics: Vec<_> = [Some(&of.generics), of_type]
            .into_iter()
            .flatten()
            .collect();
        let (params, conditions) = writer.generics(&generics, &more)?;
        let probe = format!(
            "fn it{params}(it: &'it {me}) -> &'it (impl {bound} + ?Sized){conditions} {{ it }}"
        );
        let name = format!("impl {name} for {me}");
        self.found.insert(name, probe);
        Ok(())
    }
}
