//! What becomes of the function under the attribute.
//!
//! Its body becomes an async block, and the function that is left drives that on a runtime
//! of its own:
//!
//! ```text
//! fn main() -> Result<(), Error> {
//!     let body = async {
//!         if let Some(output) = None::<Result<(), Error>> {
//!             return output;
//!         }
//!         { … }
//!     };
//!     match ::tokio::runtime::Builder::new_current_thread().enable_all().build() {
//!         Ok(runtime) => runtime.block_on(pin!(body)),
//!         Err(error) => panic!("{}", error),
//!     }
//! }
//! ```
//!
//! The `return` that is never made tells the compiler what the block gives, before it reads
//! the program's lines: there is no other place to say it. So it knows what each `return`
//! and `?` is to become, as in an `async fn`, and says what is wrong of that line.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    AttrStyle, Attribute, Error, Meta, Path, ReturnType, Signature, Type, TypeImplTrait,
    Visibility, braced,
};

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
            let told = format!("this attribute stands on an `async fn` with a body: {error}");
            let error = Error::new(error.span(), told).into_compile_error();
            return quote!(#item #error);
        }
    };
    let written = written();
    let mut errors = Vec::new();
    let arguments = Arguments::read(arguments).unwrap_or_else(|error| {
        errors.push(error);
        Arguments::default()
    });
    errors.extend(function.check(kind, written.as_ref()).err());
    let errors = errors.into_iter().map(Error::into_compile_error);
    let function = function.driven(kind, arguments, written.as_ref());
    quote!(#function #(#errors)*)
}

/// The attribute's own path, as it stands in the source.
fn written() -> Option<Path> {
    // The tests of this crate are no macros.
    let text = proc_macro::is_available().then(|| proc_macro::Span::call_site().source_text());
    library::written(&text??)
}

/// A function whose body is not looked into: it may have what syn doesn't know.
struct Function {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    signature: Signature,
    /// With its braces.
    body: Group,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self, Error> {
        let mut attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let signature = input.parse()?;
        let content;
        let braces = braced!(content in input);
        // A block may have none.
        let inner = content.call(Attribute::parse_inner)?;
        attributes.extend(inner.into_iter().map(|attribute| Attribute {
            style: AttrStyle::Outer,
            ..attribute
        }));
        let mut body = Group::new(Delimiter::Brace, content.parse()?);
        // Where it was, but not written there: or the braces would be said to be too many.
        body.set_span(Span::mixed_site().located_at(braces.span.join()));
        Ok(Self {
            attributes,
            visibility,
            signature,
            body,
        })
    }
}

impl Function {
    fn check(&self, kind: Kind, written: Option<&Path>) -> Result<(), Error> {
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
            Kind::Test => match self.attributes.iter().find(|other| is_test(other, written)) {
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
    fn driven(self, kind: Kind, arguments: Arguments, written: Option<&Path>) -> TokenStream {
        let Self {
            mut attributes,
            visibility,
            mut signature,
            body,
        } = self;
        signature.asyncness = None;
        let library = match arguments.library {
            Some(library) => library.into_token_stream(),
            None => library::path(written),
        };
        let mut switches = TokenStream::new();
        if arguments.start_paused {
            switches.extend(quote!(.start_paused(true)));
        }
        if let Some(name) = arguments.name {
            switches.extend(quote!(.name(#name)));
        }
        let mut test = None;
        if kind == Kind::Test {
            // It is refused, if there is one, and would be in error itself.
            attributes.retain(|other| !is_test(other, written));
            test = Some(quote!(#[::core::prelude::v1::test]));
        }
        // The runtime is made and driven in the line of the function's name.
        let here = Span::mixed_site().located_at(signature.ident.span());
        let typed = typed(&signature.output, here);
        let block = quote_spanned! {here=>
            {
                let body = async {
                    #typed
                    #body
                };
                match #library::runtime::Builder::new_current_thread().enable_all()#switches.build() {
                    ::core::result::Result::Ok(runtime) => runtime.block_on(::core::pin::pin!(body)),
                    ::core::result::Result::Err(error) => ::core::panic!("{}", error),
                }
            }
        };
        quote!(#(#attributes)* #test #visibility #signature #block)
    }
}

/// Says that the block which this is in gives `output`; for the compiler to point at: where
/// that is written, or else at `name`.
fn typed(output: &ReturnType, name: Span) -> Option<TokenStream> {
    let (output, at) = match output {
        ReturnType::Default => (quote_spanned!(name=> ()), name),
        // These can be written of functions only; what they stand for is then the body's.
        ReturnType::Type(_, output) if is_of_functions(output) => return None,
        ReturnType::Type(_, output) => (output.to_token_stream(), name.located_at(output.span())),
    };
    Some(quote_spanned! {at=>
        if let ::core::option::Option::Some(output) = ::core::option::Option::None::<#output> {
            return output;
        }
    })
}

/// Whether it is `!`, or has an `impl Trait` in it.
fn is_of_functions(output: &Type) -> bool {
    struct Seen(bool);
    impl Visit<'_> for Seen {
        fn visit_type_impl_trait(&mut self, _: &TypeImplTrait) {
            self.0 = true;
        }
    }
    let mut seen = Seen(matches!(output, Type::Never(_)));
    visit::visit_type(&mut seen, output);
    seen.0
}

/// Whether it is `#[test]`, also by its whole path, or this attribute once more.
fn is_test(attribute: &Attribute, written: Option<&Path>) -> bool {
    let text = |path: &Path| path.to_token_stream().to_string();
    let path = text(attribute.path());
    if written.is_some_and(|written| text(written) == path) {
        return true;
    }
    let parts: Vec<_> = path.trim_start_matches(":: ").split(" :: ").collect();
    let is_plain = matches!(attribute.meta, Meta::Path(_));
    is_plain && matches!(parts[..], ["test"] | ["core" | "std", "prelude", _, "test"])
}
