//! What becomes of the function under the attribute.
//!
//! Its body moves into an async closure with the function's own type of output: so what
//! the compiler says of the body, it says as of any `async fn`, of the program's own lines.
//! The function that is left makes a runtime and drives the closure's future:
//!
//! ```text
//! fn main() -> Result<(), Error> {
//!     let mut body = async || -> Result<(), Error> { … };
//!     match ::tokio::runtime::Builder::new_current_thread().enable_all().build() {
//!         Ok(runtime) => runtime.block_on(pin!(body())),
//!         Err(error) => panic!("{}", error),
//!     }
//! }
//! ```

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{Parse, ParseStream, Parser};
use syn::visit::{self, Visit};
use syn::{AttrStyle, Attribute, Error, ReturnType, Signature, TypeImplTrait, Visibility};

use crate::arguments::Arguments;
use crate::library;

/// Which attribute it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Main,
    Test,
}

/// Expands the attribute. With an error there is a function all the same, so that what
/// calls it is not in error too.
pub fn expand(kind: Kind, arguments: TokenStream, item: TokenStream) -> TokenStream {
    let function = match syn::parse2::<Function>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#item #error);
        }
    };
    let checked = function.check(kind);
    let (arguments, errors) = match (Arguments::read(arguments), checked) {
        (Ok(arguments), Ok(())) => (arguments, None),
        (Ok(_), Err(error)) | (Err(error), Ok(())) => (Arguments::default(), Some(error)),
        (Err(mut error), Err(other)) => {
            error.combine(other);
            (Arguments::default(), Some(error))
        }
    };
    let errors = errors.map(Error::into_compile_error);
    let function = function.driven(kind, arguments);
    quote!(#function #errors)
}

/// A function whose body is not looked into: it may have what syn doesn't know.
struct Function {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    signature: Signature,
    /// With its braces.
    body: TokenTree,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self, Error> {
        let mut attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let signature = input.parse()?;
        let TokenTree::Group(body) = input.parse()? else {
            return Err(input.error("an `async fn` with a body is expected"));
        };
        let split = |input: ParseStream<'_>| -> Result<_, Error> {
            Ok((
                Attribute::parse_inner(input)?,
                input.parse::<TokenStream>()?,
            ))
        };
        let (inner, statements) = split.parse2(body.stream())?;
        // A closure's body may have none.
        attributes.extend(inner.into_iter().map(|attribute| Attribute {
            style: AttrStyle::Outer,
            ..attribute
        }));
        let mut whole = proc_macro2::Group::new(body.delimiter(), statements);
        whole.set_span(body.span());
        Ok(Self {
            attributes,
            visibility,
            signature,
            body: TokenTree::Group(whole),
        })
    }
}

impl Function {
    fn check(&self, kind: Kind) -> Result<(), Error> {
        let signature = &self.signature;
        if signature.asyncness.is_none() {
            let told = "the `async` is missing: the function's body is what a runtime is made for";
            return Err(Error::new_spanned(signature.fn_token, told));
        }
        match kind {
            Kind::Main if signature.ident == "main" && !signature.inputs.is_empty() => {
                let told = "`main` takes no arguments: those of the program are in \
                            `std::env::args()`";
                Err(Error::new_spanned(&signature.inputs, told))
            }
            Kind::Test => match self.attributes.iter().find(|other| is_test(other)) {
                Some(other) => {
                    let told = "the function is a test already: it would run twice; take this \
                                attribute away";
                    Err(Error::new_spanned(other, told))
                }
                None => Ok(()),
            },
            Kind::Main => Ok(()),
        }
    }

    /// The function that drives the body.
    fn driven(self, kind: Kind, arguments: Arguments) -> TokenStream {
        let Self {
            attributes,
            visibility,
            mut signature,
            body,
        } = self;
        signature.asyncness = None;
        let library = match arguments.library {
            Some(library) => library.into_token_stream(),
            None => library::path(written().as_deref()),
        };
        let mut switches = TokenStream::new();
        if arguments.start_paused {
            switches.extend(quote!(.start_paused(true)));
        }
        if let Some(name) = arguments.name {
            switches.extend(quote!(.name(#name)));
        }
        let test = (kind == Kind::Test).then(|| quote!(#[::core::prelude::v1::test]));
        let body = closure(&signature.output, body, signature.ident.span());
        // The runtime is made and driven in the line of the function's name.
        let here = Span::mixed_site().located_at(signature.ident.span());
        let block = quote_spanned! {here=>
            {
                #[allow(unused_mut)]
                let mut body = #body;
                match #library::runtime::Builder::new_current_thread().enable_all()#switches.build() {
                    ::core::result::Result::Ok(runtime) => {
                        runtime.block_on(::core::pin::pin!(body()))
                    }
                    ::core::result::Result::Err(error) => ::core::panic!("{}", error),
                }
            }
        };
        quote!(#(#attributes)* #test #visibility #signature #block)
    }
}

/// The body as something that is called and awaited.
fn closure(output: &ReturnType, body: TokenTree, name: Span) -> TokenStream {
    let here = Span::mixed_site().located_at(name);
    match output {
        ReturnType::Default => quote_spanned!(here=> async || -> () #body),
        // A closure's type can't be left open; what the function gives is then the body's.
        ReturnType::Type(_, output) if has_impl_trait(output) => {
            quote_spanned!(here=> || async #body)
        }
        ReturnType::Type(arrow, output) => quote_spanned!(here=> async || #arrow #output #body),
    }
}

fn has_impl_trait(output: &syn::Type) -> bool {
    struct Seen(bool);
    impl Visit<'_> for Seen {
        fn visit_type_impl_trait(&mut self, _: &TypeImplTrait) {
            self.0 = true;
        }
    }
    let mut seen = Seen(false);
    visit::visit_type(&mut seen, output);
    seen.0
}

/// The attribute's own text.
fn written() -> Option<String> {
    match proc_macro::is_available() {
        true => proc_macro::Span::call_site().source_text(),
        false => None,
    }
}

/// Whether it is `#[test]`, also by its whole path.
fn is_test(attribute: &Attribute) -> bool {
    if !matches!(attribute.meta, syn::Meta::Path(_)) {
        return false;
    }
    let path: Vec<_> = attribute
        .path()
        .segments
        .iter()
        .map(|part| part.ident.to_string())
        .collect();
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    matches!(path[..], ["test"] | ["core" | "std", "prelude", _, "test"])
}
