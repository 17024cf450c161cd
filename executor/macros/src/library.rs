//! What the library is called where an attribute stands.
//!
//! A macro of another kind has `$crate` for that; an attribute is told nothing. A manifest
//! may give the library any name (`tokio = { package = "buzzer" }`), so three places are
//! asked, the surest first:
//!
//! 1. The compiler's own arguments: `--extern tokio=/…/libbuzzer-0123456789abcdef.rlib` is
//!    the name and the library in one.
//! 2. The text of the attribute, `#[rt::main]`: the path before `main` leads to the library
//!    there, for it has led to the attribute. That is so where the crate has the library by
//!    another crate only, which passes it on.
//! 3. The crate that is compiled may be the library.
//!
//! Where none of these helps, `crate = "…"` does. Editors run attributes in a process that
//! is not the compiler's, without its arguments.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Path;
use syn::ext::IdentExt;

/// The library's own name.
const LIBRARY: &str = "buzzer";

/// The path to the library, for what an attribute expands to that is written like this.
pub fn path(written: Option<&Path>) -> TokenStream {
    let beside = written.and_then(beside);
    let mut names = names(arguments());
    // Of several the one that was meant comes first.
    if let Some(begins) = beside.as_ref().and_then(|path| path.segments.first()) {
        names.sort_by_key(|name| begins.ident.unraw() != name.as_str());
    }
    match (names.first(), beside) {
        (Some(name), _) => absolute(name),
        (None, Some(beside)) => beside.into_token_stream(),
        (None, None) if is_library() => quote!(crate),
        (None, None) => absolute(LIBRARY),
    }
}

/// The path in an attribute's own text, in which there may be more: `#[a::b::main(…)]`.
pub fn written(attribute: &str) -> Option<Path> {
    let path = attribute.trim().trim_start_matches("#[");
    syn::parse_str(path.split(['(', ']']).next()?).ok()
}

/// What lies beside the end of a path: `a::b` of `a::b::main`.
fn beside(path: &Path) -> Option<Path> {
    let mut beside = path.clone();
    beside.segments.pop();
    beside.segments.pop_punct();
    (!beside.segments.is_empty()).then_some(beside)
}

fn absolute(name: &str) -> TokenStream {
    let plain = syn::parse_str::<Ident>(name);
    // The compiler names it without the `r#` that a keyword has in the source.
    let name = plain.unwrap_or_else(|_| Ident::new_raw(name, Span::call_site()));
    quote!(::#name)
}

fn is_library() -> bool {
    std::env::var("CARGO_CRATE_NAME").is_ok_and(|name| name == LIBRARY)
}

/// The compiler's arguments. A long list of them may be in a file, one in each line.
fn arguments() -> impl Iterator<Item = String> {
    let given = std::env::args_os().filter_map(|argument| argument.into_string().ok());
    given.flat_map(|argument| match argument.strip_prefix('@') {
        Some(file) => match std::fs::read_to_string(file) {
            Ok(lines) => lines.lines().map(str::to_owned).collect(),
            Err(_) => Vec::new(),
        },
        None => vec![argument],
    })
}

/// The names that the compiler was given for the library.
fn names(arguments: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut arguments = arguments.into_iter();
    let mut names = Vec::new();
    while let Some(argument) = arguments.next() {
        let named = match argument.strip_prefix("--extern") {
            Some("") => arguments.next().unwrap_or_default(),
            Some(named) if named.starts_with('=') => named[1..].to_owned(),
            _ => continue,
        };
        if let Some(name) = name_of_library(&named) {
            names.push(name.to_owned());
        }
    }
    names
}

/// The name in `name=/…/libbuzzer-hash.rlib`, or in `options:name=/…`; or `buzzer` alone,
/// which the compiler then looks for.
fn name_of_library(named: &str) -> Option<&str> {
    let (name, file) = match named.split_once('=') {
        Some((name, path)) => (name, std::path::Path::new(path).file_stem()?.to_str()?),
        None => (named, named),
    };
    let (_, name) = name.rsplit_once(':').unwrap_or(("", name));
    let file = file.strip_prefix("lib").unwrap_or(file);
    let (library, _hash) = file.split_once('-').unwrap_or((file, ""));
    (library == LIBRARY).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_in(arguments: &str) -> Vec<String> {
        names(arguments.split(' ').map(str::to_owned))
    }

    #[test]
    fn the_library_is_found_by_its_file_whatever_it_is_called() {
        let none: [&str; 0] = [];
        assert_eq!(
            names_in("rustc --edition=2024 --extern libc=/deps/liblibc-1.rlib"),
            none
        );
        assert_eq!(
            names_in("--extern tokio=/a=b/libbuzzer-0f.rmeta --crate-type bin"),
            ["tokio"]
        );
        assert_eq!(
            names_in("--extern=noprelude:rt=libbuzzer.rlib --extern"),
            ["rt"]
        );
        assert_eq!(
            names_in("--extern buzzer --extern buzzer_other"),
            ["buzzer"]
        );
        let both = "--extern tokio=libtokio-1.rlib --extern a=libbuzzer-1.rlib \
                    --extern b=libbuzzer-2.rlib --externs=libbuzzer.rlib";
        assert_eq!(names_in(both), ["a", "b"]);
        let alike = "--extern x=libbuzzer_macros-1.so --extern y=/buzzer/libother-1.rlib";
        assert_eq!(names_in(alike), none);
    }

    #[test]
    fn the_path_of_an_attribute_leads_to_the_library() {
        let path = |text| written(text).as_ref().and_then(beside);
        let path = |text| path(text).map(|path| path.into_token_stream().to_string());
        let is = |text: &str| Some(text.to_owned());
        assert_eq!(path("#[tokio::main]"), is("tokio"));
        assert_eq!(
            path("#[ ::a :: b::test(name = \"x::y\") ]"),
            is(":: a :: b")
        );
        assert_eq!(path("rt::test(flavor = \"local\")"), is("rt"));
        assert_eq!(path("#[main]"), None);
        assert_eq!(path("#[main(crate = \"a::b\")]"), None);
        assert_eq!(path("#[$crate::main]"), None);
        assert_eq!(path(""), None);
    }
}
