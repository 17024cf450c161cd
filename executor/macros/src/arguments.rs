//! What is written behind an attribute's name.
//!
//! The names and values are tokio's. What one thread can't have is refused here, with the
//! way out.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprLit, Lit, LitInt, LitStr, Meta, MetaNameValue, Path, Token};

/// What a runtime is to be like.
#[derive(Default)]
pub struct Arguments {
    pub start_paused: bool,
    pub name: Option<String>,
    /// `crate = "…"`.
    pub library: Option<Path>,
}

/// Each argument, and what its value is.
const ARGUMENTS: [(&str, &str); 6] = [
    (
        "flavor",
        "`\"current_thread\"` or `\"local\"`, which are the same",
    ),
    ("worker_threads", "1"),
    ("start_paused", "`true` or `false`"),
    ("crate", "the path to buzzer in quotes, such as `\"tokio\"`"),
    ("unhandled_panic", "`\"ignore\"`"),
    ("name", "a text in quotes"),
];

const ONE_WORKER: &str = "a buzzer runtime has one worker thread";
const MORE_CORES: &str = "blocking work goes to `spawn_blocking`, and for more cores make a \
                          runtime on each";

impl Arguments {
    /// Reads them all, so that all that is wrong is told at once.
    pub fn read(arguments: TokenStream) -> Result<Self, Error> {
        let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
        let mut read = Self::default();
        let mut before = Vec::new();
        let mut errors: Option<Error> = None;
        for argument in parse.parse2(arguments)? {
            let taken = argument_of(&argument).and_then(|(name, form)| {
                if before.contains(&name) {
                    return Err(at(&argument, format!("`{name}` is given twice")));
                }
                before.push(name);
                read.take(name, form, &argument)
            });
            match (taken, &mut errors) {
                (Ok(()), _) => {}
                (Err(error), Some(errors)) => errors.combine(error),
                (Err(error), None) => errors = Some(error),
            }
        }
        errors.map_or(Ok(read), Err)
    }

    fn take(&mut self, name: &str, form: &str, argument: &Meta) -> Result<(), Error> {
        match (name, value_of(name, form, argument)?) {
            ("flavor", Lit::Str(flavor)) => check_flavor(flavor)?,
            ("worker_threads", Lit::Int(threads)) => check_worker_threads(threads)?,
            ("unhandled_panic", Lit::Str(what)) => check_unhandled_panic(what)?,
            ("start_paused", Lit::Bool(paused)) => self.start_paused = paused.value,
            ("name", Lit::Str(name)) => self.name = Some(name.value()),
            ("crate", Lit::Str(path)) => {
                let library = path.parse();
                self.library = Some(library.map_err(|_| at(path, format!("`crate` is {form}")))?);
            }
            (_, value) => return Err(at(value, format!("`{name}` is {form}"))),
        }
        Ok(())
    }
}

fn at(tokens: &impl ToTokens, told: impl ToString) -> Error {
    Error::new_spanned(tokens, told.to_string())
}

/// Which of [`ARGUMENTS`] it is.
fn argument_of(argument: &Meta) -> Result<(&'static str, &'static str), Error> {
    let written = argument.path().to_token_stream().to_string();
    let known = ARGUMENTS.into_iter().find(|(name, _)| *name == written);
    known.ok_or_else(|| match written.as_str() {
        "current_thread" | "local" => at(argument, format!("write `flavor = \"{written}\"`")),
        _ => {
            let names = ARGUMENTS.map(|(name, _)| format!("`{name}`")).join(", ");
            at(
                argument,
                format!("there is no argument `{written}`: there are {names}"),
            )
        }
    })
}

/// The value in `name = value`.
fn value_of<'a>(name: &str, form: &str, argument: &'a Meta) -> Result<&'a Lit, Error> {
    match argument {
        Meta::NameValue(MetaNameValue {
            value: Expr::Lit(ExprLit { lit, .. }),
            ..
        }) => Ok(lit),
        Meta::NameValue(named) => Err(at(&named.value, format!("`{name}` is {form}"))),
        Meta::Path(_) | Meta::List(_) => Err(at(
            argument,
            format!("`{name}` is given as `{name} = …`; it is {form}"),
        )),
    }
}

fn check_flavor(flavor: &LitStr) -> Result<(), Error> {
    match flavor.value().as_str() {
        "current_thread" | "local" => Ok(()),
        "multi_thread" | "threaded_scheduler" => Err(at(
            flavor,
            format!(
                "{ONE_WORKER}: leave `flavor` out or make it `\"current_thread\"`; {MORE_CORES}"
            ),
        )),
        other => Err(at(
            flavor,
            format!("there is no flavor {other:?}: it is `\"current_thread\"`, or left out"),
        )),
    }
}

fn check_worker_threads(threads: &LitInt) -> Result<(), Error> {
    match threads.base10_parse::<usize>()? {
        1 => Ok(()),
        0 => Err(at(
            threads,
            "`worker_threads` must be at least 1; leave it out",
        )),
        _ => Err(at(
            threads,
            format!("{ONE_WORKER}: leave `worker_threads` out; {MORE_CORES}"),
        )),
    }
}

fn check_unhandled_panic(what: &LitStr) -> Result<(), Error> {
    match what.value().as_str() {
        "ignore" => Ok(()),
        "shutdown_runtime" => Err(at(
            what,
            "a panic ends its task and no other: leave `unhandled_panic` out, and await the \
             task's handle, whose error has the panic",
        )),
        other => Err(at(
            what,
            format!("there is no answer {other:?} to a panic: it is `\"ignore\"`, or left out"),
        )),
    }
}
