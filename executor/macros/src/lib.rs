//! The attributes of buzzer: `#[main]` and `#[test]`.
//!
//! Their docs are where the library passes them on, in executor/src/runtime/attributes.rs.
//!
//! - `library.rs`: what the library is called where the attribute stands
//! - `arguments.rs`: what is written behind the attribute's name
//! - `function.rs`: what becomes of the function under it

mod arguments;
mod function;
mod library;

use proc_macro::TokenStream;

use function::Kind;

/// Runs an `async fn` on a runtime of its own: see `buzzer::main`.
#[proc_macro_attribute]
pub fn main(arguments: TokenStream, item: TokenStream) -> TokenStream {
    function::expand(Kind::Main, arguments.into(), item.into()).into()
}

/// Runs an `async fn` as a test: see `buzzer::test`.
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    function::expand(Kind::Test, arguments.into(), item.into()).into()
}
