//! The interpreter on tokio.

#[path = "../interpreter/mod.rs"]
mod interpreter;
mod own;

pub use interpreter::run;
