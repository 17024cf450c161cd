//! From rustdoc's description of a type, a bound or a generic, to Rust's text, in names
//! that a program may use.

use std::collections::HashMap;

use rustdoc_types::{
    AssocItemConstraint, AssocItemConstraintKind, Crate, GenericArg, GenericArgs, GenericBound,
    GenericParamDef, GenericParamDefKind, Generics, Id, ItemEnum, Path, PolyTrait,
    PreciseCapturingArg, Term, TraitBoundModifier, Type, WherePredicate,
};

/// Something has no name that a program could write.
#[derive(Debug)]
pub struct Nameless;

pub type Text = Result<String, Nameless>;

/// Writes the text of one item's types.
#[derive(Clone, Debug)]
pub struct Writer<'a> {
    pub krate: &'a Crate,
    /// The path by which a program finds each item of the crate.
    pub public: &'a HashMap<Id, String>,
    /// What `Self` is here.
    pub me: String,
    /// The name of a lifetime that is left out.
    pub elided: &'static str,
    /// What stands in the place of a private type's generics.
    pub given: HashMap<String, String>,
    /// Whether a type without a name may be any.
    pub or_any: bool,
}

impl Writer<'_> {
    pub fn ty(&self, ty: &Type) -> Text {
        Ok(match ty {
            Type::ResolvedPath(path) => match self.path(path) {
                Err(Nameless) if self.or_any => "impl Sized".to_owned(),
                text => text?,
            },
            Type::Generic(name) if name == "Self" => self.me.clone(),
            Type::Generic(name) => self.given.get(name).unwrap_or(name).clone(),
            Type::Primitive(name) if name == "never" => "!".to_owned(),
            Type::Primitive(name) => name.clone(),
            Type::Tuple(of) if of.len() == 1 => format!("({},)", self.ty(&of[0])?),
            Type::Tuple(of) => format!("({})", self.list(of, |ty| self.ty(ty))?),
            Type::Slice(of) => format!("[{}]", self.ty(of)?),
            Type::Array { type_, len } => format!("[{}; {len}]", self.ty(type_)?),
            Type::ImplTrait(bounds) => format!("impl {}", self.bounds(bounds)?),
            Type::Infer => "_".to_owned(),
            Type::RawPointer { is_mutable, type_ } => {
                let kind = if *is_mutable { "mut" } else { "const" };
                format!("*{kind} {}", self.ty(type_)?)
            }
            Type::BorrowedRef {
                lifetime,
                is_mutable,
                type_,
            } => {
                let lifetime = self.lifetime(lifetime.as_deref().unwrap_or("'_"));
                let kind = if *is_mutable { "mut " } else { "" };
                format!("&{lifetime} {kind}{}", self.ty(type_)?)
            }
            Type::DynTrait(of) => {
                let mut parts = Vec::new();
                for part in &of.traits {
                    parts.push(self.poly(part)?);
                }
                parts.extend(of.lifetime.iter().map(|name| self.lifetime(name)));
                format!("(dyn {})", parts.join(" + "))
            }
            Type::FunctionPointer(of) => {
                let inputs = self.list(&of.sig.inputs, |(_, ty)| self.ty(ty))?;
                let higher = self.higher(&of.generic_params);
                let unsafe_ = if of.header.is_unsafe { "unsafe " } else { "" };
                format!(
                    "{higher}{unsafe_}fn({inputs}){}",
                    self.output(&of.sig.output)?
                )
            }
            Type::QualifiedPath {
                name,
                self_type,
                trait_,
                ..
            } => match trait_ {
                Some(path) if !path.path.is_empty() => {
                    format!("<{} as {}>::{name}", self.ty(self_type)?, self.path(path)?)
                }
                _ => format!("{}::{name}", self.ty(self_type)?),
            },
            Type::Pat { .. } => return Err(Nameless),
        })
    }

    pub fn output(&self, output: &Option<Type>) -> Text {
        match output {
            Some(ty) => Ok(format!(" -> {}", self.ty(ty)?)),
            None => Ok(String::new()),
        }
    }

    /// As [`output`](Self::output), of a function that gives a future: where the future
    /// has no name, `impl Future` of what its own `impl` says. Another type that has none
    /// may be any.
    pub fn output_or_future(&self, output: &Option<Type>) -> Text {
        let future = |Nameless| match output {
            Some(Type::ResolvedPath(path)) => {
                Ok(format!(" -> impl Future<Output = {}>", self.gives(path)?))
            }
            _ => Err(Nameless),
        };
        let or_any = Self {
            or_any: true,
            ..self.clone()
        };
        let any = |Nameless| or_any.output(output);
        self.output(output).or_else(future).or_else(any)
    }

    /// What a future that has no name gives.
    fn gives(&self, path: &Path) -> Text {
        let ItemEnum::Struct(future) = &self.krate.index.get(&path.id).ok_or(Nameless)?.inner
        else {
            return Err(Nameless);
        };
        let mut within = self.clone();
        if let Some(GenericArgs::AngleBracketed { args, .. }) = path.args.as_deref() {
            for (param, arg) in future.generics.params.iter().zip(args) {
                within.given.insert(param.name.clone(), self.arg(arg)?);
            }
        }
        let impls = future.impls.iter().map(|id| &self.krate.index[id].inner);
        let is_future = |path: &Path| path.path.ends_with("Future");
        for item in impls {
            if let ItemEnum::Impl(of) = item
                && of.blanket_impl.is_none()
                && of.trait_.as_ref().is_some_and(is_future)
            {
                // Its own names for the same generics.
                if let Type::ResolvedPath(Path {
                    args: Some(args), ..
                }) = &of.for_
                    && let GenericArgs::AngleBracketed { args, .. } = &**args
                {
                    for (param, arg) in future.generics.params.iter().zip(args) {
                        if let GenericArg::Type(Type::Generic(name)) = arg {
                            let given = within.given[&param.name].clone();
                            within.given.insert(name.clone(), given);
                        }
                    }
                }
                for id in &of.items {
                    if let ItemEnum::AssocType {
                        type_: Some(ty), ..
                    } = &self.krate.index[id].inner
                    {
                        return within.ty(ty);
                    }
                }
            }
        }
        Err(Nameless)
    }

    pub fn path(&self, path: &Path) -> Text {
        let args = match path.args.as_deref() {
            Some(args) => self.args(args)?,
            None => String::new(),
        };
        Ok(self.name(path.id)? + &args)
    }

    /// By which path a program finds it.
    fn name(&self, id: Id) -> Text {
        if let Some(public) = self.public.get(&id) {
            return Ok(public.clone());
        }
        let summary = self.krate.paths.get(&id).ok_or(Nameless)?;
        let path: Vec<_> = summary.path.iter().map(String::as_str).collect();
        match path[..] {
            _ if summary.crate_id == 0 => Err(Nameless),
            ["std" | "core" | "alloc", "os", system, .., name] => {
                let folder = path[3..path.len() - 1].iter();
                let folder = folder.take_while(|part| matches!(**part, "net" | "fs" | "process"));
                let folder: String = folder.map(|part| format!("{part}::")).collect();
                Ok(format!("std::os::{system}::{folder}{name}"))
            }
            // Files within a module of std's are private; so are those of other crates.
            ["std" | "core" | "alloc", module, .., name] => Ok(format!("std::{module}::{name}")),
            [krate, .., name] => Ok(format!("{krate}::{name}")),
            _ => Err(Nameless),
        }
    }

    fn args(&self, args: &GenericArgs) -> Text {
        match args {
            GenericArgs::AngleBracketed { args, constraints } => {
                let mut all = Vec::new();
                for arg in args {
                    all.push(self.arg(arg)?);
                }
                for constraint in constraints {
                    all.push(self.constraint(constraint)?);
                }
                Ok(match all.is_empty() {
                    true => String::new(),
                    false => format!("<{}>", all.join(", ")),
                })
            }
            GenericArgs::Parenthesized { inputs, output } => {
                let inputs = self.list(inputs, |ty| self.ty(ty))?;
                Ok(format!("({inputs}){}", self.output(output)?))
            }
            GenericArgs::ReturnTypeNotation => Err(Nameless),
        }
    }

    fn arg(&self, arg: &GenericArg) -> Text {
        Ok(match arg {
            GenericArg::Lifetime(name) => self.lifetime(name),
            GenericArg::Type(ty) => self.ty(ty)?,
            GenericArg::Const(constant) => constant.expr.clone(),
            GenericArg::Infer => "_".to_owned(),
        })
    }

    fn constraint(&self, constraint: &AssocItemConstraint) -> Text {
        let name = &constraint.name;
        match &constraint.binding {
            AssocItemConstraintKind::Equality(Term::Type(ty)) => {
                Ok(format!("{name} = {}", self.ty(ty)?))
            }
            AssocItemConstraintKind::Equality(Term::Constant(_)) => Err(Nameless),
            AssocItemConstraintKind::Constraint(bounds) => {
                Ok(format!("{name}: {}", self.bounds(bounds)?))
            }
        }
    }

    fn lifetime(&self, name: &str) -> String {
        match name {
            "'_" => self.elided.to_owned(),
            name => self.given.get(name).map_or(name, |given| given).to_owned(),
        }
    }

    fn bounds(&self, bounds: &[GenericBound]) -> Text {
        let mut all = Vec::new();
        for bound in bounds {
            all.push(match bound {
                GenericBound::TraitBound {
                    trait_,
                    generic_params,
                    modifier,
                } => {
                    let maybe = match modifier {
                        TraitBoundModifier::Maybe => "?",
                        _ => "",
                    };
                    format!(
                        "{maybe}{}{}",
                        self.higher(generic_params),
                        self.path(trait_)?
                    )
                }
                GenericBound::Outlives(name) => self.lifetime(name),
                GenericBound::Use(captured) => {
                    let names = captured.iter().map(|arg| match arg {
                        PreciseCapturingArg::Lifetime(name) | PreciseCapturingArg::Param(name) => {
                            name.as_str()
                        }
                    });
                    format!("use<{}>", names.collect::<Vec<_>>().join(", "))
                }
            });
        }
        Ok(all.join(" + "))
    }

    fn poly(&self, poly: &PolyTrait) -> Text {
        Ok(self.higher(&poly.generic_params) + &self.path(&poly.trait_)?)
    }

    fn higher(&self, params: &[GenericParamDef]) -> String {
        let names: Vec<_> = params.iter().map(|param| param.name.as_str()).collect();
        match names.is_empty() {
            true => String::new(),
            false => format!("for<{}> ", names.join(", ")),
        }
    }

    fn list<T>(&self, of: &[T], text: impl Fn(&T) -> Text) -> Text {
        Ok(of
            .iter()
            .map(text)
            .collect::<Result<Vec<_>, _>>()?
            .join(", "))
    }

    /// `<…>` and `where …` of an item that has the parameters of all of these, each once,
    /// and `more` of its own.
    pub fn generics(
        &self,
        all: &[&Generics],
        more: &[String],
    ) -> Result<(String, String), Nameless> {
        let (mut lifetimes, mut types, mut conditions) = (Vec::new(), Vec::new(), Vec::new());
        let mut seen = Vec::new();
        for generics in all {
            for param in &generics.params {
                let name = &param.name;
                if is_of_impl_trait(param) {
                    continue;
                }
                if seen.contains(&name) {
                    if let GenericParamDefKind::Type { bounds, .. } = &param.kind {
                        let bounds: Vec<_> = bounds
                            .iter()
                            .filter(|bound| !is_relaxed(bound))
                            .cloned()
                            .collect();
                        if !bounds.is_empty() {
                            conditions.push(format!("{name}: {}", self.bounds(&bounds)?));
                        }
                    }
                    continue;
                }
                seen.push(name);
                match &param.kind {
                    GenericParamDefKind::Lifetime { outlives } if outlives.is_empty() => {
                        lifetimes.push(name.clone());
                    }
                    GenericParamDefKind::Lifetime { outlives } => {
                        lifetimes.push(format!("{name}: {}", outlives.join(" + ")));
                    }
                    GenericParamDefKind::Type { bounds, .. } if bounds.is_empty() => {
                        types.push(name.clone());
                    }
                    GenericParamDefKind::Type { bounds, .. } => {
                        types.push(format!("{name}: {}", self.bounds(bounds)?));
                    }
                    GenericParamDefKind::Const { type_, .. } => {
                        types.push(format!("const {name}: {}", self.ty(type_)?));
                    }
                }
            }
            for predicate in &generics.where_predicates {
                conditions.push(self.condition(predicate)?);
            }
        }
        for name in more {
            match name.starts_with('\'') {
                true => lifetimes.insert(0, name.clone()),
                false => types.push(name.clone()),
            }
        }
        lifetimes.append(&mut types);
        let params = match lifetimes.is_empty() {
            true => String::new(),
            false => format!("<{}>", lifetimes.join(", ")),
        };
        let conditions = match conditions.is_empty() {
            true => String::new(),
            false => format!(" where {}", conditions.join(", ")),
        };
        Ok((params, conditions))
    }

    fn condition(&self, predicate: &WherePredicate) -> Text {
        match predicate {
            WherePredicate::BoundPredicate {
                type_,
                bounds,
                generic_params,
            } => Ok(format!(
                "{}{}: {}",
                self.higher(generic_params),
                self.ty(type_)?,
                self.bounds(bounds)?
            )),
            WherePredicate::LifetimePredicate { lifetime, outlives } => {
                Ok(format!("{lifetime}: {}", outlives.join(" + ")))
            }
            WherePredicate::EqPredicate { .. } => Err(Nameless),
        }
    }
}

/// `?Sized`, which may be said once.
fn is_relaxed(bound: &GenericBound) -> bool {
    let maybe = TraitBoundModifier::Maybe;
    matches!(bound, GenericBound::TraitBound { modifier, .. } if *modifier == maybe)
}

/// The parameter that stands for an `impl Trait`, which is said where that stands.
fn is_of_impl_trait(param: &GenericParamDef) -> bool {
    matches!(
        param.kind,
        GenericParamDefKind::Type {
            is_synthetic: true,
            ..
        }
    )
}
