//! A source file with all its mutants in it, each behind a switch.
//!
//! A body that is replaced begins with `if crate::mutant::is(17) { return … }`; an operator
//! becomes a chain of `if`s, the last of which has what is there. What a switch adds is on
//! the line it is for, so that places in the file stay where they are.

use std::collections::BTreeMap;
use std::ops::Range;

use proc_macro2::{LineColumn, Span};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::list::{At, Genre, Mutant};

/// What became of a file.
pub struct Switched {
    pub text: String,
    /// Where each mutant lies in `text`, in bytes: a compiler's error in there is its fault.
    pub places: Vec<(Range<usize>, usize)>,
    /// Those that no switch is known for, or whose place was not found.
    pub left: Vec<usize>,
}

/// Puts `mutants` into `source`.
///
/// # Panics
///
/// If `source` is no Rust.
pub fn switched(source: &str, mutants: &[&Mutant]) -> Switched {
    let file = syn::parse_file(source).expect("what compiles is Rust");
    let mut edits = Edits {
        wanted: BTreeMap::new(),
        made: Vec::new(),
    };
    for mutant in mutants {
        let key = (place(&mutant.span.start), mutant.genre);
        edits.wanted.entry(key).or_default().push(mutant);
    }
    edits.visit_file(&file);
    let left = edits.wanted.into_values().flatten();
    let left = left.map(|mutant| mutant.number).collect();
    let mut edits = edits.made;
    edits.sort_by_key(|edit| (edit.range.start, edit.kind.rank(), usize::MAX - edit.range.end));
    let mut writer = Writer {
        source,
        edits: &edits,
        next: 0,
        text: String::with_capacity(source.len() * 2),
        places: Vec::new(),
    };
    writer.write(0..source.len());
    Switched {
        text: writer.text,
        places: writer.places,
        left,
    }
}

/// As the compiler counts: columns from 0.
type Place = (usize, usize);

fn place(at: &At) -> Place {
    (at.line, at.column - 1)
}

fn place_of(at: LineColumn) -> Place {
    (at.line, at.column)
}

struct Edit {
    range: Range<usize>,
    kind: Kind,
    /// Each mutant, and what stands there in its case.
    instead: Vec<(usize, String)>,
}

enum Kind {
    /// At the beginning of a body: what is returned.
    Return,
    /// Around an expression: another one.
    Expression,
    /// Around an arm's guard: whether the arm is taken.
    Guard,
    /// Behind the pattern of an arm without a guard, which is not taken.
    NoArm,
}

impl Kind {
    /// Of two that begin at one place, the first of these is outside.
    fn rank(&self) -> u8 {
        match self {
            Self::Return => 0,
            Self::NoArm | Self::Guard => 1,
            Self::Expression => 2,
        }
    }
}

struct Edits<'a> {
    wanted: BTreeMap<(Place, Genre), Vec<&'a Mutant>>,
    made: Vec<Edit>,
}

impl<'a> Edits<'a> {
    fn take(&mut self, at: Span, genre: Genre) -> Vec<&'a Mutant> {
        let key = (place_of(at.start()), genre);
        self.wanted.remove(&key).unwrap_or_default()
    }

    fn make(&mut self, range: Range<usize>, kind: Kind, instead: Vec<(usize, String)>) {
        if !instead.is_empty() {
            self.made.push(Edit {
                range,
                kind,
                instead,
            });
        }
    }

    fn body(&mut self, block: &syn::Block) {
        let open = block.brace_token.span.open().byte_range().end;
        let Some(first) = block.stmts.first() else {
            return;
        };
        let found = self.take(first.span(), Genre::Body);
        let instead = found.iter().map(|mutant| (mutant.number, mutant.replacement.clone()));
        let instead = instead.collect();
        self.make(open..open, Kind::Return, instead);
    }
}

/// On one line, and without what a comment says.
fn one_line(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string().replace('\n', " ")
}

impl<'ast> Visit<'ast> for Edits<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.body(&item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.body(&item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.body(block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        let found = self.take(binary.op.span(), Genre::Binary);
        let (left, right) = (one_line(&binary.left), one_line(&binary.right));
        let instead = found.iter().map(|mutant| {
            let with = format!("{left} {} {right}", mutant.replacement);
            (mutant.number, with)
        });
        let instead = instead.collect();
        self.make(binary.span().byte_range(), Kind::Expression, instead);
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_unary(&mut self, unary: &'ast syn::ExprUnary) {
        let found = self.take(unary.op.span(), Genre::Unary);
        let of = one_line(&unary.expr);
        let instead = found.iter().map(|mutant| (mutant.number, of.clone()));
        let instead = instead.collect();
        self.make(unary.span().byte_range(), Kind::Expression, instead);
        visit::visit_expr_unary(self, unary);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let mut instead = Vec::new();
        for mutant in self.take(arm.span(), Genre::Arm) {
            instead.push((mutant.number, "false".to_owned()));
        }
        match &arm.guard {
            Some((_, guard)) => {
                for mutant in self.take(guard.span(), Genre::Guard) {
                    instead.push((mutant.number, mutant.replacement.clone()));
                }
                self.make(guard.span().byte_range(), Kind::Guard, instead);
            }
            None => {
                let end = arm.pat.span().byte_range().end;
                self.make(end..end, Kind::NoArm, instead);
            }
        }
        visit::visit_arm(self, arm);
    }
}

struct Writer<'a> {
    source: &'a str,
    edits: &'a [Edit],
    next: usize,
    text: String,
    places: Vec<(Range<usize>, usize)>,
}

impl Writer<'_> {
    fn write(&mut self, range: Range<usize>) {
        let mut at = range.start;
        while let Some(edit) = self.edits.get(self.next)
            && edit.range.start < range.end
        {
            self.text.push_str(&self.source[at..edit.range.start]);
            self.next += 1;
            self.edit(edit);
            at = edit.range.end;
        }
        self.text.push_str(&self.source[at..range.end]);
    }

    fn edit(&mut self, edit: &Edit) {
        let (before, after) = match edit.kind {
            Kind::Return => ("", ""),
            Kind::Expression => ("(", "else { "),
            Kind::Guard => ("", "else { "),
            Kind::NoArm => (" if ", "else { true }"),
        };
        self.text.push_str(before);
        for (nth, (number, instead)) in edit.instead.iter().enumerate() {
            let begin = self.text.len();
            let or = if nth > 0 && !matches!(edit.kind, Kind::Return) { "else " } else { "" };
            let with = match edit.kind {
                Kind::Return => format!("return {instead};"),
                _ => instead.clone(),
            };
            let test = format!("{or}if crate::mutant::is({number}) {{ {with} }} ");
            self.text.push_str(&test);
            self.places.push((begin..self.text.len(), *number));
        }
        self.text.push_str(after);
        if edit.range.is_empty() {
            return;
        }
        self.write(edit.range.clone());
        self.text.push_str(match edit.kind {
            Kind::Expression => " })",
            _ => " }",
        });
    }
}
