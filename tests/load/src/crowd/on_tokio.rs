//! The client of the crowd, on tokio.

use tokio as runtime;

#[path = "client.rs"]
#[allow(clippy::duplicate_mod, reason = "one source, on both")]
mod client;
pub use client::call;
