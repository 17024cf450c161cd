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
    pub places: Vec<Placed>,
    /// Those that no switch is known for, or whose place was not found.
    pub left: Vec<usize>,
    /// What no compiler takes: `let` has no place beside `||`.
    pub refused: Vec<usize>,
}

/// Where a mutant lies in the new text, in bytes: a compiler's error in there is its fault.
pub struct Placed {
    pub at: Range<usize>,
    pub number: usize,
    /// Without the arm something may not be covered, which is an error of the whole match.
    pub is_arm: bool,
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
        left: Vec::new(),
        refused: Vec::new(),
        made: Vec::new(),
    };
    for mutant in mutants {
        let key = (place(&mutant.span.start), mutant.genre);
        edits.wanted.entry(key).or_default().push(mutant);
    }
    edits.visit_file(&file);
    let left = edits.wanted.into_values().flatten();
    let left = left.map(|mutant| mutant.number).chain(edits.left).collect();
    let (mut edits, refused) = (edits.made, edits.refused);
    edits.sort_by_key(|edit| {
        (
            edit.range.start,
            edit.kind.rank(),
            usize::MAX - edit.range.end,
        )
    });
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
        refused,
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
    /// Around the iterator that a body returns: it is empty.
    Empty,
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
            Self::Empty => 2,
            Self::Expression => 3,
        }
    }
}

struct Edits<'a> {
    wanted: BTreeMap<(Place, Genre), Vec<&'a Mutant>>,
    left: Vec<usize>,
    refused: Vec<usize>,
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

    fn body(&mut self, output: &syn::ReturnType, block: &syn::Block) {
        let open = block.brace_token.span.open().byte_range().end;
        let Some(first) = block.stmts.first() else {
            return;
        };
        let found = self.take(first.span(), Genre::Body);
        let instead = found
            .iter()
            .map(|mutant| (mutant.number, mutant.replacement.clone()));
        if !one_line(output).starts_with("-> impl ") {
            let instead = instead.collect();
            return self.make(open..open, Kind::Return, instead);
        }
        // Both would have to be of the one type that is behind the `impl`. An iterator can
        // be made empty.
        let (empty, others): (Vec<_>, _) =
            instead.partition(|(_, with)| with.replace(' ', "") == "::std::iter::empty()");
        self.left
            .extend(others.into_iter().map(|(number, _)| number));
        match block.stmts.last() {
            Some(syn::Stmt::Expr(last, None)) => {
                let range = last.span().byte_range();
                self.make(range, Kind::Empty, empty);
            }
            _ => self
                .left
                .extend(empty.into_iter().map(|(number, _)| number)),
        }
    }
}

/// Whether what it binds is seen behind it.
fn has_let(part: &syn::Expr) -> bool {
    match part {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

/// On one line, and without what a comment says.
fn one_line(tokens: &impl ToTokens) -> String {
    tokens.to_token_stream().to_string().replace('\n', " ")
}

impl<'ast> Visit<'ast> for Edits<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.body(&item.sig.output, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.body(&item.sig.output, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.body(&item.sig.output, block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        let found = self.take(binary.op.span(), Genre::Binary);
        if has_let(&binary.left) || has_let(&binary.right) {
            self.refused
                .extend(found.iter().map(|mutant| mutant.number));
            return visit::visit_expr_binary(self, binary);
        }
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

    fn visit_expr_struct(&mut self, made: &'ast syn::ExprStruct) {
        for field in &made.fields {
            let found = self.take(field.span(), Genre::Field);
            let base = one_line(&made.rest);
            let member = one_line(&field.member);
            let instead = found
                .iter()
                .map(|mutant| (mutant.number, format!("({base}).{member}")));
            let instead: Vec<_> = instead.collect();
            match field.colon_token {
                Some(_) => {
                    let range = field.expr.span().byte_range();
                    self.make(range, Kind::Expression, instead);
                }
                None => self
                    .left
                    .extend(instead.into_iter().map(|(number, _)| number)),
            }
        }
        visit::visit_expr_struct(self, made);
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
    places: Vec<Placed>,
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
        self.text.push_str(match edit.kind {
            Kind::Return | Kind::Guard => "",
            Kind::Expression | Kind::Empty => "(",
            Kind::NoArm => " if ",
        });
        if matches!(edit.kind, Kind::Empty) {
            self.write(edit.range.clone());
            self.text.push_str(").take(");
        }
        for (nth, (number, instead)) in edit.instead.iter().enumerate() {
            let begin = self.text.len();
            let or = match edit.kind {
                Kind::Return => "",
                _ if nth > 0 => "else ",
                _ => "",
            };
            let with = match edit.kind {
                Kind::Return => format!("return {instead};"),
                Kind::Empty => "0".to_owned(),
                Kind::Expression | Kind::Guard | Kind::NoArm => instead.clone(),
            };
            let test = format!("{or}if crate::mutant::is({number}) {{ {with} }} ");
            self.text.push_str(&test);
            self.places.push(Placed {
                at: begin..self.text.len(),
                number: *number,
                is_arm: matches!(edit.kind, Kind::NoArm),
            });
        }
        match edit.kind {
            Kind::Return => {}
            Kind::Empty => self.text.push_str("else { usize::MAX })"),
            Kind::NoArm => self.text.push_str("else { true }"),
            Kind::Expression | Kind::Guard => {
                self.text.push_str("else { ");
                self.write(edit.range.clone());
                let end = if matches!(edit.kind, Kind::Guard) {
                    " }"
                } else {
                    " })"
                };
                self.text.push_str(end);
            }
        }
    }
}
